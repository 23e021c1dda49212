//! Where keys come from: the environment, or a file; the environment wins.
//!
//! `CHUTES_API_KEY` is the credential `default`, `CHUTES_API_KEY_<NAME>` is `<name>`. What cannot be
//! used is left out and said, by the name of its variable and never by its value.

mod env_syntax;
mod key_file;
mod value;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::path::Path;

use self::env_syntax::Variable;
pub use self::key_file::{KeyFileError, default_path, default_path_shown, shown};
use crate::domain::clean::clean;
use crate::domain::credential::{ApiKey, Credential, CredentialId, hide_keys};
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
    /// One a key: `default` first, then numbered ones by number, then the rest by name.
    pub credentials: Vec<Credential>,
    /// What the user should know, a line each. Never holds a key.
    pub notices: Vec<String>,
}

/// Finds the credentials in the environment and in the file: `env_file` if given, or else
/// [`default_path`] where that exists.
///
/// # Errors
///
/// When the file cannot be read or parsed.
pub fn find(env_file: Option<&Path>, environment: &Environment) -> Result<Found, KeyFileError> {
    let mut found = Found::default();
    let mut variables = Variables::default();
    for (name, value) in environment.iter() {
        variables.add(name, value, &mut found.notices);
    }
    if let Some(file) = key_file::read(env_file, environment)? {
        found.notices.extend(file.variables.iter().filter_map(|variable| not_read(&file.shown, variable)));
        // Within a file the last one wins, as in a shell.
        for Variable { name, value, .. } in file.variables.iter().rev() {
            variables.add(name, OsStr::new(value), &mut found.notices);
        }
    }
    found.credentials = variables.into_credentials(&mut found.notices);
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

/// The variables of keys, by place in the order of the credentials. The first one of a name is kept.
#[derive(Default)]
struct Variables(BTreeMap<Place, (String, Option<ApiKey>)>);

/// Where a variable stands in the order of the credentials.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// `CHUTES_API_KEY`.
    Default,
    /// By number, however long: its length without leading zeros, then its digits, then as written.
    Numbered(usize, String, String),
    /// By name, regardless of case, then as written.
    Named(String, String),
}

impl Place {
    fn of(suffix: &str) -> Self {
        if suffix.is_empty() {
            Self::Default
        } else if suffix.bytes().all(|byte| byte.is_ascii_digit()) {
            let digits = suffix.trim_start_matches('0').to_owned();
            Self::Numbered(digits.len(), digits, suffix.to_owned())
        } else {
            Self::Named(suffix.to_lowercase(), suffix.to_owned())
        }
    }
}

impl Variables {
    /// Takes a variable in if it is one of keys and its name is not taken: an empty or unusable value
    /// takes the name too, so that a key in a file can be switched off from the environment.
    fn add(&mut self, name: &str, value: &OsStr, notices: &mut Vec<String>) {
        let Some(suffix) = suffix(name) else { return };
        let Entry::Vacant(vacant) = self.0.entry(Place::of(suffix)) else { return };
        let mut notice = |said: String| notices.push(format!("{} {said}", shown_name(name)));
        let key = match value::usable(value) {
            Ok(key) => {
                if key.len() < SHORT {
                    notice(format!("has only {} characters: is the whole key there?", key.len()));
                }
                Some(ApiKey::new(key))
            }
            Err(reason) => {
                notice(format!("{reason}: skipped"));
                None
            }
        };
        vacant.insert((label(suffix), key));
    }

    /// One credential a key; a key of several names has all of them, and stands at the first.
    fn into_credentials(self, notices: &mut Vec<String>) -> Vec<Credential> {
        let named: Vec<(String, ApiKey)> =
            self.0.into_values().filter_map(|(label, key)| Some((label, key?))).collect();
        let mut groups: Vec<(Vec<String>, &ApiKey)> = Vec::new();
        // The places by key, so that thousands of keys are not compared with each other.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (label, key) in &named {
            let place = *places.entry(key.expose()).or_insert(groups.len());
            match groups.get_mut(place) {
                None => groups.push((vec![label.clone()], key)),
                Some((labels, _)) if !labels.contains(label) => labels.push(label.clone()),
                Some(_) => {}
            }
        }
        notices.extend(shared_labels(&groups));
        let credential =
            |(place, (labels, key)): (_, (_, &ApiKey))| Credential::new(CredentialId::new(place), labels, key.clone());
        groups.into_iter().enumerate().map(credential).collect()
    }
}

/// Says of each label that stands for more than one key that it does.
fn shared_labels(groups: &[(Vec<String>, &ApiKey)]) -> Vec<String> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for label in groups.iter().flat_map(|(labels, _)| labels) {
        *uses.entry(label).or_default() += 1;
    }
    let shared = uses.into_iter().filter(|(_, keys)| *keys > 1);
    shared.map(|(label, keys)| format!("{keys} different keys are called {label}")).collect()
}

/// The name of a credential: the suffix in lower case, safe to show.
fn label(suffix: &str) -> String {
    let name = if suffix.is_empty() { "default" } else { suffix };
    let label = clean(&name.to_lowercase(), LABEL_LIMIT);
    if label.is_empty() { "unnamed".to_owned() } else { label }
}

#[cfg(test)]
mod tests;
