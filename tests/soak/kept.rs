//! What is kept stops growing: after 35 days as much is forgotten each day as is learned.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::domain::activity::{Bucket, ChuteId};
use chutes_top::domain::window::{Limit, WindowKind};
use chutes_top::history::{Fingerprint, History, Location, RETENTION, Sample, owner_of};
use rusqlite::{Connection, OpenFlags};

use crate::accounts;

const DAYS: i64 = 80;
const CREDENTIALS: usize = 12;
/// How often it is looked whether enough is forgotten, before that is taken for a fault.
const ROUNDS: usize = 2_000;
/// Accounts of those credentials.
const OWNERS: i64 = 10;

/// The samples and the hours of one day of every credential.
fn keep_day(history: &History, owners: &[Fingerprint], day: DateTime<Utc>) {
    for (place, owner) in owners.iter().enumerate() {
        let reading = |hour: i64, kind, limit| Sample {
            owner: *owner,
            kind,
            // Each key is read at a time of its own, so that those of one account make two samples.
            at: day + TimeDelta::hours(hour) + TimeDelta::seconds(i64::try_from(place).unwrap()),
            used: Some(1.0),
            limit,
            reset_at: Some(day + TimeDelta::days(1)),
        };
        let daily = (0..24).map(|hour| reading(hour, WindowKind::Daily, Limit::Requests(2000)));
        let monthly = (0..24).map(|hour| reading(hour, WindowKind::Monthly, Limit::Dollars(100.0)));
        history.record(daily.chain(monthly).collect());
        let bucket = |hour| Bucket {
            hour: day + TimeDelta::hours(hour),
            chute: ChuteId::parse("chute-a"),
            requests: 3.0,
            dollars: 0.0,
            input_tokens: 10,
            output_tokens: 5,
        };
        history.import_buckets(*owner, (0..24).map(bucket).collect(), day + TimeDelta::hours(23));
    }
}

/// The samples and the hours in the file.
fn counts(path: &Path) -> (i64, i64) {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = |query| connection.query_row(query, [], |row| row.get(0)).unwrap();
    (count("SELECT count(*) FROM sample"), count("SELECT count(*) FROM bucket"))
}

#[tokio::test]
async fn the_history_stops_growing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let begin: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
    let (history, _notices) = History::open(Location::File(path.clone()), begin);
    let credentials = accounts::credentials(CREDENTIALS);
    let owners: Vec<_> = credentials.iter().map(|one| owner_of("https://api.chutes.ai", &one.key)).collect();
    // A day more is there before it is forgotten, and one is just being written.
    let days = RETENTION.num_days() + 2;
    let most = (days * 24 * 2 * i64::try_from(CREDENTIALS).unwrap(), days * 24 * OWNERS);
    let mut sizes = Vec::new();
    for day in 0..DAYS {
        let today = begin + TimeDelta::days(day);
        keep_day(&history, &owners, today);
        // To forget is done when there is nothing else to do, and is begun by a write: so let it, and write again.
        for _ in 0..ROUNDS {
            history.flush().await;
            let (samples, hours) = counts(&path);
            if samples <= most.0 && hours <= most.1 {
                break;
            }
            keep_day(&history, &owners[..1], today);
        }
        let (samples, hours) = counts(&path);
        assert!(samples <= most.0 && hours <= most.1, "day {day}: {samples} samples and {hours} hours, not {most:?}");
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    assert!(counts(&path).0 > most.0 - 3 * 24 * 2 * 12, "nothing is forgotten too soon: {:?}", counts(&path));
    assert_eq!(history.lost(), 0);
    let half = sizes.len() / 2 + 5;
    assert!(sizes[sizes.len() - 1] * 10 <= sizes[half] * 11, "the file grows: {sizes:?}");
}
