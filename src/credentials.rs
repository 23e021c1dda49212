//! Where keys come from: the environment, the configuration file, a file of keys, and what `credentials add` took in.
//! Of one label the first of these wins.
//!
//! `CHUTES_API_KEY` is the credential `default`, `CHUTES_API_KEY_<NAME>` is `<name>`. What cannot be
//! used is left out and said, by the name of its variable and never by its value.

mod command;
mod env_syntax;
mod key_file;
mod keyring;
mod store;
mod table;
mod value;
mod variables;

use std::ffi::OsStr;
use std::path::Path;

use self::env_syntax::Variable;
pub use self::key_file::{KeyFileError, default_path, default_path_shown, shown};
use self::keyring::{Keyring, System};
pub use self::store::{Added, Kept, Store, usable_key, usable_label};
use self::variables::Variables;
use crate::config::ConfigFile;
use crate::domain::clean::clean;
use crate::domain::credential::{Credential, hide_keys};
use crate::environment::Environment;

/// The variable of the credential `default`, and with `_<NAME>` of every other one.
pub const KEY_VARIABLE: &str = "CHUTES_API_KEY";
/// The longest label, in characters.
const LABEL_LIMIT: usize = 64;
/// What is shorter, in characters, is more likely a slip than a key of any kind.
const SHORT: usize = 8;

/// The credentials that were found, and what is to be said about the others.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// One a key: those of the configuration file in its order, then `default`, then numbered ones by number, then
    /// the rest by name.
    pub credentials: Vec<Credential>,
    /// Where the key of each comes from, for people.
    pub origins: Vec<String>,
    /// The environment variable that the key of each stands in, if it does.
    pub variables: Vec<Option<String>>,
    /// Those whose key cannot be had, in the order of the credentials.
    pub missing: Vec<Missing>,
    /// What the user should know, a line each. Never holds a key.
    pub notices: Vec<String>,
}

/// A credential whose key cannot be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Its name, in lower case.
    pub label: String,
    /// So many of the credentials that were found stand before it.
    pub place: usize,
    /// Why its key cannot be had.
    pub reason: String,
    /// That notice of [`Found::notices`] which says so.
    pub notice: String,
}

/// Finds the credentials in the environment, in the tables of the configuration `file`, which also says what counts as low, in the file of keys
/// (`env_file` if given, or else [`default_path`] where that exists), and in the [`Store`]. Programs that print keys
/// are run, and the keyring is asked, if it is said to have one.
///
/// # Errors
///
/// When a file of keys cannot be read or parsed.
pub fn find(env_file: Option<&Path>, file: &ConfigFile, environment: &Environment) -> Result<Found, KeyFileError> {
    find_with(env_file, file, environment, &System::new())
}

fn find_with(
    env_file: Option<&Path>,
    file: &ConfigFile,
    environment: &Environment,
    keyring: &dyn Keyring,
) -> Result<Found, KeyFileError> {
    let mut found = Found::default();
    let mut named = Variables::default();
    for (name, value) in environment.iter() {
        named.add(name, value, name, &mut found.notices);
    }
    named.add_tables(&file.credentials, environment, keyring, &mut found.notices);
    if let Some(file) = key_file::read(env_file, environment)? {
        found.notices.extend(file.variables.iter().filter_map(|variable| not_read(&file.shown, variable)));
        // Within a file the last one wins, as in a shell.
        for Variable { line, name, value } in file.variables.iter().rev() {
            named.add(name, OsStr::new(value), &format!("{} line {line}", file.shown), &mut found.notices);
        }
    }
    if let Some(store) = Store::with(environment, keyring) {
        named.add_store(&store, &mut found.notices)?;
    }
    named.into_credentials(&mut found);
    let rules = file.rules();
    for Credential { identity, .. } in &mut found.credentials {
        identity.thresholds = rules.of(&identity.labels);
    }
    Ok(found)
}

/// The `<NAME>` in the name of a variable of keys, empty for [`KEY_VARIABLE`] itself; `None` when it is no such
/// variable.
fn suffix(name: &str) -> Option<&str> {
    match name.strip_prefix(KEY_VARIABLE)? {
        "" => Some(""),
        rest => rest.strip_prefix('_').filter(|suffix| !suffix.is_empty()),
    }
}

/// The label of the credential that a variable of this name is; `None` when it is no variable of keys.
#[must_use]
pub fn label_of_variable(name: &str) -> Option<String> {
    suffix(name).map(label)
}

/// Says of a line that it is not read, although its name looks as if it were meant for this program. What
/// else a `.env` file holds is not our affair.
fn not_read(file: &str, Variable { line, name, .. }: &Variable) -> Option<String> {
    const OURS: &str = "CHUTES_";
    let looks_ours = name.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS));
    (looks_ours && suffix(name).is_none()).then(|| {
        format!(
            "{file} line {line}: {} is not read; only {KEY_VARIABLE} and {KEY_VARIABLE}_<NAME> are read from this file",
            shown_name(name)
        )
    })
}

/// The name of a variable, safe to show.
fn shown_name(name: &str) -> String {
    hide_keys(&clean(name, KEY_VARIABLE.len() + LABEL_LIMIT))
}

/// The name of a credential: the suffix in lower case, safe to show.
fn label(suffix: &str) -> String {
    let name = if suffix.is_empty() { "default" } else { suffix };
    let label = clean(&name.to_lowercase(), LABEL_LIMIT);
    if label.is_empty() { "unnamed".to_owned() } else { label }
}

#[cfg(test)]
mod tests;
