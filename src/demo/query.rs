//! The query string, read and refused as the server does.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::Serialize;

/// One thing wrong with a request: an item of the `detail` list of a 422.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Invalid {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: (&'static str, &'static str),
    msg: &'static str,
    input: String,
}

/// What `/users/me/usage` can be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UsageQuery {
    /// From 0.
    pub(super) page: usize,
    /// Items a page.
    pub(super) limit: usize,
    /// Whether each chute has its own items.
    pub(super) per_chute: bool,
    /// Only this chute.
    pub(super) chute_id: Option<String>,
    /// The first bucket, inclusive, UTC.
    pub(super) start: Option<NaiveDateTime>,
    /// The last bucket, inclusive, UTC.
    pub(super) end: Option<NaiveDateTime>,
}

impl UsageQuery {
    /// Reads a query string; unknown names are passed over.
    pub(super) fn parse(query: &str) -> Result<Self, Vec<Invalid>> {
        let mut read = Self { page: 0, limit: 24, per_chute: false, chute_id: None, start: None, end: None };
        let mut wrong = Vec::new();
        for (name, value) in pairs(query) {
            let outcome = match name.as_str() {
                "page" => whole("page", value).map(|page| read.page = page),
                "limit" => whole("limit", value).map(|limit| read.limit = limit),
                "per_chute" => flag("per_chute", value).map(|flag| read.per_chute = flag),
                "chute_id" => {
                    read.chute_id = Some(value);
                    Ok(())
                }
                "start_date" => instant("start_date", value).map(|at| read.start = Some(at)),
                "end_date" => instant("end_date", value).map(|at| read.end = Some(at)),
                _ => Ok(()),
            };
            wrong.extend(outcome.err());
        }
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }
}

/// The names and values of a query string, decoded.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
    })
}

/// `text` with `%2A` and its like decoded. What is not such an escape stays; what is not UTF-8 then
/// becomes a replacement character.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.first_chunk::<2>().filter(|_| *first == b'%').and_then(|[high, low]| {
            let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some(digit(high)? << 4 | digit(low)?)
        });
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn whole(name: &'static str, value: String) -> Result<usize, Invalid> {
    value.parse::<i64>().map(|number| usize::try_from(number).unwrap_or(0)).map_err(|_| Invalid {
        kind: "int_parsing",
        loc: ("query", name),
        msg: "Input should be a valid integer, unable to parse string as an integer",
        input: value,
    })
}

fn flag(name: &'static str, value: String) -> Result<bool, Invalid> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "y" | "t" => Ok(true),
        "false" | "0" | "no" | "off" | "n" | "f" => Ok(false),
        _ => Err(Invalid {
            kind: "bool_parsing",
            loc: ("query", name),
            msg: "Input should be a valid boolean, unable to interpret input",
            input: value,
        }),
    }
}

/// A date (its midnight), a naive instant (UTC) or one with an offset.
fn instant(name: &'static str, value: String) -> Result<NaiveDateTime, Invalid> {
    let naive = NaiveDateTime::parse_from_str(&value, "%Y-%m-%dT%H:%M:%S%.f");
    let date = || NaiveDate::parse_from_str(&value, "%Y-%m-%d").map(|date| date.and_time(NaiveTime::MIN));
    let offset = || DateTime::parse_from_rfc3339(&value).map(|at| at.naive_utc());
    naive.or_else(|_| date()).or_else(|_| offset()).map_err(|_| Invalid {
        kind: "datetime_from_date_parsing",
        loc: ("query", name),
        msg: "Input should be a valid datetime or date",
        input: value,
    })
}
