//! The keys that the tables of the configuration file name.

use std::thread;
use std::time::Duration;

use super::command;
use super::key_file;
use super::keyring::Keyring;
use super::store::Store;
use crate::config::{KeySource, KeyTable};
use crate::environment::Environment;

/// A program that prints a key is given so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// The key of each table, or why it cannot be had. All are asked for at once: none waits for another.
pub(super) fn keys(
    tables: &[&KeyTable],
    environment: &Environment,
    keyring: &dyn Keyring,
) -> Vec<Result<String, String>> {
    thread::scope(|scope| {
        let asked: Vec<_> = tables.iter().map(|table| scope.spawn(|| key(table, environment, keyring))).collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap_or_else(|_| Err("it could not be asked for".to_owned())))
            .collect()
    })
}

fn key(table: &KeyTable, environment: &Environment, keyring: &dyn Keyring) -> Result<String, String> {
    match &table.source {
        KeySource::Environment(name) => match environment.get(name).map(|value| value.to_str()) {
            Some(Some(key)) => Ok(key.to_owned()),
            Some(None) => Err(format!("the variable {name} is not UTF-8 text")),
            None => Err(format!("the variable {name} is not set")),
        },
        KeySource::File(path) => {
            key_file::one_key(path).map_err(|reason| format!("{}: {reason}", key_file::shown(path)))
        }
        KeySource::Command(command) => {
            let printed = command::output_of(command, PATIENCE).map_err(|reason| format!("key_command: {reason}"))?;
            String::from_utf8(printed).map_err(|_| "key_command: what was printed is not UTF-8 text".to_owned())
        }
        KeySource::Keyring => {
            let store = Store::with(environment, keyring).ok_or_else(|| "there is no home directory".to_owned())?;
            store.key(&table.label.to_lowercase())
        }
    }
}

/// The environment variable that the key of a table stands in.
pub(super) fn variable(table: &KeyTable) -> Option<&str> {
    if let KeySource::Environment(name) = &table.source { Some(name) } else { None }
}

/// Where the key of a table comes from, for people.
pub(super) fn origin(table: &KeyTable) -> String {
    let source = match &table.source {
        KeySource::Environment(_) => "key_env",
        KeySource::File(_) => "key_file",
        KeySource::Command(_) => "key_command",
        KeySource::Keyring => "keyring",
    };
    format!("{} ({source})", table.place)
}
