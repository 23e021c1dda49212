//! Forgetting: what is older than 35 days goes, a little at a time.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

/// How long anything is kept in a file.
pub const RETENTION: TimeDelta = TimeDelta::days(35);

/// How long samples are kept in memory, where 35 days of 50 credentials would be some 40 MB.
const RETENTION_IN_MEMORY: TimeDelta = TimeDelta::days(2);

/// How often, over all processes that share the file.
const EVERY: TimeDelta = TimeDelta::days(1);

/// Rows of one transaction: a few milliseconds, in which no other process can write.
const BATCH: i64 = 500;

const PRUNED_AT: &str = "pruned_at";

/// One batch of the oldest samples of a series, or buckets of an owner, that are before the cutoff.
const OLD_SAMPLES: &str = "DELETE FROM sample WHERE series = ?1 AND at < ?2 AND at <=
    coalesce((SELECT at FROM sample WHERE series = ?1 AND at < ?2 ORDER BY at LIMIT 1 OFFSET ?3), ?2)";
const OLD_BUCKETS: &str = "DELETE FROM bucket WHERE owner = ?1 AND hour < ?2 AND hour <=
    coalesce((SELECT hour FROM bucket WHERE owner = ?1 AND hour < ?2 ORDER BY hour LIMIT 1 OFFSET ?3), ?2)";

/// The small tables, at once.
const OLD_REST: [&str; 3] = [
    "DELETE FROM answer WHERE fetched_at < ?1",
    "DELETE FROM chute_name WHERE seen_at < ?1",
    "DELETE FROM asked WHERE max(answered_at, claimed_until) < ?1",
];

/// Numbers that nothing refers to any more.
const UNUSED: &str = "
    DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM sample WHERE series = series.id);
    DELETE FROM owner WHERE NOT EXISTS (SELECT 1 FROM series WHERE owner = owner.id)
        AND NOT EXISTS (SELECT 1 FROM answer WHERE owner = owner.id)
        AND NOT EXISTS (SELECT 1 FROM bucket WHERE owner = owner.id)
        AND NOT EXISTS (SELECT 1 FROM asked WHERE owner = owner.id)";

/// A pruning under way.
#[derive(Debug)]
pub(super) struct Pruning {
    samples_before: i64,
    rest_before: i64,
    series: Vec<i64>,
    owners: Vec<i64>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to do.
    More,
    /// It is done.
    Done,
}

impl Pruning {
    /// A pruning, if one is due; it is then noted as done, so that no other process begins one.
    pub(super) fn begin_if_due(
        connection: &mut Connection,
        now: DateTime<Utc>,
        in_memory: bool,
    ) -> Result<Option<Self>> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last: Option<i64> = transaction
            .query_row("SELECT value FROM meta WHERE name = ?1", [PRUNED_AT], |row| row.get(0))
            .optional()?;
        let millis = now.timestamp_millis();
        // One noted for a time to come was noted by a clock that was wrong.
        if last.is_some_and(|last| last <= millis && millis - last < EVERY.num_milliseconds()) {
            return Ok(None);
        }
        transaction.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", params![PRUNED_AT, millis])?;
        let series = ids(&transaction, "SELECT id FROM series")?;
        let owners = ids(&transaction, "SELECT id FROM owner")?;
        transaction.commit()?;
        let kept = if in_memory { RETENTION_IN_MEMORY } else { RETENTION };
        let rest_before = millis - RETENTION.num_milliseconds();
        Ok(Some(Self { samples_before: millis - kept.num_milliseconds(), rest_before, series, owners }))
    }

    /// Takes one step: at most one batch of rows, in one transaction.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<Progress> {
        let (pending, delete, before) = if self.series.is_empty() {
            (&mut self.owners, OLD_BUCKETS, self.rest_before)
        } else {
            (&mut self.series, OLD_SAMPLES, self.samples_before)
        };
        if let Some(id) = pending.last().copied() {
            let deleted = connection.prepare_cached(delete)?.execute([id, before, BATCH])?;
            if deleted == 0 {
                pending.pop();
            }
            return Ok(Progress::More);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for delete in OLD_REST {
            transaction.execute(delete, [self.rest_before])?;
        }
        transaction.execute_batch(UNUSED)?;
        transaction.commit()?;
        Ok(Progress::Done)
    }
}

fn ids(connection: &Connection, query: &str) -> Result<Vec<i64>> {
    connection.prepare(query)?.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::schema;

    #[test]
    fn it_is_due_once_a_day_whatever_the_clock_did() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::prepare(&mut connection, schema::BUSY).unwrap();
        let now: DateTime<Utc> = "2026-11-23T17:38:21Z".parse().unwrap();
        let mut is_due =
            |hours| Pruning::begin_if_due(&mut connection, now + TimeDelta::hours(hours), false).unwrap().is_some();
        assert_eq!([0, 23, 24, 25].map(&mut is_due), [true, false, true, false]);
        // A clock that was years ahead and was put right.
        assert_eq!([99_999, 26, 27].map(&mut is_due), [true, true, false]);
    }
}
