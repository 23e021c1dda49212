//! The tables `[[credentials]]` of the configuration file: where a key is, and what it is called.

use std::path::PathBuf;

use super::ConfigError;
use super::document::Entry;
use super::levels::Levels;
use crate::domain::clean::clean;

/// Every key of a table, in the order of the example.
pub const CREDENTIAL_KEYS: [&str; 7] = ["label", "key_env", "key_file", "key_command", "keyring", "low", "critical"];

/// The longest label, in characters.
const LABEL_LIMIT: usize = 64;

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In this environment variable.
    Environment(String),
    /// In this file, which holds nothing else.
    File(PathBuf),
    /// What this program prints; its arguments follow its name.
    Command(Vec<String>),
    /// In the system's keyring, under the label.
    Keyring,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTable {
    /// What the credential is called, safe to show and never empty.
    pub label: String,
    /// Where its key is.
    pub source: KeySource,
    /// The file and the line of the label, for notices.
    pub place: String,
    /// What counts as low, where the table says so.
    pub levels: Levels,
}

/// All tables of the list.
pub(super) fn read_all(list: &Entry<'_>, notices: &mut Vec<String>) -> Result<Vec<KeyTable>, ConfigError> {
    let mut tables: Vec<KeyTable> = Vec::new();
    for (number, entries) in list.tables()?.iter().enumerate() {
        let table = read(list, number + 1, entries, notices)?;
        if let Some(twin) = tables.iter().find(|other| other.label.eq_ignore_ascii_case(&table.label)) {
            return Err(ConfigError::new(&table.place, format!("label: {} is taken at {}", table.label, twin.place)));
        }
        tables.push(table);
    }
    Ok(tables)
}

fn read(
    list: &Entry<'_>,
    number: usize,
    entries: &[Entry<'_>],
    notices: &mut Vec<String>,
) -> Result<KeyTable, ConfigError> {
    const ONE: &str = "expected one of key_env, key_file, key_command and keyring = true";
    // An error about the whole table names the line of its first key, or of the list.
    let first = entries.first().unwrap_or(list);
    let place = |reason: &str| ConfigError::new(&format!("{}: credentials {number}", first.place()), reason);
    let mut label = None;
    let mut source = None;
    let mut levels = Levels::default();
    for entry in entries {
        let found = match entry.key {
            "label" => {
                label = Some((read_label(entry)?, entry.place()));
                continue;
            }
            "key_env" => KeySource::Environment(variable(entry)?),
            "key_file" => KeySource::File(entry.path("the path of a file that holds the key and nothing else")?),
            "key_command" => KeySource::Command(
                entry.texts("a list of a program and its arguments, such as [\"pass\", \"chutes\"]")?,
            ),
            "keyring" if entry.switch()? => KeySource::Keyring,
            "keyring" => continue,
            "low" | "critical" => {
                levels.take(entry)?;
                continue;
            }
            _ => {
                notices.push(entry.unknown());
                continue;
            }
        };
        if source.replace(found).is_some() {
            return Err(entry.error(format!("a credential has one key: {ONE}")));
        }
    }
    let (label, label_place) = label.ok_or_else(|| place("expected label = \"NAME\""))?;
    let source = source.ok_or_else(|| place(ONE))?;
    Ok(KeyTable { label, source, place: label_place, levels })
}

fn read_label(entry: &Entry<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a name of 1 to 64 characters";
    let text = entry.text(EXPECTED)?;
    let label = clean(text, LABEL_LIMIT);
    if label.is_empty() || text.trim().chars().count() > LABEL_LIMIT {
        return Err(entry.error(format!("expected {EXPECTED}")));
    }
    Ok(label)
}

fn variable(entry: &Entry<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "the name of an environment variable, not the key itself";
    let name = entry.text(EXPECTED)?;
    // A key given instead of the name has dots in it.
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || name.starts_with("cpk_")
    {
        return Err(entry.error(format!("expected {EXPECTED}")));
    }
    Ok(name.to_owned())
}
