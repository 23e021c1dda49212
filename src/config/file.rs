//! The configuration file: `config.toml`, every key of it optional.
//!
//! A wrong value is an error that names the file, the line, the key and what was expected. A key that the program
//! does not know is a notice: the file may be of a later version.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::document::{Document, Entry};
use super::{ConfigError, Levels, parse_seconds_or_duration};
use crate::cli::LogLevel;
use crate::config::alerts::{self, Alerts};
use crate::config::credential_table::{self, KeyTable};
use crate::config::theme_table;
use crate::domain::api_base::ApiBase;
use crate::domain::clean::clean;
use crate::domain::credential::hide_keys;
use crate::domain::view::{QuickFilter, Shape, SortKey};
use crate::environment::Environment;
use crate::palette::Palette;

pub use super::document::Placed;

/// The largest file that is read, in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;
/// The longest filter, in characters.
const FILTER_LIMIT: usize = 200;

/// Every key of the file, in the order of the example.
pub const KEYS: [&str; 21] = [
    "interval",
    "api_url",
    "max_requests_per_minute",
    "history",
    "mask",
    "ascii",
    "mouse",
    "layout",
    "sort",
    "reverse",
    "filter",
    "quick",
    "theme",
    "log_file",
    "log_level",
    "title",
    "low",
    "critical",
    "themes",
    "alerts",
    "credentials",
];

/// The levels of the log, as they are written in files.
pub(super) const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// What a configuration file says. Without a file, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its path, safe to show; empty without a file.
    pub shown: String,
    /// How often each credential is asked for.
    pub interval: Option<Placed<Duration>>,
    /// The server that is asked.
    pub api_url: Option<Placed<ApiBase>>,
    /// The most requests in any minute.
    pub max_requests_per_minute: Option<Placed<u32>>,
    /// Where what was measured is kept; `None` inside: in memory only.
    pub history: Option<Placed<Option<PathBuf>>>,
    /// Whether names and balances are masked from the start.
    pub mask: Option<Placed<bool>>,
    /// Whether only ASCII signs are drawn.
    pub ascii: Option<Placed<bool>>,
    /// Whether the mouse is listened to.
    pub mouse: Option<Placed<bool>>,
    /// How the credentials are laid out.
    pub layout: Option<Placed<Shape>>,
    /// What rows are sorted by.
    pub sort: Option<Placed<SortKey>>,
    /// Whether they are sorted the other way round.
    pub reverse: Option<Placed<bool>>,
    /// The filter at the start.
    pub filter: Option<Placed<String>>,
    /// Which rows the key `f` shows at the start.
    pub quick: Option<Placed<QuickFilter>>,
    /// The name of the theme, which may not exist: `View::resolve` checks that.
    pub theme: Option<Placed<String>>,
    /// The themes that the file describes.
    pub themes: Vec<Palette>,
    /// The file of the log.
    pub log_file: Option<Placed<PathBuf>>,
    /// How much goes into it.
    pub log_level: Option<Placed<LogLevel>>,
    /// Whether the terminal's title names the worst credential.
    pub title: Option<Placed<bool>>,
    /// What counts as low, unless the credential's table says otherwise.
    pub levels: Levels,
    /// How the user is alerted when a threshold is crossed.
    pub alerts: Alerts,
    /// Where keys are, in order.
    pub credentials: Vec<KeyTable>,
    /// What the user should know, a line each.
    pub notices: Vec<String>,
}

impl ConfigFile {
    /// Reads the file that is named, or else `config.toml` in the configuration directory where that exists.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not TOML, or has a wrong value.
    pub fn read(named: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        match (named, default_path(environment)) {
            (Some(path), _) => Self::open(path, environment),
            (None, Some(path)) if path.try_exists().unwrap_or(true) => Self::open(&path, environment),
            (None, _) => Ok(Self::default()),
        }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::read`].
    pub fn open(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let shown = hide_keys(&clean(&path.to_string_lossy(), 4096));
        let text = contents(path).map_err(|reason| ConfigError::new(&shown, reason))?;
        let home = environment.home();
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::parse(Document { shown: &shown, text: &text, directory, home })
    }

    pub(super) fn parse(document: Document<'_>) -> Result<Self, ConfigError> {
        let table = document.parse()?;
        let mut file = Self { shown: document.shown.to_owned(), ..Self::default() };
        for entry in document.entries(table.get_ref()) {
            file.take(&entry)?;
        }
        file.refuse_upside_down()?;
        Ok(file)
    }

    fn take(&mut self, entry: &Entry<'_>) -> Result<(), ConfigError> {
        match entry.key {
            "interval" => self.interval = entry.of(interval)?,
            "api_url" => self.api_url = entry.of(api_url)?,
            "max_requests_per_minute" => self.max_requests_per_minute = entry.of(|it| it.number(1, 1_000_000))?,
            "history" => self.history = entry.of(history)?,
            "mask" => self.mask = entry.of(Entry::switch)?,
            "ascii" => self.ascii = entry.of(Entry::switch)?,
            "mouse" => self.mouse = entry.of(Entry::switch)?,
            "layout" => self.layout = entry.of(|it| it.choice(&Shape::ALL.map(|shape| (shape.label(), shape))))?,
            "sort" => self.sort = entry.of(|it| it.choice(&SortKey::ALL.map(|key| (key.label(), key))))?,
            "reverse" => self.reverse = entry.of(Entry::switch)?,
            "filter" => self.filter = entry.of(filter)?,
            "quick" => self.quick = entry.of(|it| it.choice(&QuickFilter::ALL.map(|quick| (quick.label(), quick))))?,
            "theme" => self.theme = entry.of(theme_table::name)?,
            "themes" => self.themes = theme_table::read_all(entry, &mut self.notices)?,
            "log_file" => self.log_file = entry.of(|it| it.path("the path of a file"))?,
            "log_level" => self.log_level = entry.of(|it| it.choice(&LEVELS))?,
            "low" | "critical" => self.levels.take(entry)?,
            "title" => self.title = entry.of(Entry::switch)?,
            "alerts" => self.alerts = alerts::read(entry, &mut self.notices)?,
            "credentials" => self.credentials = credential_table::read_all(entry, &mut self.notices)?,
            _ => self.notices.push(entry.unknown()),
        }
        Ok(())
    }
}

/// Where the file is by default: `config.toml` in the configuration directory. `None` without a home directory.
#[must_use]
pub fn default_path(environment: &Environment) -> Option<PathBuf> {
    Some(environment.config_directory()?.join("config.toml"))
}

/// The text of the file, or the reason why there is none.
fn contents(path: &Path) -> Result<String, String> {
    let reason = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "no such file; `chutes-top config init` writes one".to_owned(),
        io::ErrorKind::IsADirectory => "expected a file, found a directory".to_owned(),
        kind => format!("cannot be read: {kind}"),
    };
    let mut bytes = Vec::new();
    File::open(path).map_err(reason)?.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map_err(reason)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err("larger than 1 MiB: expected settings in TOML".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "expected text in UTF-8".to_owned())
}

fn interval(entry: &Entry<'_>) -> Result<Duration, ConfigError> {
    let text = match entry.integer() {
        Some(seconds) => seconds.to_string(),
        None => entry.text(super::AN_INTERVAL)?.to_owned(),
    };
    parse_seconds_or_duration(&text).map_err(|reason| entry.error(reason))
}

fn api_url(entry: &Entry<'_>) -> Result<ApiBase, ConfigError> {
    ApiBase::parse(entry.text("an address such as \"https://api.chutes.ai\"")?).map_err(|reason| entry.error(reason))
}

fn history(entry: &Entry<'_>) -> Result<Option<PathBuf>, ConfigError> {
    if entry.is_off() { Ok(None) } else { entry.path("the path of a file, or false for none").map(Some) }
}

fn filter(entry: &Entry<'_>) -> Result<String, ConfigError> {
    let text = entry.text("a filter as it is typed behind /")?;
    if text.chars().count() > FILTER_LIMIT {
        return Err(entry.error(format!("expected at most {FILTER_LIMIT} characters")));
    }
    Ok(clean(text, FILTER_LIMIT))
}

#[cfg(test)]
mod tests;
