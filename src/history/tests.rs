//! The history as a whole: through its handle, on files of its own.

mod courses;
mod files;
mod gathering;
mod keeping;
mod late;
mod sharing;

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::domain::credential::ApiKey;
use crate::domain::window::Limit;

const BASE: &str = "https://api.chutes.ai";
const USER: &str = "feedfacecafe40008000d00dbeef0123";

fn now() -> DateTime<Utc> {
    "2026-11-23T17:38:21Z".parse().unwrap()
}

fn key() -> ApiKey {
    ApiKey::new(format!("cpk_0123456789abcdef0123456789abcdef.{USER}.S3cretS3cretAAAABBBBCCCCDDDDEEEE"))
}

fn owner() -> Fingerprint {
    Fingerprint::of_key(BASE, &key())
}

fn another() -> Fingerprint {
    Fingerprint::of_key(BASE, &ApiKey::new("another"))
}

/// A sample of the daily window, so many minutes after [`now`].
fn sample(minutes: i64, used: f64) -> Sample {
    Sample {
        owner: owner(),
        kind: WindowKind::Daily,
        at: now() + TimeDelta::minutes(minutes),
        used: Some(used),
        limit: Limit::Requests(2_000),
        reset_at: Some("2026-11-24T00:00:00Z".parse().unwrap()),
    }
}

/// A directory of its own, and a path in it whose directory is not there yet.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state/chutes-top/history.db");
    (directory, path)
}

fn open(path: &Path) -> (History, mpsc::Receiver<String>) {
    History::open(Location::File(path.to_owned()), now())
}

/// Another process that holds the file until it is dropped or rolls back.
fn holder_of(path: &Path) -> Connection {
    let holder = Connection::open(path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    holder
}

/// A history without a thread that does not wait for a file that is held.
fn open_impatiently(path: &Path) -> (History, mpsc::Receiver<String>) {
    let (told, notices) = mpsc::channel(NOTICES);
    let mut keeper = Keeper::new(Location::File(path.to_owned()), now(), told.clone(), Arc::default());
    keeper.patience = Duration::ZERO;
    keeper.begin();
    let (lost, is_alone) = (Arc::default(), keeper.is_alone());
    (History { jobs: Jobs::Inline(Arc::new(Mutex::new(keeper))), lost, is_alone, notices: told }, notices)
}

/// Ends the thread, and gives every notice there was.
async fn close(history: History, mut notices: mpsc::Receiver<String>) -> Vec<String> {
    drop(history);
    let mut all = Vec::new();
    while let Some(notice) = notices.recv().await {
        all.push(notice);
    }
    all
}

async fn daily(history: &History) -> Vec<Sample> {
    history.samples(owner(), WindowKind::Daily, DateTime::UNIX_EPOCH).await.unwrap()
}

/// The names in the directory of `path`, in order.
fn names_beside(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The databases that were set aside beside `path`.
fn set_aside(path: &Path) -> Vec<String> {
    let is_aside =
        |name: &String| name.starts_with("history.db.") && !name.ends_with("-wal") && !name.ends_with("-shm");
    names_beside(path).into_iter().filter(is_aside).collect()
}

/// SQLite's own verdict on a file.
fn integrity(path: &Path) -> String {
    Connection::open(path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}
