//! The file: private, never fatal, never deleted.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::domain::account::{Account, AccountId};
use crate::domain::quota::{Quota, QuotaUsage};

/// A closed history with enough in it to have many pages.
async fn filled(path: &Path) -> Vec<Sample> {
    let (history, notices) = open(path);
    let samples: Vec<Sample> = (0..2_000).map(|minute| sample(minute, 1.5)).collect();
    history.record(samples.clone());
    close(history, notices).await;
    samples
}

fn overwrite(path: &Path, from: u64, bytes: usize) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0x5a; bytes]).unwrap();
}

#[tokio::test]
async fn it_is_there_again_after_a_restart() {
    let (_directory, path) = place();
    let samples = filled(&path).await;
    let (history, notices) = open(&path);
    assert_eq!(daily(&history).await, samples);
    assert_eq!(close(history, notices).await, Vec::<String>::new());
    assert_eq!(integrity(&path), "ok");
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = place();
    let (history, notices) = open(&path);
    history.record(vec![sample(0, 1.0)]);
    history.flush().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = path.parent().unwrap();
    assert_eq!(names_beside(&path), ["history.db", "history.db-shm", "history.db-wal"]);
    for name in names_beside(&path) {
        assert_eq!(mode(&directory.join(&name)), 0o600, "{name}");
    }
    assert_eq!((mode(directory), mode(directory.parent().unwrap())), (0o700, 0o700));
    close(history, notices).await;
}

/// Every way to spoil a file, with what is left of it.
#[rstest]
#[case::garbage(|path: &Path| fs::write(path, vec![0xa5; 10_000]).unwrap())]
#[case::a_few_bytes(|path: &Path| fs::write(path, b"oops").unwrap())]
#[case::cut_short(|path: &Path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(5_000).unwrap())]
#[case::no_header(|path: &Path| overwrite(path, 0, 16))]
#[case::first_page(|path: &Path| overwrite(path, 100, 3_900))]
#[case::a_table_gone(|path: &Path| Connection::open(path).unwrap().execute_batch("DROP TABLE bucket").unwrap())]
#[case::a_directory(|path: &Path| { fs::remove_file(path).unwrap(); fs::create_dir(path).unwrap(); })]
#[tokio::test]
async fn a_damaged_file_is_set_aside(#[case] spoil: fn(&Path)) {
    let (_directory, path) = place();
    filled(&path).await;
    spoil(&path);
    let left = fs::read(&path).ok();

    let (history, notices) = open(&path);
    history.record(vec![sample(0, 3.0)]);
    assert_eq!(daily(&history).await, [sample(0, 3.0)]);
    let notices = close(history, notices).await;
    assert_eq!(set_aside(&path), ["history.db.damaged-20261123T173821Z"]);
    assert_eq!(fs::read(path.with_file_name("history.db.damaged-20261123T173821Z")).ok(), left);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].starts_with("The history was damaged or unreadable: it is set aside as "), "{notices:?}");
    assert_eq!(integrity(&path), "ok");
}

#[tokio::test]
async fn an_empty_file_is_a_new_one() {
    let (_directory, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"").unwrap();
    assert_eq!(filled(&path).await.len(), 2_000);
    assert_eq!(set_aside(&path), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_that_was_set_aside_is_overwritten() {
    let (_directory, path) = place();
    for _ in 0..3 {
        filled(&path).await;
        overwrite(&path, 0, 16);
    }
    filled(&path).await;
    let name = "history.db.damaged-20261123T173821Z";
    assert_eq!(set_aside(&path), [name.to_owned(), format!("{name}-2"), format!("{name}-3")]);
}

#[tokio::test]
async fn a_later_version_is_set_aside_whole() {
    let (_directory, path) = place();
    filled(&path).await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let (history, notices) = open(&path);
    assert_eq!(daily(&history).await, []);
    let notices = close(history, notices).await;
    assert!(notices[0].starts_with("The history was of a later version: it is set aside as "), "{notices:?}");
    let aside = Connection::open(path.with_file_name("history.db.newer-99")).unwrap();
    let count: i64 = aside.query_row("SELECT count(*) FROM sample", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2_000);
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let (_directory, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    let (history, notices) = open(&path);
    history.record(vec![sample(0, 3.0)]);
    assert_eq!(daily(&history).await.len(), 1);
    let notices = close(history, notices).await;
    assert!(notices[0].contains("it is another program's database"), "{notices:?}");
    assert_eq!((fs::read(&path).unwrap(), names_beside(&path)), (before, vec!["history.db".to_owned()]));
}

#[tokio::test]
async fn without_a_place_for_a_file_it_is_kept_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), b"").unwrap();
    let (history, notices) = open(&directory.path().join("file/history.db"));
    history.record(vec![sample(0, 3.0)]);
    assert_eq!(daily(&history).await, [sample(0, 3.0)]);
    let notices = close(history, notices).await;
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("is kept in memory until this ends"), "{notices:?}");
}

#[tokio::test]
async fn a_file_that_is_deleted_meanwhile_is_begun_anew() {
    let (_directory, path) = place();
    let (history, notices) = open(&path);
    history.record(vec![sample(0, 1.0)]);
    history.flush().await;
    for name in names_beside(&path) {
        fs::remove_file(path.with_file_name(name)).unwrap();
    }
    history.record(vec![sample(1, 2.0)]);
    close(history, notices).await;
    let (history, _notices) = open(&path);
    assert_eq!(daily(&history).await, [sample(1, 2.0)]);
}

#[tokio::test]
async fn no_piece_of_a_key_is_in_any_file() {
    let (_directory, path) = place();
    let (history, notices) = open(&path);
    let account = Account::new(Some(USER), Some("fake"), None, 0);
    let of_account = Fingerprint::of_account(BASE, &AccountId::of_key(&key()).unwrap());
    let snapshot = Snapshot::new(QuotaUsage::new(Quota::Finite(300), Some(1.0)), now(), now());
    for one in [owner(), of_account] {
        history.record(vec![Sample { owner: one, ..sample(0, 1.0) }]);
        history.keep_snapshot(one, &snapshot);
        history.keep_answer(one, &PartAnswer::Account(account.clone()), now());
    }
    history.flush().await;
    let mut scanned = 0;
    for name in names_beside(&path) {
        let bytes = fs::read(path.with_file_name(&name)).unwrap();
        scanned += bytes.len();
        for piece in key().expose().as_bytes().windows(8) {
            assert!(!bytes.windows(8).any(|window| window.eq_ignore_ascii_case(piece)), "{name}");
        }
    }
    assert!(scanned > 50_000, "{scanned}");
    close(history, notices).await;
}

#[tokio::test]
async fn a_file_that_is_held_at_the_start_is_used_once_it_is_free() {
    let (_directory, path) = place();
    filled(&path).await;
    let holder = holder_of(&path);
    let (history, notices) = open_impatiently(&path);

    history.record(vec![sample(9_000, 1.0)]);
    holder.execute_batch("ROLLBACK").unwrap();
    // It was looked at just now.
    history.record(vec![Sample { at: sample(9_001, 2.0).at - TimeDelta::seconds(1), ..sample(9_001, 2.0) }]);
    assert_eq!((daily(&history).await.len(), history.is_alone()), (2, true));

    history.record(vec![sample(9_001, 3.0)]);
    let count: i64 = holder.query_row("SELECT count(*) FROM sample", [], |row| row.get(0)).unwrap();
    assert_eq!((count, history.is_alone()), (2_003, false), "nothing that was measured meanwhile is missing");
    let notices = close(history, notices).await;
    assert!(notices[0].ends_with("(another process holds it); what is measured is kept in memory until it is free."));
    assert_eq!(notices[1..], ["The history is free again: what was measured meanwhile is in it."]);
}

/// The file is free when it is opened, and held again before the second transaction.
#[tokio::test]
async fn a_file_that_is_held_again_is_used_once_it_is_free_for_all() {
    let (_directory, path) = place();
    filled(&path).await;
    let holder = holder_of(&path);
    let (history, notices) = open_impatiently(&path);
    for minute in 0..200 {
        history.record(vec![sample(9_000, f64::from(minute))]);
    }
    let is_held = Arc::new(AtomicBool::new(false));
    let (held, count) = (Arc::clone(&is_held), Arc::new(AtomicU64::new(0)));
    let tries = Arc::clone(&count);
    let last = move |connection: &Connection, _| {
        count.fetch_add(1, Ordering::Relaxed);
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        if held.load(Ordering::Relaxed) {
            return Err(rusqlite::Error::SqliteFailure(busy, None));
        }
        samples::record(connection, &[sample(9_000, 7.0)])
    };
    history.write(sample(9_000, 0.0).at, Box::new(last));
    holder.execute_batch("ROLLBACK").unwrap();

    let in_file = || -> (i64, f64) {
        let query = "SELECT count(*), max(used) FROM sample WHERE at >= ?1";
        let since = sample(9_000, 0.0).at.timestamp_millis();
        holder.query_row(query, [since], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    is_held.store(true, Ordering::Relaxed);
    history.record(vec![sample(9_100, 1.0)]);
    assert_eq!(tries.load(Ordering::Relaxed), 2, "it is left at that, after the one in memory");
    assert_eq!((daily(&history).await.len(), history.is_alone(), in_file()), (2, true, (1, 127.0)));
    is_held.store(false, Ordering::Relaxed);
    history.record(vec![sample(9_200, 1.0)]);
    assert_eq!((history.is_alone(), in_file(), history.lost()), (false, (3, 7.0), 0), "in their order");
    assert_eq!(close(history, notices).await.len(), 2);
}
