//! A TOML text, key by key: each value with its line, and errors that say what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use crate::domain::clean::clean;
use crate::domain::credential::hide_keys;

/// How much of the file a notice repeats, in characters.
const ECHO: usize = 64;

/// A text and where it is from.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    /// The file's path, safe to show.
    pub(super) shown: &'a str,
    /// What is in it.
    pub(super) text: &'a str,
    /// What relative paths start from.
    pub(super) directory: &'a Path,
    /// What `~/` stands for.
    pub(super) home: Option<&'a Path>,
}

/// A key and its value.
pub(super) struct Entry<'a> {
    /// The key as it is written.
    pub(super) key: &'a str,
    /// The line that it stands in, from 1.
    pub(super) line: usize,
    value: &'a DeValue<'a>,
    document: Document<'a>,
}

/// A value and the line that it stands in, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The line.
    pub line: usize,
}

impl<'a> Document<'a> {
    /// The text as a table.
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, ConfigError> {
        DeTable::parse(self.text).map_err(|error| {
            let line = self.line(error.span().map_or(0, |span| span.start));
            let source = format!("{} line {line}", self.shown);
            ConfigError::new(&source, format!("not TOML: {}", clean(error.message(), 200)))
        })
    }

    /// The entries of a table, in the order of their lines.
    pub(super) fn entries(self, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
        let mut entries: Vec<(usize, Entry<'a>)> = table
            .iter()
            .map(|(key, value)| {
                let at = key.span().start;
                let entry = Entry { key: key.get_ref(), line: self.line(at), value: value.get_ref(), document: self };
                (at, entry)
            })
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn line(self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

impl<'a> Entry<'a> {
    /// The place of the key: `config.toml line 3`.
    pub(super) fn place(&self) -> String {
        format!("{} line {}", self.document.shown, self.line)
    }

    /// The notice for a key that the program does not know.
    pub(super) fn unknown(&self) -> String {
        format!("{}: {} is no setting and was left out", self.place(), hide_keys(&clean(self.key, ECHO)))
    }

    /// The error for a wrong value.
    pub(super) fn error(&self, reason: impl fmt::Display) -> ConfigError {
        ConfigError::new(&format!("{}: {}", self.place(), self.key), reason)
    }

    /// A value that `read` understands, with its line.
    pub(super) fn of<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, ConfigError>,
    ) -> Result<Option<Placed<T>>, ConfigError> {
        Ok(Some(Placed { value: read(self)?, line: self.line }))
    }

    /// Text; `expected` says of what kind.
    pub(super) fn text(&self, expected: &str) -> Result<&'a str, ConfigError> {
        self.value.as_str().ok_or_else(|| self.error(format!("expected {expected}")))
    }

    /// One of `choices`.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let found = self.value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            self.error(format!("expected one of {}", names.join(", ")))
        })
    }

    /// `true` or `false`.
    pub(super) fn switch(&self) -> Result<bool, ConfigError> {
        self.value.as_bool().ok_or_else(|| self.error("expected true or false"))
    }

    /// Whether it is `false`.
    pub(super) fn is_off(&self) -> bool {
        self.value.as_bool() == Some(false)
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&self, least: u32, most: u32) -> Result<u32, ConfigError> {
        let number = self.integer().and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.error(format!("expected a whole number from {least} to {most}")))
    }

    /// A whole number, if it is one.
    pub(super) fn integer(&self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A path; a relative one starts from the directory of the file, and `~/` from the home directory.
    pub(super) fn path(&self, expected: &str) -> Result<PathBuf, ConfigError> {
        let text = self.text(expected)?;
        if text.is_empty() {
            return Err(self.error(format!("expected {expected}")));
        }
        match (text.strip_prefix("~/"), self.document.home) {
            (Some(rest), Some(home)) => Ok(home.join(rest)),
            _ => Ok(self.document.directory.join(text)),
        }
    }

    /// A list of texts, not empty.
    pub(super) fn texts(&self, expected: &str) -> Result<Vec<String>, ConfigError> {
        let texts = self.value.as_array().and_then(|array| {
            array.iter().map(|one| one.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts
            .filter(|texts| texts.first().is_some_and(|first| !first.is_empty()))
            .ok_or_else(|| self.error(format!("expected {expected}")))
    }

    /// The entries of a table, such as `[alerts]`.
    pub(super) fn table(&self, expected: &str) -> Result<Vec<Entry<'a>>, ConfigError> {
        let table = self.value.as_table().ok_or_else(|| self.error(format!("expected {expected}")))?;
        Ok(self.document.entries(table))
    }

    /// The entries of each table of a list, such as `[[credentials]]`.
    pub(super) fn tables(&self) -> Result<Vec<Vec<Entry<'a>>>, ConfigError> {
        let tables = self.value.as_array().and_then(|array| {
            array.iter().map(|one| Some(self.document.entries(one.get_ref().as_table()?))).collect::<Option<Vec<_>>>()
        });
        tables.ok_or_else(|| self.error(format!("expected tables, each begun with [[{}]]", self.key)))
    }
}
