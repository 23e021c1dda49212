//! Samples: what was measured of each window, refresh by refresh.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::{owner, owner_or_new, time};
use crate::domain::activity::ChuteId;
use crate::domain::window::{Limit, WindowKind};
use crate::history::fingerprint::Fingerprint;

/// More samples than this are thinned out: a chart has no room for them.
const ENOUGH: i64 = 2_000;

/// More resets than this within the retention are not resets: the server states another with every answer.
const MANY_RESETS: i64 = 500;

/// What was measured of one window by one refresh.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Whose window: the key's or the account's.
    pub owner: Fingerprint,
    /// Which window.
    pub kind: WindowKind,
    /// When it was measured; kept to the millisecond.
    pub at: DateTime<Utc>,
    /// What was used, in the unit of the limit; `None` is unknown.
    pub used: Option<f64>,
    /// How much there was.
    pub limit: Limit,
    /// When the window was to start anew, as was known then; kept to the millisecond.
    pub reset_at: Option<DateTime<Utc>>,
}

/// Keeps samples. A second one of the same window and millisecond replaces the first.
pub(in crate::history) fn record(connection: &Connection, samples: &[Sample]) -> Result<()> {
    for sample in samples {
        let series = series_or_new(connection, sample)?;
        let (requests, dollars) = match sample.limit {
            // Bit for bit: SQLite's integers are signed.
            Limit::Requests(requests) => (Some(requests.cast_signed()), None),
            Limit::Dollars(dollars) => (None, Some(dollars)),
        };
        connection.prepare_cached("INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![
                series,
                sample.at.timestamp_millis(),
                sample.used,
                requests,
                dollars,
                sample.reset_at.map(|at| at.timestamp_millis())
            ],
        )?;
    }
    Ok(())
}

/// The samples of a window from `since` on, oldest first: all of them, or when there are more than some
/// 2,000 the last of each of as many equal spans of time. The last one before a reset is always among
/// them, so that thinning cannot hide a peak.
pub(in crate::history) fn since(
    connection: &Connection,
    fingerprint: Fingerprint,
    kind: &WindowKind,
    since: DateTime<Utc>,
) -> Result<Vec<Sample>> {
    let Some(series) =
        owner(connection, fingerprint)?.map(|owner| series(connection, owner, kind)).transpose()?.flatten()
    else {
        return Ok(Vec::new());
    };
    let from = since.timestamp_millis();
    let (count, span, resets): (i64, i64, i64) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(max(at) - min(at), 0), count(DISTINCT reset_at)
             FROM sample WHERE series = ?1 AND at >= ?2",
        )?
        .query_row([series, from], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let width = if count > ENOUGH { (span / ENOUGH).max(1) } else { 1 };
    // With max() the other columns are those of the row that has the maximum (SQLite's "bare columns").
    let mut statement = connection.prepare_cached(
        "SELECT max(at), used, requests, dollars, reset_at FROM sample WHERE series = ?1 AND at >= ?2
         GROUP BY at / ?3, CASE WHEN ?4 THEN reset_at END ORDER BY 1",
    )?;
    let by_reset = i64::from(resets <= MANY_RESETS);
    let rows = statement.query_map([series, from, width, by_reset], |row| read(row, fingerprint, kind))?;
    rows.filter_map(Result::transpose).collect()
}

/// One row as a sample; `None` for a row that no version of this program wrote.
fn read(row: &Row<'_>, owner: Fingerprint, kind: &WindowKind) -> Result<Option<Sample>> {
    let limit = match (row.get::<_, Option<i64>>(2)?, row.get(3)?) {
        (Some(requests), _) => Limit::Requests(requests.cast_unsigned()),
        (None, Some(dollars)) => Limit::Dollars(dollars),
        (None, None) => return Ok(None),
    };
    let reset_at = row.get::<_, Option<i64>>(4)?.and_then(time);
    let Some(at) = time(row.get(0)?) else { return Ok(None) };
    Ok(Some(Sample { owner, kind: kind.clone(), at, used: row.get(1)?, limit, reset_at }))
}

pub(super) fn series(connection: &Connection, owner: i64, kind: &WindowKind) -> Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM series WHERE owner = ?1 AND kind = ?2 AND chute = ?3")?
        .query_row(params![owner, kind.as_str(), chute(kind)], |row| row.get(0))
        .optional()
}

fn series_or_new(connection: &Connection, sample: &Sample) -> Result<i64> {
    let owner = owner_or_new(connection, sample.owner)?;
    if let Some(id) = series(connection, owner, &sample.kind)? {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO series (owner, kind, chute) VALUES (?1, ?2, ?3)")?.insert(params![
        owner,
        sample.kind.as_str(),
        chute(&sample.kind)
    ])
}

fn chute(kind: &WindowKind) -> &str {
    match kind {
        WindowKind::Chute(chute) => ChuteId::as_str(chute),
        WindowKind::Daily | WindowKind::FourHour | WindowKind::Monthly => "",
    }
}
