//! The names of chutes, which change seldom and are many.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{newest, time};
use crate::domain::activity::ChuteId;
use crate::domain::clean::clean;

const FETCHED_AT: &str = "names_fetched_at";

/// The names that are known, and when they were last fetched.
pub type StoredNames = (HashMap<ChuteId, String>, Option<DateTime<Utc>>);

/// Keeps names fetched at `at`, where no newer ones are kept. Those of earlier fetches stay: a chute that is gone still
/// has a past.
pub(in crate::history) fn store(
    connection: &Connection,
    names: &HashMap<ChuteId, String>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (at, newest) = (at.timestamp_millis(), newest(now));
    for (chute, name) in names {
        connection
            .prepare_cached(
                "INSERT INTO chute_name VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
                 WHERE NOT (seen_at > excluded.seen_at AND seen_at <= ?4)",
            )?
            .execute(params![chute.as_str(), name, at, newest])?;
    }
    let fetched_at = "INSERT INTO meta VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET value = excluded.value WHERE NOT (value > excluded.value AND value <= ?3)";
    connection.execute(fetched_at, params![FETCHED_AT, at, newest]).map(drop)
}

/// The names that are known, and when they were last fetched.
pub(in crate::history) fn load(connection: &Connection) -> Result<StoredNames> {
    /// Longer than any name that was seen; the file could have been written by anyone who may write to it.
    const LONGEST: usize = 128;
    let mut statement = connection.prepare_cached("SELECT chute, name FROM chute_name")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut names = HashMap::new();
    for row in rows {
        let (chute, name) = row?;
        names.extend(ChuteId::parse(&chute).map(|chute| (chute, clean(&name, LONGEST))));
    }
    let fetched_at: Option<i64> =
        connection.query_row("SELECT value FROM meta WHERE name = ?1", [FETCHED_AT], |row| row.get(0)).optional()?;
    Ok((names, fetched_at.and_then(time)))
}
