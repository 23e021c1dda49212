//! What is written waits a moment for more, and no longer than somebody waits for it.

use std::sync::mpsc::{Receiver, channel};

use pretty_assertions::assert_eq;

use super::*;

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(1);

/// A history in a file, whose thread waits [`LONG`] for more to write.
fn patient(path: &Path) -> History {
    let (jobs, queue) = mpsc::channel(QUEUE);
    let (notices, _) = mpsc::channel(NOTICES);
    let lost = Arc::new(AtomicU64::new(0));
    let mut keeper = Keeper::new(Location::File(path.to_owned()), now(), notices.clone(), Arc::clone(&lost));
    keeper.gathering = LONG;
    let is_alone = keeper.is_alone();
    let thread = std::thread::spawn(move || keeper.run(queue));
    History { jobs: Jobs::Thread(jobs, Some(thread.thread().clone())), lost, is_alone, notices }
}

/// Hands in a write that tells when it is done.
fn write(history: &History) -> Receiver<()> {
    let (done, told) = channel();
    history.write(now(), Box::new(move |_, _| done.send(()).map_err(|_| rusqlite::Error::InvalidQuery)));
    told
}

/// Whether nothing is written in the time of so many questions, in which a thread that does not wait has long done so.
fn nothing_is_written(path: &Path) -> bool {
    let beside = Connection::open(path).unwrap();
    let count = || -> i64 { beside.query_row("SELECT count(*) FROM sample", [], |row| row.get(0)).unwrap() };
    (0..2_000).all(|_| count() == 0)
}

#[tokio::test]
async fn a_write_waits_for_more_though_somebody_was_in_a_hurry_before() {
    let (_directory, path) = place();
    let history = patient(&path);
    // The thread was unparked for this, and did not sleep.
    history.flush().await;
    history.record(vec![sample(0, 1.0)]);
    assert!(nothing_is_written(&path));
    history.flush().await;
    assert!(!nothing_is_written(&path));
}

#[tokio::test]
async fn a_pause_waits_for_nothing() {
    let (_directory, path) = place();
    let history = patient(&path);
    history.flush().await;
    let waiting = write(&history);
    assert!(nothing_is_written(&path));
    history.pause("https://x".to_owned(), vec![], now() + TimeDelta::hours(6), 1, now());
    assert_eq!(waiting.recv_timeout(Duration::from_secs(20)), Ok(()));
}
