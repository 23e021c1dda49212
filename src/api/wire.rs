//! The JSON as the server writes it. One file an endpoint; each says which, and turns into the domain.
//!
//! The types also serialise, to the same text, so that the simulated server speaks the same contract.

mod detail;
mod quota_usage;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub use detail::detail;
pub use quota_usage::{Limit, QuotaUsage};

/// Reads a body that is to be one JSON object.
///
/// # Errors
///
/// What is wrong with it, in words that may quote it: they are to be cleaned before they are shown.
pub fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the answer is not valid UTF-8".to_owned())?;
    // A derived `Deserialize` would also take an array for the fields of an object, in their order.
    match text.trim_start().chars().next() {
        Some('{') => serde_json::from_str(text).map_err(|error| explain(&error)),
        Some('<') => Err(format!("{HTML} instead of JSON")),
        Some(_) => Err("the answer is not a JSON object".to_owned()),
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
