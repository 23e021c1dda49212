//! Who asks: the server's reading of the `Authorization` header, with its words of refusal.

use crate::demo::accounts::{Account, keys};

/// No token at all (recorded: `error.missing_authorization.*`).
const MISSING: &str = "Can't find a user with that api key in our db :(";
/// `cpk_` and then not a key (recorded: `error.malformed_key`).
const MALFORMED: &str = "Missing or invalid authorization header(s)";
/// Well-formed and unknown (recorded: `error.unknown_key`).
const UNKNOWN: &str = "Invalid token or user not found";
/// Neither an API key nor an OAuth token, so taken for a JWT.
const NOT_A_KEY: &str = "Invalid token.";

/// The key of every account. Without `Debug`: what is never printed cannot leak, even made up.
pub(super) struct KeyRing(Vec<(String, &'static Account)>);

impl KeyRing {
    /// The keys that the demo knows.
    pub(super) fn new() -> Self {
        Self(keys().filter_map(|(_, key, account)| Some((key, account?))).collect())
    }

    /// The account whose key the header holds, or the detail of the 401. The last word counts,
    /// whatever stands before it.
    pub(super) fn account(&self, header: Option<&str>) -> Result<&'static Account, &'static str> {
        let Some(header) = header.filter(|header| !header.is_empty()) else { return Err(MISSING) };
        let token = header.rsplit(' ').next().unwrap_or_default();
        if let Some((_, account)) = self.0.iter().find(|(key, _)| key == token) {
            Ok(account)
        } else if token.starts_with("cpk_") && !is_well_formed(token) {
            Err(MALFORMED)
        } else if token.starts_with("cpk_") || token.starts_with("cak_") {
            Err(UNKNOWN)
        } else {
            Err(NOT_A_KEY)
        }
    }
}

/// Whether it is `cpk_`, 32 lower-case hex digits, `.`, 32 more, `.`, 32 alphanumerics.
pub(super) fn is_well_formed(key: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = key.strip_prefix("cpk_").unwrap_or_default().split('.');
    let (Some(id), Some(user), Some(secret), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    [id, user, secret].iter().all(|part| part.len() == 32)
        && is_hex(id)
        && is_hex(user)
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
