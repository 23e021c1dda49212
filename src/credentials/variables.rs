//! The credentials by their names, as they are gathered from one place after another.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use super::keyring::Keyring;
use super::{Found, Kept, KeyFileError, Missing, SHORT, Store, label, shown_name, suffix, table, value};
use crate::config::KeyTable;
use crate::domain::clean::clean;
use crate::domain::credential::{ApiKey, Credential, CredentialId, hide_keys};
use crate::environment::Environment;

/// The variables of keys, by place in the order of the credentials. The first one of a name is kept.
#[derive(Default)]
pub(super) struct Variables {
    named: BTreeMap<Place, Named>,
    /// The labels that the configuration file has, in lower case and in its order.
    configured: Vec<String>,
}

/// A credential, as far as it is known.
struct Named {
    label: String,
    key: Result<ApiKey, Lack>,
    from: String,
    /// The environment variable that it stands in.
    variable: Option<String>,
}

/// Why a key cannot be had, alone and in the notice that says so.
struct Lack {
    reason: String,
    notice: String,
}

impl Lack {
    /// Says `reason` of what is `called` so.
    fn said(called: &str, reason: &str, notices: &mut Vec<String>) -> Self {
        let notice = format!("{called} {reason}: skipped");
        notices.push(notice.clone());
        Self { reason: reason.to_owned(), notice }
    }
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
    pub(super) fn add(&mut self, name: &str, value: &OsStr, from: &str, notices: &mut Vec<String>) {
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
    pub(super) fn add_tables(
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
                Err(reason) => Err(Lack::said(&called, &reason, notices)),
            };
            let variable = table::variable(table).filter(|name| shown_name(name) == *name).map(str::to_owned);
            let named = Named { label: table.label.clone(), key, from: table::origin(table), variable };
            self.named.insert(Place::of(&table.label), named);
        }
        self.configured = tables.iter().map(|table| table.label.to_lowercase()).collect();
    }

    /// Takes in what `credentials add` kept, as far as nothing else has it.
    pub(super) fn add_store(&mut self, store: &Store<'_>, notices: &mut Vec<String>) -> Result<(), KeyFileError> {
        let taken: BTreeSet<String> = self.named.values().map(|named| named.label.to_lowercase()).collect();
        for (label, kept, key) in store.keys(|label| !taken.contains(label))? {
            let key = match key {
                Ok(key) => checked(OsStr::new(&key), &label, notices),
                Err(reason) => Err(Lack::said(&format!("{label}:"), &reason, notices)),
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
    pub(super) fn into_credentials(self, found: &mut Found) {
        let Self { named, configured } = self;
        let rank = |label: &str| {
            let label = label.to_lowercase();
            configured.iter().position(|known| *known == label).unwrap_or(usize::MAX)
        };
        let mut named: Vec<(usize, Named)> = named.into_values().map(|named| (rank(&named.label), named)).collect();
        named.sort_by_key(|(rank, _)| *rank);
        let mut groups: Vec<(Vec<String>, &ApiKey)> = Vec::new();
        // The places by key, so that thousands of keys are not compared with each other.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, Named { label, key, from, variable }) in &named {
            let key = match key {
                Ok(key) => key,
                Err(Lack { reason, notice }) => {
                    let (label, reason, notice) = (label.to_lowercase(), reason.clone(), notice.clone());
                    found.missing.push(Missing { label, place: groups.len(), reason, notice });
                    continue;
                }
            };
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
fn checked(value: &OsStr, name: &str, notices: &mut Vec<String>) -> Result<ApiKey, Lack> {
    match value::usable(value) {
        Ok(key) => {
            if key.len() < SHORT {
                notices.push(format!("{name} has only {} characters: is the whole key there?", key.len()));
            }
            Ok(ApiKey::new(key))
        }
        Err(reason) => Err(Lack::said(name, reason, notices)),
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
