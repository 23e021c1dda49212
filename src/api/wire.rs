//! The JSON as the server writes it: one file an endpoint, which says which it is and turns into the domain.

mod account;
mod chute_names;
mod detail;
mod echo;
mod object;
mod quota_usage;
mod quotas;
mod subscription_usage;
mod timestamp;
mod usage;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub use account::Account;
pub use chute_names::ChuteNames;
pub use detail::detail;
pub(super) use echo::harmless;
use object::Object;
pub use quota_usage::QuotaUsage;
pub use quotas::ChuteQuotas;
pub use subscription_usage::SubscriptionUsage;
pub use usage::Usage;

/// Parses a body that must be one JSON object.
///
/// # Errors
///
/// What is wrong with it. After a `: `, and only there, it may quote the body, which must be cleaned before it is
/// shown.
pub fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    parse(body, &['{'], "a JSON object").map(|Object(value)| value)
}

/// Parses a body that must be one JSON list.
///
/// # Errors
///
/// As [`parse_object`].
pub fn parse_list<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    parse(body, &['['], "a JSON list")
}

/// Parses a body that must be one JSON object or one list.
///
/// # Errors
///
/// As [`parse_object`].
pub fn parse_object_or_list<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    parse(body, &['{', '['], "a JSON object or list")
}

fn parse<T: DeserializeOwned>(body: &[u8], openings: &[char], what: &str) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the answer is not valid UTF-8".to_owned())?;
    let reason = match text.trim_start().chars().next() {
        Some(first) if openings.contains(&first) => match serde_json::from_str(text) {
            Ok(value) => return Ok(value),
            Err(error) => explain(&error),
        },
        Some('<') => return Err(format!("{HTML} instead of JSON")),
        Some(_) => format!("the answer is not {what}"),
        None => return Err("the answer is empty".to_owned()),
    };
    // A server that fails behind a status of 200 says why.
    Err(detail::stated(text).map_or(reason, |said| format!("the answer is an error instead: {said}")))
}

/// What is said of a web page where JSON was expected.
const HTML: &str = "the answer is a web page (from a proxy or a login page of the network?)";

fn explain(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => format!("the answer is not as agreed: {error}"),
        Category::Eof => format!("the answer is JSON that stops too soon: {error}"),
        Category::Syntax | Category::Io => format!("the answer is not JSON: {error}"),
    }
}
