//! The shape of the file, and its versions.
//!
//! Times are whole milliseconds since 1970 in UTC. Owners and series have small numbers of their own,
//! since a sample is written every few minutes for weeks and its key is most of it.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::open::Refusal;

/// `CHUT`: marks the file as ours, so that another program's database is never written to.
const APPLICATION_ID: i64 = 0x4348_5554;

/// How long a statement waits for another process that is writing.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// What each version added; the position is the version it leads to, from 1. Never edit one that was
/// released: add the next.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE owner (id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE) STRICT;
    CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL,
        kind TEXT NOT NULL,
        chute TEXT NOT NULL, -- '' but for the windows of single chutes
        UNIQUE (owner, kind, chute)
    ) STRICT;
    CREATE TABLE sample (
        series INTEGER NOT NULL,
        at INTEGER NOT NULL,
        used REAL,
        requests INTEGER, -- the limit, in one of its two units
        dollars REAL,
        reset_at INTEGER,
        PRIMARY KEY (series, at)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE answer (
        owner INTEGER NOT NULL,
        part TEXT NOT NULL,
        fetched_at INTEGER NOT NULL,
        body TEXT NOT NULL, -- JSON of record.rs
        PRIMARY KEY (owner, part)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bucket (
        owner INTEGER NOT NULL,
        hour INTEGER NOT NULL,
        chute TEXT NOT NULL, -- '' when the server did not say
        requests REAL NOT NULL,
        dollars REAL NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        PRIMARY KEY (owner, hour, chute)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE chute_name (
        chute TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    // What the instances on a machine have to know of one another, so that all of them ask as one would.
    "
    CREATE TABLE host (
        name TEXT PRIMARY KEY,
        full_at INTEGER NOT NULL, -- when its bucket of requests is full again
        paused_until INTEGER NOT NULL,
        refusals INTEGER NOT NULL, -- the 429 in a row
        on_trial INTEGER NOT NULL, -- not heard of since the last pause
        trial_until INTEGER NOT NULL -- until when one of them is trying whether it is well again
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE asked (
        owner INTEGER NOT NULL,
        what TEXT NOT NULL,
        claimed_until INTEGER NOT NULL,
        answered_at INTEGER NOT NULL,
        failure TEXT, -- JSON of record.rs; NULL after a good answer
        PRIMARY KEY (owner, what)
    ) STRICT, WITHOUT ROWID;
",
    // The requests of each hour, whatever they went to: a start reads five weeks of every owner, and has no time to add
    // them up. Triggers keep it, so that an older program that still has the file open does too. A REPLACE fires no
    // delete trigger, and rows are deleted by whole hours only.
    "
    CREATE TABLE hour_total (
        owner INTEGER NOT NULL,
        hour INTEGER NOT NULL,
        requests REAL NOT NULL,
        PRIMARY KEY (owner, hour)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO hour_total SELECT owner, hour, total(requests) FROM bucket GROUP BY owner, hour;
    CREATE TRIGGER hour_learned AFTER INSERT ON bucket BEGIN
        INSERT OR REPLACE INTO hour_total SELECT owner, hour, total(requests) FROM bucket
        WHERE owner = new.owner AND hour = new.hour GROUP BY owner, hour;
    END;
    CREATE TRIGGER hour_forgotten AFTER DELETE ON bucket BEGIN
        DELETE FROM hour_total WHERE owner = old.owner AND hour = old.hour;
    END;
",
];

/// A look at every table: enough to find a file whose first pages are damaged or which is cut short
/// (SQLite compares its size with its header), without reading a large one through.
const PROBE: &str = "
    SELECT (SELECT count(*) FROM meta), (SELECT max(id) FROM owner), (SELECT max(id) FROM series),
           (SELECT used FROM sample LIMIT 1), (SELECT body FROM answer LIMIT 1),
           (SELECT requests FROM bucket LIMIT 1), (SELECT name FROM chute_name LIMIT 1),
           (SELECT name FROM host LIMIT 1), (SELECT what FROM asked LIMIT 1),
           (SELECT requests FROM hour_total LIMIT 1)";

/// The version that this program writes.
pub(super) fn version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Makes a connection ready for use, and its file of the present version. Another process that holds the file is waited
/// for as long as `patience`.
///
/// # Errors
/// A refusal when the file is damaged, newer, another program's, or cannot be written.
pub(super) fn prepare(connection: &mut Connection, patience: Duration) -> Result<(), Refusal> {
    connection.busy_timeout(patience)?;
    recognise(connection)?;
    // WAL with NORMAL: what is committed survives the death of any process, at any moment. Only a loss
    // of power may take the last commits, and never the file's consistency.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1000;
         PRAGMA journal_size_limit = 4194304; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
    )?;
    // A statement is planned once: else some are planned anew for every value that is bound, though nothing is known of
    // how values are spread.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    migrate(connection)?;
    connection.busy_timeout(BUSY)?;
    connection.query_row(PROBE, [], |_| Ok(())).map_err(|error| match error.sqlite_error_code() {
        // SQLITE_ERROR: a table or a column is not there.
        Some(ErrorCode::Unknown) => Refusal::Damaged(error.to_string()),
        _ => error.into(),
    })
}

/// Whether the file may be ours: an empty one, or one of a version that is understood.
fn recognise(connection: &Connection) -> Result<(), Refusal> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(Refusal::Foreign);
    }
    if found > version() {
        return Err(Refusal::Newer(found));
    }
    if connection.is_readonly("main")? {
        return Err(Refusal::Unusable("it may not be written to".to_owned()));
    }
    Ok(())
}

/// Adds what is missing, all or nothing. Another process may have done so since the version was read.
fn migrate(connection: &mut Connection) -> Result<(), Refusal> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0));
    for step in missing {
        transaction.execute_batch(step)?;
    }
    if found < version() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version())?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rusqlite::StatementStatus;

    use super::*;

    fn totals(connection: &Connection) -> Vec<(i64, i64, f64)> {
        let mut statement = connection.prepare("SELECT * FROM hour_total ORDER BY owner, hour").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn the_hours_of_an_older_file_are_added_up() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&MIGRATIONS[..2].concat()).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 2).unwrap();
        let fill = "INSERT INTO bucket VALUES
            (1, 10, 'a', 1.5, 0, 0, 0), (1, 10, 'b', 2, 0, 0, 0), (1, 20, 'a', 4, 0, 0, 0), (2, 10, 'a', 8, 0, 0, 0)";
        connection.execute_batch(fill).unwrap();
        prepare(&mut connection, BUSY).unwrap();
        assert_eq!(totals(&connection), [(1, 10, 3.5), (1, 20, 4.0), (2, 10, 8.0)]);
    }

    #[test]
    fn the_hours_follow_what_is_in_them() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection, BUSY).unwrap();
        let fill =
            "INSERT INTO bucket VALUES (1, 10, 'a', 1, 0, 0, 0), (1, 10, 'b', 2, 0, 0, 0), (1, 20, 'a', 4, 0, 0, 0)";
        connection.execute_batch(fill).unwrap();
        connection.execute_batch("INSERT OR REPLACE INTO bucket VALUES (1, 10, 'b', 16, 0, 0, 0)").unwrap();
        assert_eq!(totals(&connection), [(1, 10, 17.0), (1, 20, 4.0)]);
        connection.execute_batch("DELETE FROM bucket WHERE hour < 20").unwrap();
        assert_eq!(totals(&connection), [(1, 20, 4.0)]);
    }

    #[test]
    fn a_statement_is_planned_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection, BUSY).unwrap();
        let mut statement = connection.prepare("SELECT max(at) FROM sample WHERE series = ?1 AND at >= ?2").unwrap();
        for since in 0..3 {
            statement.query_row([1, since], |row| row.get::<_, Option<i64>>(0)).unwrap();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
