//! Buckets: what the server says requests went to, hour by hour.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{newest, owner, owner_or_new, time};
use crate::domain::activity::{Bucket, ChuteId, ChuteShare, HourlyRequests};
use crate::domain::usage::part::Part;
use crate::history::fingerprint::Fingerprint;

/// The requests of each hour, whatever they went to.
const HOURLY: &str = "SELECT hour, requests FROM hour_total WHERE owner = ?1 AND hour >= ?2 ORDER BY hour";

/// Keeps buckets fetched at `at`. One of the same hour and chute replaces what was kept, for the running hour grows; but
/// where a newer answer is kept, they only fill in what is missing.
pub(in crate::history) fn import(
    connection: &Connection,
    fingerprint: Fingerprint,
    buckets: &[Bucket],
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let owner = owner_or_new(connection, fingerprint)?;
    let has_newer: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM answer WHERE owner = ?1 AND part = ?2 AND fetched_at > ?3 AND fetched_at <= ?4)",
        )?
        .query_row(params![owner, Part::Usage.as_str(), at.timestamp_millis(), newest(now)], |row| row.get(0))?;
    // Not INSERT OR IGNORE: that would hold in the trigger of the totals, too, and leave them as they are.
    let insert = if has_newer {
        "INSERT INTO bucket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"
    } else {
        "INSERT OR REPLACE INTO bucket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    };
    for bucket in buckets {
        connection.prepare_cached(insert)?.execute(params![
            owner,
            bucket.hour.timestamp_millis(),
            bucket.chute.as_ref().map_or("", ChuteId::as_str),
            finite(bucket.requests),
            finite(bucket.dollars),
            i64::try_from(bucket.input_tokens).unwrap_or(i64::MAX),
            i64::try_from(bucket.output_tokens).unwrap_or(i64::MAX),
        ])?;
    }
    Ok(())
}

/// The last hour that is known of an owner.
pub(in crate::history) fn last(connection: &Connection, fingerprint: Fingerprint) -> Result<Option<DateTime<Utc>>> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(None) };
    let hour: Option<i64> = connection
        .prepare_cached("SELECT hour FROM bucket WHERE owner = ?1 ORDER BY hour DESC LIMIT 1")?
        .query_row([owner], |row| row.get(0))
        .optional()?;
    Ok(hour.and_then(time))
}

/// The requests of each hour from `since` on, oldest first. Hours without any are not among them.
pub(in crate::history) fn hourly(
    connection: &Connection,
    fingerprint: Fingerprint,
    since: DateTime<Utc>,
) -> Result<Vec<HourlyRequests>> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(HOURLY)?;
    let rows = statement.query_map([owner, since.timestamp_millis()], |row| {
        let requests = row.get(1)?;
        Ok(time(row.get(0)?).map(|hour| HourlyRequests { hour, requests }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// The buckets from `since` on, oldest first.
pub(in crate::history) fn since(
    connection: &Connection,
    fingerprint: Fingerprint,
    since: DateTime<Utc>,
) -> Result<Vec<Bucket>> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(
        "SELECT hour, chute, requests, dollars, input_tokens, output_tokens
         FROM bucket WHERE owner = ?1 AND hour >= ?2 ORDER BY hour, chute",
    )?;
    let rows = statement.query_map([owner, since.timestamp_millis()], |row| {
        let chute: String = row.get(1)?;
        let (requests, dollars) = (row.get(2)?, row.get(3)?);
        let (input, output): (i64, i64) = (row.get(4)?, row.get(5)?);
        Ok(time(row.get(0)?).map(|hour| Bucket {
            hour,
            chute: ChuteId::parse(&chute),
            requests,
            dollars,
            input_tokens: u64::try_from(input).unwrap_or(0),
            output_tokens: u64::try_from(output).unwrap_or(0),
        }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// What each chute's share is from `since` on, the largest first.
pub(in crate::history) fn shares(
    connection: &Connection,
    fingerprint: Fingerprint,
    since: DateTime<Utc>,
) -> Result<Vec<ChuteShare>> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(Vec::new()) };
    // total() and not sum(): a sum of integers that passes 64 bits is an error.
    let mut statement = connection.prepare_cached(
        "SELECT chute, total(requests), total(dollars), total(input_tokens) + total(output_tokens)
         FROM bucket WHERE owner = ?1 AND hour >= ?2 GROUP BY chute ORDER BY 2 DESC, 3 DESC, chute",
    )?;
    let rows = statement.query_map([owner, since.timestamp_millis()], |row| {
        let chute: String = row.get(0)?;
        let (requests, dollars) = (row.get(1)?, row.get(2)?);
        Ok(ChuteShare { chute: ChuteId::parse(&chute), requests, dollars, tokens: whole(row.get(3)?) })
    })?;
    rows.collect()
}

/// A number that can be summed.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

/// A count from a float; exact below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float casts saturate; no negative is kept"
)]
fn whole(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::schema;

    /// A start asks this of every owner: some forty thousand rows of fifty keys.
    #[test]
    fn the_hours_are_read_in_their_order_with_nothing_to_add_up_or_sort() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::prepare(&mut connection, schema::BUSY).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {HOURLY}")).unwrap();
        let steps: Result<Vec<String>> = statement.query_map([1, 1], |row| row.get("detail")).unwrap().collect();
        assert_eq!(steps.unwrap(), ["SEARCH hour_total USING PRIMARY KEY (owner=? AND hour>?)"]);
    }
}
