//! The tables `[themes.NAME]` of the configuration file: colours by their roles.

use ratatui::style::Color;

use super::ConfigError;
use super::document::Entry;
use crate::domain::clean::clean;
use crate::palette::{LEGIBLE, Palette, built_in};

/// The longest name, in characters.
const NAME_LIMIT: usize = 32;
/// What a colour looks like.
const A_COLOUR: &str =
    "a colour: \"#rrggbb\", one of the terminal's own such as \"light red\", its number up to 255, or \"default\"";

/// The name of a theme, as the key `theme` has it.
pub(super) fn name(entry: &Entry<'_>) -> Result<String, ConfigError> {
    Ok(clean(entry.text("the name of a theme")?, NAME_LIMIT))
}

/// All themes that the file describes, in the order of their lines.
pub(super) fn read_all(list: &Entry<'_>, notices: &mut Vec<String>) -> Result<Vec<Palette>, ConfigError> {
    list.table("tables, each begun with [themes.NAME]")?.iter().map(|table| read(table, notices)).collect()
}

fn read(table: &Entry<'_>, notices: &mut Vec<String>) -> Result<Palette, ConfigError> {
    let entries = table.table("a table of colours")?;
    let themes = built_in();
    if table.key.is_empty() || clean(table.key, NAME_LIMIT) != table.key {
        return Err(table.error(format!("expected a name of 1 to {NAME_LIMIT} characters")));
    }
    if themes.iter().any(|theme| theme.name == table.key) {
        return Err(table.error("is a theme of the program's own: expected another name"));
    }
    let mut palette = Palette::default();
    if let Some(base) = entries.iter().find(|entry| entry.key == "base") {
        let choices: Vec<(&str, usize)> = themes.iter().map(|theme| theme.name.as_str()).zip(0..).collect();
        palette = themes.get(base.choice(&choices)?).cloned().unwrap_or_default();
    }
    table.key.clone_into(&mut palette.name);
    for entry in entries.iter().filter(|entry| entry.key != "base") {
        match palette.colour_mut(entry.key) {
            Some(colour) => *colour = read_colour(entry)?,
            None => notices.push(entry.unknown()),
        }
    }
    notices.extend(palette.hard_to_read().iter().map(|(name, ratio)| {
        let place = entries.iter().find(|entry| entry.key == *name).map_or_else(|| table.place(), Entry::place);
        // Rounded down, so that it never reads as if it were enough.
        let ratio = (ratio * 10.0).floor() / 10.0;
        format!(
            "{place}: themes.{}: {name} on the background has a contrast of {ratio:.1}; under {LEGIBLE} it is hard to read",
            table.key
        )
    }));
    Ok(palette)
}

fn read_colour(entry: &Entry<'_>) -> Result<Color, ConfigError> {
    if let Some(number) = entry.integer() {
        return u8::try_from(number).map(Color::Indexed).map_err(|_| entry.error(format!("expected {A_COLOUR}")));
    }
    let text = entry.text(A_COLOUR)?;
    if text == "default" {
        return Ok(Color::Reset);
    }
    text.parse().map_err(|_| entry.error(format!("expected {A_COLOUR}")))
}

/// A theme as it would stand in the configuration file.
pub(super) fn text(palette: &Palette) -> String {
    let colours = palette.colours().map(|(name, colour)| format!("{name} = \"{}\"\n", colour_text(colour)));
    format!("\n[themes.{}]\n{}", quoted_key(&palette.name), colours.concat())
}

fn colour_text(colour: Color) -> String {
    if colour == Color::Reset { "default".to_owned() } else { colour.to_string().to_lowercase() }
}

/// A key as TOML writes it.
fn quoted_key(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_bare { name.to_owned() } else { toml::Value::from(name).to_string() }
}
