//! The history for scripts: one JSON document, whose fields and their order are a promise.

use serde::Serialize;

use super::rows::Row;
use super::{Account, History};
use crate::report::values::{DOLLARS, REQUESTS, Time, tidy};

/// The version of the document, as with the snapshot: fields are added under the same number.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    generated_at: Time,
    since: Time,
    by: &'static str,
    credentials: Vec<AccountFields<'a>>,
}

#[derive(Serialize)]
struct AccountFields<'a> {
    identifier: &'a str,
    shares_quota_with: &'a [String],
    rows: Vec<RowFields>,
}

#[derive(Serialize)]
struct RowFields {
    start: Option<Time>,
    chute: Option<String>,
    chute_name: Option<String>,
    requests: f64,
    dollars: Option<f64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    source: &'static str,
}

/// The document, with a line ending.
///
/// # Errors
///
/// None that are known of: what is serialised has no map and no foreign type.
pub fn json(history: &History) -> serde_json::Result<String> {
    let document = Document {
        schema: SCHEMA,
        generated_at: Time(history.until),
        since: Time(history.since),
        by: history.by.as_str(),
        credentials: history.accounts.iter().map(|account| AccountFields::of(account, history)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

impl<'a> AccountFields<'a> {
    fn of(account: &'a Account, history: &History) -> Self {
        Self {
            identifier: &account.name,
            shares_quota_with: &account.shares_with,
            rows: history.rows(account).into_iter().map(|row| RowFields::of(row, history)).collect(),
        }
    }
}

impl RowFields {
    fn of(row: Row, history: &History) -> Self {
        Self {
            start: row.start.map(Time),
            chute_name: row.chute.as_ref().and_then(|chute| history.name(chute)).map(str::to_owned),
            chute: row.chute.map(|chute| chute.as_str().to_owned()),
            requests: tidy(row.requests, REQUESTS),
            dollars: row.spent.map(|spent| tidy(spent.dollars, DOLLARS)),
            input_tokens: row.spent.map(|spent| spent.input_tokens),
            output_tokens: row.spent.map(|spent| spent.output_tokens),
            source: row.source.as_str(),
        }
    }
}
