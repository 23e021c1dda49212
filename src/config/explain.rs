//! The settings in force, and where each comes from, as they would stand in the configuration file.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::alerts::{Alerts, OSCS};
use super::file::{self, ConfigFile, KEYS};
use super::{KeySource, LogSettings, Origin, Settings, View, theme_table};
use crate::cli::LogLevel;
use crate::domain::clean::clean;
use crate::domain::credential::hide_keys;

/// The settings as TOML, each with its origin behind it. Of a credential its label and the kind of its source.
#[must_use]
pub fn text(settings: &Settings, view: &View, log: Option<&LogSettings>, file: &ConfigFile) -> String {
    let level = |key: &str| {
        let found = file.levels_in_force().into_iter().find(|(known, ..)| *known == key);
        found.map(|(key, level, origin)| (format!("{key} = {}", quoted(&level.to_string())), origin.to_string()))
    };
    let lines: Vec<(String, String)> =
        KEYS.iter().filter_map(|key| line(key, settings, view, log).or_else(|| level(key))).collect();
    let width = lines.iter().map(|(setting, _)| setting.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    // Writing into a string cannot fail.
    for (setting, origin) in &lines {
        let _ = writeln!(text, "{setting:width$}  # {origin}");
    }
    text.extend(file.themes.iter().map(theme_table::text));
    text += &alerts_text(&file.alerts);
    for table in &file.credentials {
        let source = match &table.source {
            KeySource::Environment(name) => format!("key_env = {}", quoted(name)),
            KeySource::File(path) => format!("key_file = {}", path_text(path)),
            // Its arguments may say more than others should know.
            KeySource::Command(command) => {
                format!("key_command = [{}]", quoted(command.first().map_or("", String::as_str)))
            }
            KeySource::Keyring => "keyring = true".to_owned(),
        };
        let _ = writeln!(text, "\n[[credentials]]  # {}\nlabel = {}\n{source}", table.place, quoted(&table.label));
        for (key, level) in [("low", &table.levels.low), ("critical", &table.levels.critical)] {
            if let Some(placed) = level {
                let _ = writeln!(text, "{key} = {}  # {}", quoted(&placed.value.to_string()), file.origin(placed.line));
            }
        }
    }
    text
}

/// The table of alerts, if there are any.
fn alerts_text(alerts: &Alerts) -> String {
    if *alerts == Alerts::default() {
        return String::new();
    }
    let mut text = format!("\n[alerts]\nbell = {}\n", alerts.bell);
    if let Some((name, _)) = OSCS.iter().find(|(_, osc)| Some(*osc) == alerts.osc) {
        let _ = writeln!(text, "osc = {}", quoted(name));
    }
    if alerts.desktop {
        text += "desktop = true\n";
    }
    if let Some(program) = alerts.command.first() {
        let _ = writeln!(text, "command = [{}]", quoted(program));
    }
    if let Some(quiet) = alerts.quiet {
        let _ = writeln!(text, "quiet = {}", quoted(&quiet.to_string()));
    }
    text
}

fn line(key: &str, settings: &Settings, view: &View, log: Option<&LogSettings>) -> Option<(String, String)> {
    let value = match key {
        "interval" => quoted(&duration(settings.interval)),
        "api_url" => quoted(&settings.api_base.to_string()),
        "max_requests_per_minute" => match settings.requests_per_minute {
            Some(number) => number.to_string(),
            None => return Some((format!("# {key}: none"), "default for this machine".to_owned())),
        },
        "history" => settings.history.as_deref().map_or("false".to_owned(), path_text),
        "mask" => view.masked.to_string(),
        "ascii" => view.ascii.to_string(),
        "mouse" => view.mouse.to_string(),
        "layout" => quoted(view.shown.shape.label()),
        "sort" => quoted(view.shown.sort.key.label()),
        "reverse" => view.shown.sort.reversed.to_string(),
        "filter" => quoted(&view.shown.filter),
        "quick" => quoted(view.shown.quick.label()),
        "theme" => quoted(&view.theme),
        "title" => view.title.to_string(),
        "log_file" => path_text(&log?.path),
        "log_level" => match (log?.level, &log?.targets) {
            (None, Some(_)) => return Some((format!("# {key}"), log?.level_origin.to_string())),
            (level, _) => quoted(level_name(level.unwrap_or(LogLevel::Info))),
        },
        _ => return None,
    };
    let of_log = |key| match key {
        "log_file" => log.map(|log| &log.origin),
        _ => log.map(|log| &log.level_origin),
    };
    let origin = settings.origin(key).or_else(|| view.origin(key)).or_else(|| of_log(key));
    Some((format!("{key} = {value}"), origin.unwrap_or(&Origin::Default).to_string()))
}

fn level_name(level: LogLevel) -> &'static str {
    file::LEVELS.iter().find(|(_, known)| *known == level).map_or("info", |(name, _)| name)
}

/// `300` as `5m`.
fn duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

fn path_text(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// Text as TOML writes it, safe to show.
fn quoted(text: &str) -> String {
    toml::Value::from(hide_keys(&clean(text, 4096))).to_string()
}
