use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use tempfile::TempDir;

use super::*;
use crate::credentials::keyring::fake::Fake;

const WORK: &str = "cpk_aaaaaaaaaaaaaaaa.b.SecretOfWork";

fn home() -> (TempDir, Environment) {
    let home = tempfile::tempdir().unwrap();
    let environment = [("HOME", home.path().as_os_str().to_owned())].into_iter().collect();
    (home, environment)
}

fn keys(store: &Store<'_>) -> Vec<(String, Kept, Result<String, String>)> {
    store.keys(|_| true).unwrap()
}

#[test]
fn with_a_keyring_the_key_is_in_it_and_nowhere_else() {
    let (_home, environment) = home();
    let keyring = Fake::empty();
    let store = Store::with(&environment, &keyring).unwrap();
    let added = store.add("work", &ApiKey::new(WORK), false).unwrap();
    assert_eq!(added, Added { kept: Kept::Keyring, no_keyring: None });
    assert_eq!(keys(&store), [("work".to_owned(), Kept::Keyring, Ok(WORK.to_owned()))]);
    let text = fs::read_to_string(&store.path).unwrap();
    assert!(text.contains("CHUTES_API_KEY_WORK='@keyring'\n") && !text.contains("Secret"), "{text}");
    assert_eq!(store.remove("work"), Ok(true));
    assert_eq!(keyring.get("work"), Ok(None));
    assert_eq!(store.remove("work"), Ok(false));
    assert_eq!(store.labels().unwrap(), []);
}

#[test]
fn without_a_keyring_the_key_is_in_a_file_that_only_its_owner_reads() {
    let (_home, environment) = home();
    let store = Store::with(&environment, &Fake(None)).unwrap();
    let added = store.add("default", &ApiKey::new(WORK), false).unwrap();
    assert_eq!(added, Added { kept: Kept::File, no_keyring: Some("there is no keyring here".to_owned()) });
    store.add("b-2", &ApiKey::new("it's\"$`\\"), false).unwrap();
    let kept = [
        ("default".to_owned(), Kept::File, Ok(WORK.to_owned())),
        ("b-2".to_owned(), Kept::File, Ok("it's\"$`\\".to_owned())),
    ];
    assert_eq!(keys(&store), kept);
    #[cfg(unix)]
    assert_eq!(fs::metadata(&store.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(store.remove("default"), Ok(true), "a keyring that is not there must not be needed");
    assert_eq!(store.labels().unwrap(), [("b-2".to_owned(), Kept::File)]);
}

#[test]
fn a_key_can_go_from_the_one_to_the_other() {
    let (_home, environment) = home();
    let keyring = Fake::empty();
    let store = Store::with(&environment, &keyring).unwrap();
    store.add("work", &ApiKey::new(WORK), false).unwrap();
    store.add("work", &ApiKey::new(WORK), true).unwrap();
    assert_eq!(keys(&store), [("work".to_owned(), Kept::File, Ok(WORK.to_owned()))]);
    assert_eq!(keyring.get("work"), Ok(None));
}

#[test]
fn a_key_that_is_gone_from_the_keyring_is_said() {
    let (_home, environment) = home();
    let keyring = Fake::empty();
    let store = Store::with(&environment, &keyring).unwrap();
    store.add("work", &ApiKey::new(WORK), false).unwrap();
    keyring.remove("work").unwrap();
    assert_eq!(keys(&store)[0].2, Err("the keyring has no such key any more".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_neither_read_nor_written() {
    let (_home, environment) = home();
    let store = Store::with(&environment, &Fake(None)).unwrap();
    store.add("work", &ApiKey::new(WORK), false).unwrap();
    fs::set_permissions(&store.path, fs::Permissions::from_mode(0o644)).unwrap();
    let error = store.add("b", &ApiKey::new(WORK), false).unwrap_err();
    assert!(error.contains("open to other users; run: chmod 600"), "{error}");
    assert!(store.keys(|_| true).is_err() && store.remove("work").is_err());
}

#[rstest]
#[case::plain("Work_1.b-c", Ok("work_1.b-c"))]
#[case::empty("", Err(()))]
#[case::blank("a b", Err(()))]
#[case::wide("é", Err(()))]
#[case::key(WORK, Err(()))]
fn a_label_is_what_a_variable_can_be_called(#[case] text: &str, #[case] expected: Result<&str, ()>) {
    let label = usable_label(text);
    assert_eq!(label.as_deref().map_err(|_| ()), expected);
    assert!(label.is_ok() || !label.unwrap_err().contains("Secret"));
}

/// A keyring that answers nobody before so many have asked.
struct Crowd(Mutex<usize>, Condvar);

impl Keyring for Crowd {
    fn get(&self, label: &str) -> Result<Option<String>, String> {
        let mut to_come = self.0.lock().unwrap();
        *to_come = to_come.saturating_sub(1);
        self.1.notify_all();
        let (to_come, _) = self.1.wait_timeout_while(to_come, Duration::from_secs(10), |left| *left > 0).unwrap();
        if *to_come == 0 { Ok(Some(format!("key-of-{label}"))) } else { Err("it waits for others".to_owned()) }
    }

    fn set(&self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// So that one that hangs takes its time limit once, and not for each key.
#[test]
fn all_keys_are_asked_for_at_once() {
    let (_home, environment) = home();
    let keyring = Crowd(Mutex::new(3), Condvar::new());
    let store = Store::with(&environment, &keyring).unwrap();
    for label in ["a", "b", "c"] {
        store.add(label, &ApiKey::new(WORK), false).unwrap();
    }
    let told = ["a", "b", "c"].map(|label| (label.to_owned(), Kept::Keyring, Ok(format!("key-of-{label}"))));
    assert_eq!(keys(&store), told);
}
