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

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use self::env_syntax::Variable;
pub use self::key_file::{KeyFileError, default_path, default_path_shown, shown};
use self::keyring::{Keyring, System};
pub use self::store::{Added, Kept, Store, usable_key, usable_label};
use crate::config::{ConfigFile, KeyTable};
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
    /// One a key: those of the configuration file in its order, then `default`, then numbered ones by number, then
    /// the rest by name.
    pub credentials: Vec<Credential>,
    /// Where the key of each comes from, for people.
    pub origins: Vec<String>,
    /// The environment variable that the key of each stands in, if it does.
    pub variables: Vec<Option<String>>,
    /// The names, in lower case, of those whose key cannot be had.
    pub missing: Vec<String>,
    /// What the user should know, a line each. Never holds a key.
    pub notices: Vec<String>,
}

/// Finds the credentials in the environment, in the tables of the configuration `file`, which also says what counts as low, in the file of keys
/// (`env_file` if given, or else [`default_path`] where that exists), and in the [`Store`]. Programs that print keys
/// are run, and the keyring is asked, if it is said to have one.
///
/// # Errors
///
/// When a file of keys cannot be read or parsed.
pub fn find(env_file: Option<&Path>, file: &ConfigFile, environment: &Environment) -> Result<Found, KeyFileError> {
    find_with(env_file, file, environment, &System)
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

/// The variables of keys, by place in the order of the credentials. The first one of a name is kept.
#[derive(Default)]
struct Variables {
    named: BTreeMap<Place, Named>,
    /// The labels that the configuration file has, in lower case and in its order.
    configured: Vec<String>,
}

/// A credential, as far as it is known.
struct Named {
    label: String,
    key: Option<ApiKey>,
    from: String,
    /// The environment variable that it stands in.
    variable: Option<String>,
}

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
    fn add(&mut self, name: &str, value: &OsStr, from: &str, notices: &mut Vec<String>) {
        let Some(suffix) = suffix(name) else { return };
        let label = label(suffix);
        // What the configuration file has comes before the other files.
        if self.configured.contains(&label) {
            return;
        }
        let Entry::Vacant(vacant) = self.named.entry(Place::of(suffix)) else { return };
        let key = checked(value, &shown_name(name), notices);
        // In the environment a variable is where it is from. A name that cannot be shown is told to nobody.
        let variable = (from == name && shown_name(name) == name).then(|| name.to_owned());
        vacant.insert(Named { label, key, from: hide_keys(&clean(from, 4096)), variable });
    }

    /// Takes in what the tables of the configuration file name, as far as the environment does not have it.
    fn add_tables(
        &mut self,
        tables: &[KeyTable],
        environment: &Environment,
        keyring: &dyn Keyring,
        notices: &mut Vec<String>,
    ) {
        let taken: BTreeSet<String> = self.named.values().map(|named| named.label.clone()).collect();
        let (there, wanted): (Vec<&KeyTable>, Vec<&KeyTable>) =
            tables.iter().partition(|table| taken.contains(&table.label.to_lowercase()));
        tracing::debug!(overruled = there.len(), asked = wanted.len(), "keys of the configuration file");
        for (table, key) in wanted.iter().zip(table::keys(&wanted, environment, keyring)) {
            let called = format!("{}: {}:", table.place, table.label);
            let key = match key {
                Ok(key) => checked(OsStr::new(&key), &called, notices),
                Err(reason) => {
                    notices.push(format!("{called} {reason}: skipped"));
                    None
                }
            };
            let variable = table::variable(table).filter(|name| shown_name(name) == *name).map(str::to_owned);
            let named = Named { label: table.label.clone(), key, from: table::origin(table), variable };
            self.named.insert(Place::of(&table.label), named);
        }
        self.configured = tables.iter().map(|table| table.label.to_lowercase()).collect();
    }

    /// Takes in what `credentials add` kept, as far as nothing else has it.
    fn add_store(&mut self, store: &Store<'_>, notices: &mut Vec<String>) -> Result<(), KeyFileError> {
        let taken: BTreeSet<String> = self.named.values().map(|named| named.label.to_lowercase()).collect();
        for (label, kept, key) in store.keys(|label| !taken.contains(label))? {
            let key = match key {
                Ok(key) => checked(OsStr::new(&key), &label, notices),
                Err(reason) => {
                    notices.push(format!("{label}: {reason}: skipped"));
                    None
                }
            };
            let from = match kept {
                Kept::Keyring => "keyring".to_owned(),
                Kept::File => store.shown().to_owned(),
            };
            self.named.insert(Place::of(&label), Named { label, key, from, variable: None });
        }
        Ok(())
    }

    /// One credential a key; a key of several names has all of them, and stands at the first.
    fn into_credentials(self, found: &mut Found) {
        let Self { named, configured } = self;
        let missing = named.values().filter(|named| named.key.is_none());
        found.missing = missing.map(|named| named.label.to_lowercase()).collect();
        let rank = |label: &str| {
            let label = label.to_lowercase();
            configured.iter().position(|known| *known == label).unwrap_or(usize::MAX)
        };
        let mut named: Vec<(usize, Named, ApiKey)> = named
            .into_values()
            .filter_map(|mut named| named.key.take().map(|key| (rank(&named.label), named, key)))
            .collect();
        named.sort_by_key(|(rank, ..)| *rank);
        let mut groups: Vec<(Vec<String>, &ApiKey)> = Vec::new();
        // The places by key, so that thousands of keys are not compared with each other.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, Named { label, from, variable, .. }, key) in &named {
            let place = *places.entry(key.expose()).or_insert(groups.len());
            match groups.get_mut(place) {
                None => {
                    groups.push((vec![label.clone()], key));
                    found.origins.push(from.clone());
                    found.variables.push(variable.clone());
                }
                Some((labels, _)) if !labels.contains(label) => labels.push(label.clone()),
                Some(_) => {}
            }
        }
        found.notices.extend(shared_labels(&groups));
        let credential =
            |(place, (labels, key)): (_, (_, &ApiKey))| Credential::new(CredentialId::new(place), labels, key.clone());
        found.credentials = groups.into_iter().enumerate().map(credential).collect();
    }
}

/// The key in a value, if it is one; what is wrong with it is said of `name`.
fn checked(value: &OsStr, name: &str, notices: &mut Vec<String>) -> Option<ApiKey> {
    match value::usable(value) {
        Ok(key) => {
            if key.len() < SHORT {
                notices.push(format!("{name} has only {} characters: is the whole key there?", key.len()));
            }
            Some(ApiKey::new(key))
        }
        Err(reason) => {
            notices.push(format!("{name} {reason}: skipped"));
            None
        }
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
