//! What forecasts are made from: the course of each owner's windows, and the hours of its past.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Result, params};

use super::samples::series;
use super::{buckets, owner, time};
use crate::domain::activity::HourlyRequests;
use crate::domain::usage::Readings;
use crate::domain::window::WindowKind;
use crate::history::fingerprint::Fingerprint;
use crate::history::{History, HistoryError};

/// Of this long before the last reading every one is taken: whether a lower one is believed hangs on the newest.
const CLOSE: TimeDelta = TimeDelta::hours(1);
/// A window longer than this is read in steps.
const LONG: TimeDelta = TimeDelta::days(2);
/// One reading of each such step: of a month some thirty, of nine thousand, and found without a look at the others.
const STEP: TimeDelta = TimeDelta::hours(24);

/// What an owner's windows and past went like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The requests of each hour, oldest first; hours without any are not in it.
    pub hours: Vec<HourlyRequests>,
    /// What the counter of each window read; of a long one the last of every day.
    pub windows: Vec<(WindowKind, Readings)>,
}

impl History {
    /// The course of each owner, in the order asked: the hours from `since` on, and each window's readings from its own
    /// time on.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn courses(
        &self,
        owners: Vec<Fingerprint>,
        since: DateTime<Utc>,
        windows: Vec<(WindowKind, DateTime<Utc>)>,
    ) -> Result<Vec<Course>, HistoryError> {
        self.read(move |connection| {
            // As one look: else each of some thousand statements takes and gives back the lock.
            let look = connection.unchecked_transaction()?;
            owners.iter().map(|owner| course(&look, *owner, since, &windows)).collect()
        })
        .await
    }
}

fn course(
    connection: &Connection,
    fingerprint: Fingerprint,
    since: DateTime<Utc>,
    windows: &[(WindowKind, DateTime<Utc>)],
) -> Result<Course> {
    let Some(owner) = owner(connection, fingerprint)? else { return Ok(Course::default()) };
    let mut course = Course { hours: buckets::hourly(connection, fingerprint, since)?, windows: Vec::new() };
    for (kind, since) in windows {
        if let Some(series) = series(connection, owner, kind)? {
            course.windows.push((kind.clone(), readings(connection, series, *since)?));
        }
    }
    Ok(course)
}

/// What a counter read from `since` on, oldest first.
fn readings(connection: &Connection, series: i64, since: DateTime<Utc>) -> Result<Readings> {
    let since = since.timestamp_millis();
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(at) FROM sample WHERE series = ?1 AND at >= ?2")?
        .query_row([series, since], |row| row.get(0))?;
    let Some(last) = last else { return Ok(Vec::new()) };
    let is_long = last - since > LONG.num_milliseconds();
    let close = if is_long { last - CLOSE.num_milliseconds() } else { since };
    let mut found = Vec::new();
    let mut before = close;
    let mut earlier = connection.prepare_cached(
        "SELECT at, used FROM sample WHERE series = ?1 AND at >= ?2 AND at < ?3 AND used IS NOT NULL
         ORDER BY at DESC LIMIT 1",
    )?;
    // There is nothing before `close` in what is not long.
    loop {
        let mut rows = earlier.query([series, since, before])?;
        let Some(row) = rows.next()? else { break };
        let at: i64 = row.get(0)?;
        found.push((at, row.get(1)?));
        before = at - at.rem_euclid(STEP.num_milliseconds());
    }
    found.reverse();
    let mut newest = connection.prepare_cached(
        "SELECT at, used FROM sample WHERE series = ?1 AND at >= ?2 AND used IS NOT NULL ORDER BY at",
    )?;
    let rows = newest.query_map(params![series, close], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        found.push(row?);
    }
    Ok(found.into_iter().filter_map(|(at, used)| Some((time(at)?, used))).collect())
}
