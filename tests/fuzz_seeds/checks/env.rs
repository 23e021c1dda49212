//! Files of keys.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chutes_top::config::ConfigFile;
use chutes_top::credentials;
use chutes_top::environment::Environment;

use super::{assert_no_key, assert_safe, with_key};

const LONGEST_LABEL: usize = 64;

/// A file with these bytes in it is read or refused. Of the keys in it nothing is said.
pub fn env(data: &[u8]) {
    let path = file(&with_key(data));
    let environment: Environment = [("CHUTES_API_KEY_SHELL", "cpk_from_the_shell")].into_iter().collect();
    let found = match credentials::find(Some(path), &ConfigFile::default(), &environment) {
        Ok(found) => found,
        Err(error) => return check_line(&error.to_string()),
    };
    found.notices.iter().for_each(|notice| check_line(notice));
    let mut keys = BTreeSet::new();
    for (place, credential) in found.credentials.iter().enumerate() {
        let identity = &credential.identity;
        assert_eq!(identity.id.index(), place);
        assert!(!identity.labels.is_empty());
        for label in &identity.labels {
            assert!(!label.is_empty());
            assert_safe(label, LONGEST_LABEL);
            assert_no_key(label);
        }
        let key = credential.key.expose();
        assert!(!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()), "{key:?} cannot be sent");
        assert!(keys.insert(key), "one credential a key");
    }
    assert!(keys.contains("cpk_from_the_shell"), "the environment wins");
}

fn check_line(line: &str) {
    assert_safe(line, 4096 + 200);
    assert_no_key(line);
}

/// A file of this process that nobody else can read, with these bytes in it.
fn file(bytes: &[u8]) -> &'static Path {
    static PATH: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_directory, path) = PATH.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("env");
        (directory, path)
    });
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).and_then(|mut file| file.write_all(bytes)).unwrap();
    path
}
