//! The keys that `credentials add` took in: in the system's keyring, or in the file `credentials` where there is none.
//!
//! The file, which only the user can read, knows the labels of both kinds, for a keyring cannot be asked what it
//! holds: `CHUTES_API_KEY_WORK='cpk_…'` is a key, `CHUTES_API_KEY_WORK='@keyring'` says that it is in the keyring.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use super::env_syntax::Variable;
use super::key_file::{self, KeyFileError};
use super::keyring::{Keyring, System};
use super::{KEY_VARIABLE, LABEL_LIMIT, suffix, value};
use crate::domain::credential::ApiKey;
use crate::environment::{Environment, make_directory_of};

/// What stands in the place of a key that is in the keyring.
const IN_KEYRING: &str = "@keyring";

/// Where a key was put, or taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the keyring.
    Keyring,
    /// In the file.
    File,
}

/// What came of taking a key in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Where it is kept.
    pub kept: Kept,
    /// Why it is not in the keyring, unless that was not wanted.
    pub no_keyring: Option<String>,
}

/// A label, where its key is, and the key or why it cannot be had.
pub(super) type Entry = (String, Kept, Result<String, String>);

/// The keys that were added.
pub struct Store<'a> {
    path: PathBuf,
    shown: String,
    keyring: &'a dyn Keyring,
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store<'static> {
    /// The user's own. `None` when there is no home.
    #[must_use]
    pub fn of(environment: &Environment) -> Option<Self> {
        static SYSTEM: System = System::new();
        Self::with(environment, &SYSTEM)
    }
}

impl<'a> Store<'a> {
    pub(super) fn with(environment: &Environment, keyring: &'a dyn Keyring) -> Option<Self> {
        let path = environment.config_directory()?.join("credentials");
        Some(Self { shown: key_file::shown(&path), path, keyring })
    }

    /// The path of the file, safe to show.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// [`Store::shown`], with `~` for the home directory: where there is little room.
    #[must_use]
    pub fn shown_from_home(&self, environment: &Environment) -> String {
        key_file::shown_from_home(&self.path, environment)
    }

    /// The labels that were added, in order, and where the keys are.
    ///
    /// # Errors
    ///
    /// When the file is of no use.
    pub fn labels(&self) -> Result<Vec<(String, Kept)>, KeyFileError> {
        let kept = |value: &str| if value == IN_KEYRING { Kept::Keyring } else { Kept::File };
        Ok(self.entries()?.into_iter().map(|(label, value)| (label, kept(&value))).collect())
    }

    /// Takes a key in under a label: into the keyring, or into the file when there is none or when it is wanted there.
    ///
    /// # Errors
    ///
    /// A line for the user.
    pub fn add(&self, label: &str, key: &ApiKey, into_file: bool) -> Result<Added, String> {
        let mut entries = self.entries().map_err(|error| error.to_string())?;
        let kept = if into_file { Err(None) } else { self.keyring.set(label, key.expose()).map_err(Some) };
        let value = if kept.is_ok() { IN_KEYRING } else { key.expose() };
        match entries.iter_mut().find(|(known, _)| known == label) {
            Some((_, earlier)) => {
                if into_file && earlier == IN_KEYRING {
                    self.keyring.remove(label)?;
                }
                value.clone_into(earlier);
            }
            None => entries.push((label.to_owned(), value.to_owned())),
        }
        self.write(&entries)?;
        Ok(match kept {
            Ok(()) => Added { kept: Kept::Keyring, no_keyring: None },
            Err(no_keyring) => Added { kept: Kept::File, no_keyring },
        })
    }

    /// Forgets the key of a label. Nothing is asked of a keyring that does not have it. Gives whether there was one.
    ///
    /// # Errors
    ///
    /// A line for the user.
    pub fn remove(&self, label: &str) -> Result<bool, String> {
        let mut entries = self.entries().map_err(|error| error.to_string())?;
        let Some(place) = entries.iter().position(|(known, _)| known == label) else { return Ok(false) };
        let (_, value) = entries.remove(place);
        if value == IN_KEYRING {
            self.keyring.remove(label)?;
        }
        self.write(&entries)?;
        Ok(true)
    }

    /// The key of a label: what the file says, and where that says nothing, what the keyring has.
    ///
    /// # Errors
    ///
    /// Why it cannot be had.
    pub(super) fn key(&self, label: &str) -> Result<String, String> {
        let entries = self.entries().map_err(|error| error.to_string())?;
        match entries.into_iter().find(|(known, value)| known == label && value != IN_KEYRING) {
            Some((_, key)) => Ok(key),
            None => self.keyring.get(label)?.ok_or_else(|| {
                format!("the keyring has no such key; `chutes-top credentials add {label}` asks for it")
            }),
        }
    }

    /// Each label that is `wanted`, with its key or with why that cannot be had. The keyring is asked for all at once: none
    /// waits for another.
    pub(super) fn keys(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<Entry>, KeyFileError> {
        let entries: Vec<_> = self.entries()?.into_iter().filter(|(label, _)| wanted(label)).collect();
        Ok(thread::scope(|scope| {
            let asked: Vec<_> = entries
                .into_iter()
                .map(|(label, value)| {
                    let asked = (value == IN_KEYRING).then(|| {
                        let label = label.clone();
                        scope.spawn(move || self.of_keyring(&label))
                    });
                    (label, value, asked)
                })
                .collect();
            let answer = |(label, value, asked): (String, String, Option<ScopedJoinHandle<'_, _>>)| match asked {
                Some(asked) => {
                    let key = asked.join().unwrap_or_else(|_| Err("it could not be asked for".to_owned()));
                    (label, Kept::Keyring, key)
                }
                None => (label, Kept::File, Ok(value)),
            };
            asked.into_iter().map(answer).collect()
        }))
    }

    fn of_keyring(&self, label: &str) -> Result<String, String> {
        self.keyring.get(label)?.ok_or_else(|| "the keyring has no such key any more".to_owned())
    }

    /// The labels and what stands behind them.
    fn entries(&self) -> Result<Vec<(String, String)>, KeyFileError> {
        let Some(file) = key_file::read_at(&self.path)? else { return Ok(Vec::new()) };
        let entry = |Variable { name, value, .. }: Variable| Some((super::label(suffix(&name)?), value));
        Ok(file.variables.into_iter().filter_map(entry).collect())
    }

    /// Puts a new file in the place of the old one.
    fn write(&self, entries: &[(String, String)]) -> Result<(), String> {
        let mut text = "# Written by `chutes-top credentials`. Keep it to yourself.\n".to_owned();
        for (label, value) in entries {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{}={}", variable_of(label), quoted(value));
        }
        replace(&self.path, &text).map_err(|error| format!("{}: cannot be written: {}", self.shown, error.kind()))
    }
}

/// Writes a file that only the user can read, in the place of the old one and never half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory_of(path)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The label that `text` is, in lower case.
///
/// # Errors
///
/// What was expected; what was given is not repeated, for it may be a key.
pub fn usable_label(text: &str) -> Result<String, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let label = text.to_ascii_lowercase();
    if text.is_empty()
        || text.len() > LABEL_LIMIT
        || !is_plain
        || label.starts_with("cpk_")
        || label.starts_with("cak_")
    {
        return Err(format!("expected a label of letters, digits, _, - and . (1 to {LABEL_LIMIT}), not a key"));
    }
    Ok(label)
}

/// The key that `text` is: without blanks, quotes and a leading `Bearer ` around it.
///
/// # Errors
///
/// What is wrong with it, to stand behind the words `the key`.
pub fn usable_key(text: &str) -> Result<ApiKey, &'static str> {
    let key = value::usable(text.as_ref())?;
    if key == IN_KEYRING { Err("is no key") } else { Ok(ApiKey::new(key)) }
}

fn variable_of(label: &str) -> String {
    if label == "default" { KEY_VARIABLE.to_owned() } else { format!("{KEY_VARIABLE}_{}", label.to_ascii_uppercase()) }
}

/// A value as the syntax of the file takes it.
fn quoted(value: &str) -> String {
    if !value.contains('\'') {
        return format!("'{value}'");
    }
    let mut out = "\"".to_owned();
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out + "\""
}

#[cfg(test)]
mod tests;
