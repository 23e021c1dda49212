#[cfg(unix)]
use std::fs;
use std::sync::Mutex;

use pretty_assertions::assert_eq;

use super::*;
use crate::clock::SystemClock;
use crate::credentials::Missing;
use crate::domain::view::{Shape, Sort, SortKey};

fn live() -> Live {
    Live {
        interval: Duration::from_mins(5),
        masked: false,
        view: View::default(),
        themes: Themes::default(),
        rules: Rules::default(),
        credentials: 0,
        later: vec![("api_url", "a".to_owned()), ("alerts", "b".to_owned())],
        notices: Vec::new(),
    }
}

/// A configuration of which `answers` are read one after the other, and how often it was.
fn configuration(path: &Path, answers: Vec<Result<Live, String>>) -> (Configuration, Arc<Mutex<usize>>) {
    let reads = Arc::new(Mutex::new(0));
    let count = Arc::clone(&reads);
    let read: Read = Arc::new(move || {
        let mut count = count.lock().unwrap();
        *count += 1;
        answers.get(*count - 1).cloned().unwrap_or_else(|| panic!("read too often"))
    });
    (
        Configuration {
            path: path.to_owned(),
            live: live(),
            read,
            find: Arc::new(|| Ok(Found::default())),
            is_short: false,
        },
        reads,
    )
}

fn told(answers: Vec<Result<Live, String>>) -> (Reloads, mpsc::Sender<()>, Arc<Mutex<usize>>) {
    let (sender, changes) = mpsc::channel(1);
    let (configuration, reads) = configuration(Path::new("c.toml"), answers);
    (Reloads::of(configuration, Arc::new(SystemClock), changes, None), sender, reads)
}

#[tokio::test(start_paused = true)]
async fn only_what_is_different_is_told() {
    let view = View {
        sort: Sort { key: SortKey::Left, reversed: true },
        filter: "x".to_owned(),
        shape: Shape::Big,
        ..View::default()
    };
    let changed = Live { interval: Duration::from_mins(1), view: view.clone(), ..live() };
    let (mut reloads, sender, _) = told(vec![Ok(changed.clone()), Ok(Live { masked: true, ..changed })]);
    sender.send(()).await.unwrap();
    let first = reloads.next().await.unwrap();
    let expected = Configured { interval: Some(Duration::from_mins(1)), view: Some(view), ..Configured::default() };
    assert_eq!((first.configured, first.notices), (Some(expected), vec![]));
    assert!(first.found.is_none(), "no program is run for nothing");
    sender.send(()).await.unwrap();
    let second = reloads.next().await.unwrap().configured.unwrap();
    assert_eq!(second, Configured { masked: Some(true), ..Configured::default() });
}

#[tokio::test(start_paused = true)]
async fn what_counts_later_is_said_once() {
    let mut changed = live();
    changed.later[1].1 = "other".to_owned();
    changed.notices.push("line 1: x is no setting".to_owned());
    let again = Live { masked: true, ..changed.clone() };
    let (mut reloads, sender, _) = told(vec![Ok(changed), Ok(again), Ok(live())]);
    sender.send(()).await.unwrap();
    let expected = ["line 1: x is no setting", "restart chutes-top to apply what was changed: alerts"];
    assert_eq!(reloads.next().await.unwrap().notices, expected);
    for _ in 0..2 {
        sender.send(()).await.unwrap();
        assert_eq!(reloads.next().await.unwrap().notices, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_edit_is_said_and_the_next_one_compared_with_the_last_good_one() {
    let (mut reloads, sender, _) =
        told(vec![Err("c.toml line 1: mask: expected true or false".to_owned()), Ok(Live { masked: true, ..live() })]);
    sender.send(()).await.unwrap();
    let line = reloads.next().await.unwrap_err();
    assert_eq!(line, "c.toml line 1: mask: expected true or false: the settings stay as they were");
    sender.send(()).await.unwrap();
    assert_eq!(reloads.next().await.unwrap().configured.unwrap().masked, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_read_once_and_a_wait_may_be_given_up() {
    let (mut reloads, sender, reads) = told(vec![Ok(live()), Ok(Live { masked: true, ..live() })]);
    for _ in 0..20 {
        sender.send(()).await.unwrap();
        // Given up each time, as when a key is pressed.
        let waited = tokio::time::timeout(QUIET / 2, reloads.next()).await;
        assert!(waited.is_err());
    }
    assert_eq!(*reads.lock().unwrap(), 0);
    let waited = tokio::time::timeout(QUIET * 10, reloads.next()).await;
    assert!(waited.is_err(), "nothing is different, so nothing is told");
    assert_eq!(*reads.lock().unwrap(), 1);
    sender.send(()).await.unwrap();
    assert!(reloads.next().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn keys_that_could_not_be_had_are_looked_for_again_until_they_are_there() {
    let (mut reloads, _sender, reads) = told(vec![Ok(live()), Ok(live())]);
    let mut missing = vec![vec![], vec![Missing::default()]];
    let finds = Mutex::new(move || Found { missing: missing.pop().unwrap(), ..Found::default() });
    reloads.configuration.find = Arc::new(move || Ok(finds.lock().unwrap()()));
    reloads.look_again();
    assert!(tokio::time::timeout(QUIET * 10, reloads.next()).await.is_err(), "none is missing");
    reloads.configuration.is_short = true;
    for expected in [1, 0] {
        reloads.look_again();
        let again = tokio::time::timeout(QUIET * 10, reloads.next()).await.unwrap().unwrap();
        assert_eq!((again.configured, again.found.unwrap().missing.len()), (None, expected), "nothing was edited");
    }
    reloads.look_again();
    assert!(tokio::time::timeout(QUIET * 10, reloads.next()).await.is_err(), "all are there");
    assert_eq!(*reads.lock().unwrap(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_watched_however_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    let (real, link) = (home.path().join("dotfiles"), home.path().join("chutes-top"));
    fs::create_dir_all(&real).unwrap();
    fs::create_dir_all(&link).unwrap();
    let path = link.join("config.toml");
    fs::write(real.join("config.toml"), "").unwrap();
    std::os::unix::fs::symlink(real.join("config.toml"), &path).unwrap();
    let with = |minutes| Ok(Live { interval: Duration::from_mins(minutes), ..live() });
    let (configuration, reads) = configuration(&path, vec![with(1), with(2), with(3)]);
    let mut reloads = Reloads::watch(configuration, Arc::new(SystemClock)).unwrap();
    // Read, and written beside it: that is no change.
    fs::read(&path).unwrap();
    fs::write(link.join("env"), "x").unwrap();
    // Written in place, at the other end of the link.
    fs::write(real.join("config.toml"), "a").unwrap();
    assert_eq!(reloads.next().await.unwrap().configured.unwrap().interval, Some(Duration::from_mins(1)));
    // Replaced, as editors do.
    fs::write(link.join("new"), "b").unwrap();
    fs::rename(link.join("new"), &path).unwrap();
    assert_eq!(reloads.next().await.unwrap().configured.unwrap().interval, Some(Duration::from_mins(2)));
    fs::remove_file(&path).unwrap();
    assert_eq!(reloads.next().await.unwrap().configured.unwrap().interval, Some(Duration::from_mins(3)));
    assert_eq!(*reads.lock().unwrap(), 3);
}

#[tokio::test]
async fn without_a_directory_nothing_is_watched() {
    let home = tempfile::tempdir().unwrap();
    let (configuration, _) = configuration(&home.path().join("none/config.toml"), vec![]);
    assert!(Reloads::watch(configuration, Arc::new(SystemClock)).is_none());
}

#[test]
fn to_read_the_file_is_no_change_of_it() {
    use notify::event::{CreateKind, ModifyKind, RemoveKind};
    let changes = [
        EventKind::Create(CreateKind::File),
        EventKind::Modify(ModifyKind::Any),
        EventKind::Remove(RemoveKind::File),
        EventKind::Access(AccessKind::Close(AccessMode::Write)),
    ];
    assert!(changes.into_iter().all(is_change));
    // Or reading it anew would have it read anew, for ever.
    let reads = [AccessKind::Open(AccessMode::Any), AccessKind::Read, AccessKind::Close(AccessMode::Read)];
    assert!(!reads.into_iter().any(|read| is_change(EventKind::Access(read))));
}
