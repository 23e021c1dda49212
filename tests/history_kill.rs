//! `kill -9` at random moments while samples are written: nothing that was committed is lost.
//!
//! This binary starts itself again as the writer. Forty rounds by default;
//! `CHUTES_TOP_KILLS=500 cargo test --test history_kill` is the long run.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of a test: a failure here is the test's failure")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::window::{Limit, WindowKind};
use chutes_top::history::{Fingerprint, History, Location, Sample};

/// The writer's: its file, and the number of its first sample.
const FILE: &str = "CHUTES_TOP_TEST_HISTORY";
const FIRST: &str = "CHUTES_TOP_TEST_FIRST";

/// Writers at once, as there may be several panes.
const WRITERS: u32 = 2;

/// Samples that are kept together or not at all. Each is of another owner, so that a commit changes many
/// pages and takes long enough to be killed in its middle.
const TOGETHER: u32 = 100;

fn start() -> DateTime<Utc> {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

/// The number is the time and the number used, so that it can be told whether a sample is itself.
fn sample(writer: u32, number: u32) -> Sample {
    Sample {
        owner: owner(writer, number % TOGETHER),
        kind: WindowKind::Daily,
        at: start() + TimeDelta::milliseconds(i64::from(number)),
        used: Some(f64::from(number)),
        // Tells the writers apart.
        limit: Limit::Requests(writer.into()),
        reset_at: None,
    }
}

fn owner(writer: u32, index: u32) -> Fingerprint {
    Fingerprint::of_key("http://127.0.0.1", &ApiKey::new(format!("writer {writer}, {index}")))
}

fn start_writer(file: &Path, writer: u32, first: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_writer", "--ignored", "--nocapture"])
        .env(FILE, file)
        .env(FIRST, format!("{writer} {first}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test: the process that is killed. It says each number once it is committed.
#[tokio::test]
#[ignore = "started by the test"]
async fn the_writer() {
    let (Ok(file), Ok(first)) = (std::env::var(FILE), std::env::var(FIRST)) else { return };
    let (writer, first) = first.split_once(' ').unwrap();
    let (writer, first): (u32, u32) = (writer.parse().unwrap(), first.parse().unwrap());
    let (history, _notices) = History::open(Location::File(file.into()), start());
    for number in (first..).step_by(TOGETHER as usize) {
        history.record((number..number + TOGETHER).map(|number| sample(writer, number)).collect());
        history.flush().await;
        assert_eq!(history.lost(), 0);
        writeln!(std::io::stdout(), "committed {}", number + TOGETHER).unwrap();
    }
}

/// Reads until the writer has committed so often, kills it, and reads on: what was still on its way.
/// Gives the number up to which everything is committed.
///
/// A line is said between two commits, so it is not the kill's moment: that is some turns later, a random
/// number, which falls into every part of a transaction.
fn kill_after(mut writer: Child, times: u32, turns: u32, first: u32) -> u32 {
    let mut committed = first;
    let mut seen = 0;
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        // The last line may be cut.
        if let Some(number) = line.unwrap().strip_prefix("committed ").and_then(|number| number.parse().ok()) {
            committed = committed.max(number);
            seen += 1;
        }
        if seen == times {
            (0..turns).for_each(|_| std::hint::spin_loop());
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    assert!(seen >= times, "the writer ended by itself after {seen}");
    committed
}

/// How much of a writer is in the file. What is there must be as it was written, from the first number
/// on without a gap, and no refresh in pieces.
fn count(database: &rusqlite::Connection, writer: u32) -> u32 {
    let query = "SELECT count(*), coalesce(max(used), -1), total(abs(at - used - ?1)) FROM sample WHERE requests = ?2";
    let (count, last, error): (u32, f64, f64) = database
        .query_row(query, (start().timestamp_millis(), writer), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    assert_eq!((count % TOGETHER, last, error), (0, f64::from(count) - 1.0, 0.0));
    count
}

#[test]
fn no_committed_sample_is_lost() {
    let rounds: u32 = std::env::var("CHUTES_TOP_KILLS").ok().map_or(40, |rounds| rounds.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.db");
    let mut written = vec![0; WRITERS as usize];
    let mut random = 0x9e37_79b9_u32;
    for round in 0..rounds {
        let killing = written.iter().zip(0..).map(|(first, writer)| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (child, first) = (start_writer(&file, writer, *first), *first);
            let (times, turns) = (1 + (random >> 16) % 20, (random >> 4) % 200_000);
            std::thread::spawn(move || kill_after(child, times, turns, first))
        });
        let killing: Vec<_> = killing.collect();
        let committed: Vec<u32> = killing.into_iter().map(|killing| killing.join().unwrap()).collect();

        let database = rusqlite::Connection::open(&file).unwrap();
        let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "round {round}");
        for ((written, committed), writer) in written.iter_mut().zip(committed).zip(0..) {
            *written = count(&database, writer);
            assert!(*written >= committed, "round {round}: {written} of {committed}");
        }
    }
    let only_one: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!only_one.iter().any(|name| name.to_string_lossy().contains("damaged")), "{only_one:?}");
}
