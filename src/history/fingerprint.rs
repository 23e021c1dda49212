//! Whose a record is, told without telling the key.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::account::AccountId;
use crate::domain::credential::ApiKey;

/// How many bytes of the digest are kept: 128 bits, so that two owners never meet by chance.
const LENGTH: usize = 16;

/// Whose a record is: the first 16 bytes of a SHA-256 over the API's base and a key or an account.
///
/// It cannot be turned back. A digest alone would only hide what cannot be guessed, so it matters what
/// goes in: the secret part of a `cpk_` key is 32 alphanumerics, some 190 bits, and a user id has 122
/// random bits; neither can be tried out. No salt is kept: it would have to lie beside the records, and
/// would add nothing against guessing one key. (A home-made short token behind another base could be
/// guessed; Chutes issues none.)
///
/// The same key at another base is another owner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; LENGTH]);

impl Fingerprint {
    /// The owner that a key is, at the API of that base URL.
    #[must_use]
    pub fn of_key(base: &str, key: &ApiKey) -> Self {
        Self::of("key", base, key.expose())
    }

    /// The owner that an account is, at the API of that base URL: the same for all of its keys.
    #[must_use]
    pub fn of_account(base: &str, account: &AccountId) -> Self {
        Self::of("account", base, account.as_str())
    }

    /// The domain keeps a key and an account apart that were written alike; the zero bytes keep the end
    /// of one field from reading as the start of the next.
    fn of(domain: &str, base: &str, secret: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"chutes-top history 1\0");
        for part in [domain, base.trim_end_matches('/'), secret] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let mut bytes = [0; LENGTH];
        for (byte, digested) in bytes.iter_mut().zip(digest.finalize()) {
            *byte = digested;
        }
        Self(bytes)
    }

    /// As it is stored.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Whose samples, buckets and parts those of a key are: the account's where the key names it, since all of
/// its keys share them, or else the key's own. Only the last snapshot is each key's own in any case
/// ([`Fingerprint::of_key`]): a key can be refused while its account's numbers go on.
#[must_use]
pub fn owner_of(base: &str, key: &ApiKey) -> Fingerprint {
    AccountId::of_key(key)
        .map_or_else(|| Fingerprint::of_key(base, key), |account| Fingerprint::of_account(base, &account))
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Fingerprint(")?;
        self.0.iter().take(4).try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str("…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://api.chutes.ai";
    const USER: &str = "00000000000040008000000000000003";

    #[test]
    fn it_is_the_same_on_every_start() {
        let of_key = Fingerprint::of_key(BASE, &ApiKey::new("cpk_abc"));
        assert_eq!(of_key, Fingerprint::of_key("https://api.chutes.ai/", &ApiKey::new("cpk_abc")));
        // Written down once: another value here would orphan everybody's history.
        assert_eq!(format!("{of_key:?}"), "Fingerprint(e27de8a9…)");
    }

    #[test]
    fn the_keys_of_one_account_own_their_past_together() {
        let key = |secret: &str| ApiKey::new(format!("cpk_{}.{USER}.{}", "a".repeat(32), secret.repeat(32)));
        let account = Fingerprint::of_account(BASE, &AccountId::parse(USER).unwrap());
        assert_eq!([owner_of(BASE, &key("A")), owner_of(BASE, &key("B"))], [account, account]);
        let token = ApiKey::new("cak_abc");
        assert_eq!(owner_of(BASE, &token), Fingerprint::of_key(BASE, &token));
    }

    #[test]
    fn base_kind_and_key_all_count() {
        let account = AccountId::parse(USER).unwrap();
        let all = [
            Fingerprint::of_key(BASE, &ApiKey::new("cpk_abc")),
            Fingerprint::of_key(BASE, &ApiKey::new("cpk_abd")),
            Fingerprint::of_key("http://127.0.0.1:1", &ApiKey::new("cpk_abc")),
            Fingerprint::of_key(BASE, &ApiKey::new(USER)),
            Fingerprint::of_account(BASE, &account),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other != one), "{index}");
        }
    }
}
