//! The file that keys are kept in.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::env_syntax::{self, Variable};
use crate::domain::clean::clean;
use crate::domain::credential::hide_keys;
use crate::environment::Environment;

/// The largest file that is read, in bytes: some ten thousand keys.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// A file that was read.
pub(super) struct KeyFile {
    /// Its path, safe to show.
    pub(super) shown: String,
    /// Its variables, in order.
    pub(super) variables: Vec<Variable>,
}

/// Why a file of keys is of no use: one line that names it, and never what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFileError(String);

impl fmt::Display for KeyFileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for KeyFileError {}

/// Where keys are kept when nothing else is said: `$XDG_CONFIG_HOME/chutes-top/env`, by default in
/// `~/.config` (Windows: `%APPDATA%`). `None` when there is no home either.
#[must_use]
pub fn default_path(environment: &Environment) -> Option<PathBuf> {
    Some(environment.config_directory()?.join("env"))
}

/// [`default_path`] safe to show, with `~` for the home directory where shells know that. `None` as there.
#[must_use]
pub fn default_path_shown(environment: &Environment) -> Option<String> {
    Some(shown_from_home(&default_path(environment)?, environment))
}

/// [`shown`], with `~` for the home directory where shells know that.
pub(super) fn shown_from_home(path: &Path, environment: &Environment) -> String {
    let home = environment.home().filter(|_| !cfg!(windows));
    let at_home = home.and_then(|home| path.strip_prefix(home).ok());
    at_home.map_or_else(|| shown(path), |rest| format!("~/{}", shown(rest)))
}

/// Reads the named file, or else the default one where that exists.
pub(super) fn read(named: Option<&Path>, environment: &Environment) -> Result<Option<KeyFile>, KeyFileError> {
    match (named, default_path(environment)) {
        (Some(path), _) => open(path, "--env-file ").map(Some),
        (None, Some(path)) => read_at(&path),
        (None, None) => Ok(None),
    }
}

/// Reads the file at `path`, where there is one.
pub(super) fn read_at(path: &Path) -> Result<Option<KeyFile>, KeyFileError> {
    if exists(path) { open(path, "").map(Some) } else { Ok(None) }
}

/// The text of a file that holds one key and nothing else, or the reason why there is none.
pub(super) fn one_key(path: &Path) -> Result<String, String> {
    contents(path, &shown(path), "a file with the key in it")
}

/// Whether there is anything at `path`, readable or not.
fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn open(path: &Path, flag: &str) -> Result<KeyFile, KeyFileError> {
    let shown = shown(path);
    let text = contents(path, &shown, "a file with lines of NAME=value")
        .map_err(|reason| KeyFileError(format!("{flag}{shown}: {reason}")))?;
    let variables = env_syntax::parse(&text).map_err(|line| {
        KeyFileError(format!("{flag}{shown}: line {line} is not understood: expected NAME=value, quotes closed"))
    })?;
    Ok(KeyFile { shown, variables })
}

/// The text of the file, or the reason why there is none. Nothing is read of a file that is open to others.
fn contents(path: &Path, shown: &str, expected: &str) -> Result<String, String> {
    let reason = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("no such file; expected {expected}"),
        kind => format!("cannot be read: {kind}"),
    };
    let file = File::open(path).map_err(reason)?;
    let metadata = file.metadata().map_err(reason)?;
    if metadata.is_dir() {
        return Err("expected a file, found a directory".to_owned());
    }
    is_private(&metadata, shown)?;
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(reason)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(format!("larger than 1 MiB: expected {expected}"));
    }
    String::from_utf8(bytes).map_err(|_| "expected text in UTF-8".to_owned())
}

/// Refuses a file of keys that others than its owner can read or change, and says how to mend it. On other
/// systems than Unix nobody is asked.
#[cfg(unix)]
fn is_private(metadata: &Metadata, shown: &str) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS: u32 = 0o077;
    // A pipe has no readers but the ones at its ends.
    if metadata.is_file() && metadata.mode() & OTHERS != 0 {
        return Err(format!("not read, because it is open to other users; run: chmod 600 {}", quoted(shown)));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_metadata: &Metadata, _shown: &str) -> Result<(), String> {
    Ok(())
}

/// A path as a shell takes it.
#[cfg(unix)]
fn quoted(path: &str) -> String {
    if path.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '+')) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// A path, safe to show.
#[must_use]
pub fn shown(path: &Path) -> String {
    hide_keys(&clean(&path.to_string_lossy(), 4096))
}
