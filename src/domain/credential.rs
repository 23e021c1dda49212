//! A credential: one API key, the name its owner gave it, and what may be shown of it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::domain::account::AccountId;
use crate::domain::threshold::Thresholds;

/// Which credential: its place, from 0, in the order of the configuration.
///
/// Stable for the life of the program, and dense, so that it may index a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(u32);

impl CredentialId {
    /// The id of the credential at `index` of the configuration.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The place in the order of the configuration, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What may be shown of a credential. Holds no key, so the screen and the reports can have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which credential this is.
    pub id: CredentialId,
    /// Its names, cleaned for display; more than one when the same key was given under several.
    /// Never empty.
    pub labels: Vec<String>,
    /// `cpk_` and at most four characters of the public key id; empty for any other form of key.
    pub key_hint: String,
    /// Whose quota it spends, when the key says so.
    pub account: Option<AccountId>,
    /// What counts as low.
    pub thresholds: Thresholds,
}

impl Identity {
    /// All labels as one name: `work`, or `default, work`.
    #[must_use]
    pub fn name(&self) -> String {
        self.labels.join(", ")
    }
}

/// One API key together with what may be shown of it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What may be shown.
    pub identity: Identity,
    /// What may not.
    pub key: ApiKey,
}

impl Credential {
    /// A credential for `key`, named `labels`.
    #[must_use]
    pub fn new(id: CredentialId, labels: Vec<String>, key: ApiKey) -> Self {
        let (key_hint, account) = (key.hint(), AccountId::of_key(&key));
        Self { identity: Identity { id, labels, key_hint, account, thresholds: Thresholds::default() }, key }
    }
}

/// A Chutes API key. It cannot be printed, compared in the open or serialised, and its memory is
/// zeroed when it is dropped.
///
/// Shape (from the server's source, `api/api_key/schemas.py`): `cpk_`, 32 lower-case hex digits of
/// key id, `.`, 32 of user id, `.`, 32 alphanumerics of secret. OAuth tokens start with `cak_`.
/// Nothing here relies on the shape: any non-empty text is sent as it is.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// A piece of a key this long, or longer, is never let through in any text.
const TELLTALE: usize = 8;

impl ApiKey {
    /// Takes a key exactly as it is to be sent.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(SecretString::from(key.into()))
    }

    /// The key itself, for the one place that puts it into a request.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether both are the same key.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }

    /// What may be shown: `cpk_` and the first four characters of the key id, or nothing when the
    /// key has another form or is too short for four characters to give nothing away.
    #[must_use]
    pub fn hint(&self) -> String {
        const PREFIX: &str = "cpk_";
        const SHOWN: usize = 4;
        const SHORTEST: usize = 32;
        match self.expose().strip_prefix(PREFIX) {
            Some(rest) if rest.len() >= SHORTEST => {
                let shown: String = rest.chars().take(SHOWN).filter(char::is_ascii_alphanumeric).collect();
                format!("{PREFIX}{shown}")
            }
            _ => String::new(),
        }
    }

    /// `text` with every piece of this key of eight characters or more replaced by `[key]`, and the
    /// whole key whatever its length.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        const MARK: &str = "[key]";
        let key = self.expose();
        if key.is_empty() {
            return text.to_owned();
        }
        let shortest = TELLTALE.min(key.chars().count());
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let shared = longest_piece(rest, key);
            if rest.get(..shared).is_some_and(|piece| piece.chars().count() >= shortest) {
                if !out.ends_with(MARK) {
                    out.push_str(MARK);
                }
                rest = rest.get(shared..).unwrap_or_default();
            } else {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        out
    }
}

/// How many bytes at the start of `text` stand anywhere in `key`, ending on a character of both.
fn longest_piece(text: &str, key: &str) -> usize {
    key.char_indices()
        .map(|(start, _)| {
            let tail = key.get(start..).unwrap_or_default();
            text.chars().zip(tail.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
        })
        .max()
        .unwrap_or(0)
}

/// `text` with everything that has the form of a Chutes key replaced by `[key]`: for text that may hold
/// a key which is not known, such as a mistyped command line.
#[must_use]
pub fn hide_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = ["cpk_", "cak_"].iter().filter_map(|prefix| rest.find(prefix)).min() {
        let (before, key) = rest.split_at(start);
        let end = key.find(|c: char| !is_of_a_key(c)).unwrap_or(key.len());
        out.push_str(before);
        out.push_str("[key]");
        rest = key.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn is_of_a_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey([key])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

    #[test]
    fn only_the_prefix_and_four_characters_may_be_shown() {
        assert_eq!(ApiKey::new(KEY).hint(), "cpk_0123");
        assert_eq!(ApiKey::new("cpk_short").hint(), "");
        assert_eq!(ApiKey::new("cak_0123456789abcdef0123456789abcdef0123").hint(), "");
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let credential = Credential::new(CredentialId::new(0), vec!["work".into()], ApiKey::new(KEY));
        let shown = format!("{credential:?}");
        assert!(!shown.contains("S3cret") && !shown.contains("456789"), "{shown}");
    }

    #[test]
    fn an_echoed_key_is_redacted_whole_and_in_pieces() {
        let key = ApiKey::new(KEY);
        assert_eq!(key.redact(&format!("bad key {KEY}!")), "bad key [key]!");
        assert_eq!(key.redact("ends S3cretS3"), "ends [key]");
        assert_eq!(key.redact("S3cret is short"), "S3cret is short");
        assert_eq!(key.redact("ünïcode AAAABBBBCC ünïcode"), "ünïcode [key] ünïcode");
    }

    #[test]
    fn what_looks_like_a_key_is_hidden_without_knowing_it() {
        assert_eq!(hide_keys(&format!("unexpected '{KEY}' found")), "unexpected '[key]' found");
        assert_eq!(hide_keys("cak_a-b and cpk_c"), "[key] and [key]");
        assert_eq!(hide_keys("ünïcode cp k_ only"), "ünïcode cp k_ only");
    }

    #[test]
    fn a_key_shorter_than_a_piece_is_redacted_as_a_whole() {
        assert_eq!(ApiKey::new("tiny").redact("a tiny key"), "a [key] key");
        assert_eq!(ApiKey::new("").redact("text"), "text");
    }
}
