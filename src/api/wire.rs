//! The JSON as the server writes it. One file an endpoint; each says which, and turns into the domain.
//!
//! The types also serialise, to the same text, so that the simulated server speaks the same contract.

mod account;
mod chute_names;
mod detail;
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
pub use quota_usage::{Limit, QuotaUsage};
pub use quotas::ChuteQuotas;
pub use subscription_usage::SubscriptionUsage;
pub use usage::Usage;

/// Reads a body that is to be one JSON object.
///
/// # Errors
///
/// What is wrong with it, in words that may quote it: they are to be cleaned before they are shown.
pub fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    parse(body, &['{'], "a JSON object")
}

/// Reads a body that is to be one JSON object or one list.
///
/// # Errors
///
/// As [`parse_object`].
pub fn parse_object_or_list<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    parse(body, &['{', '['], "a JSON object or list")
}

fn parse<T: DeserializeOwned>(body: &[u8], openings: &[char], what: &str) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the answer is not valid UTF-8".to_owned())?;
    // A derived `Deserialize` would also take an array for the fields of an object, in their order.
    match text.trim_start().chars().next() {
        Some(first) if openings.contains(&first) => serde_json::from_str(text).map_err(|error| explain(&error)),
        Some('<') => Err(format!("{HTML} instead of JSON")),
        Some(_) => Err(format!("the answer is not {what}")),
        None => Err("the answer is empty".to_owned()),
    }
}

/// What is said of a web page where JSON was to be.
const HTML: &str = "the answer is a web page (from a proxy or a login page of the network?)";

fn explain(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => format!("the answer is not as agreed: {error}"),
        Category::Eof => format!("the answer is JSON that stops too soon: {error}"),
        Category::Syntax | Category::Io => format!("the answer is not JSON: {error}"),
    }
}
