//! The colours of a theme by their roles, the built-in themes, and what of a theme a terminal can show.
//!
//! Its own module, because the configuration file, the dashboard and the screen all need it.

mod built_in;
mod contrast;
mod depth;

use ratatui::style::Color;

pub use self::built_in::{AUTO, MONOCHROME, built_in};
pub use self::contrast::{LEGIBLE, contrast};
pub use self::depth::Depth;

/// The colours of a theme. [`Color::Reset`] is the terminal's own: the terminal's background, or plain text, which
/// bold, dim or reverse then distinguish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What the theme is called.
    pub name: String,
    /// Behind everything.
    pub background: Color,
    /// Plain text.
    pub text: Color,
    /// Text that may be overlooked: titles of columns, what is stale, empty cells of gauges.
    pub quiet: Color,
    /// The selection, and keys in the footer and the help.
    pub accent: Color,
    /// The word that says the numbers are simulated; behind it, for it is drawn in reverse.
    pub demo: Color,
    /// Enough is left.
    pub ok: Color,
    /// Low: under 20 % is left, unless configured; also a wait, a pause or a failure with numbers to show.
    pub low: Color,
    /// Critical: under 5 % is left, unless configured.
    pub nearly_out: Color,
    /// Nothing is left, or nothing could be read.
    pub alarm: Color,
}

/// Every colour of a theme as the configuration file calls it, in the order of the example.
pub const COLOURS: [&str; 9] = ["background", "text", "quiet", "accent", "demo", "ok", "low", "nearly_out", "alarm"];

impl Palette {
    /// The colours by their names, in the order of [`COLOURS`].
    #[must_use]
    pub fn colours(&self) -> [(&'static str, Color); 9] {
        let Self { name: _, background, text, quiet, accent, demo, ok, low, nearly_out, alarm } = *self;
        [
            ("background", background),
            ("text", text),
            ("quiet", quiet),
            ("accent", accent),
            ("demo", demo),
            ("ok", ok),
            ("low", low),
            ("nearly_out", nearly_out),
            ("alarm", alarm),
        ]
    }

    /// The colour that the configuration file calls so; `None`: there is no such colour.
    pub fn colour_mut(&mut self, name: &str) -> Option<&mut Color> {
        Some(match name {
            "background" => &mut self.background,
            "text" => &mut self.text,
            "quiet" => &mut self.quiet,
            "accent" => &mut self.accent,
            "demo" => &mut self.demo,
            "ok" => &mut self.ok,
            "low" => &mut self.low,
            "nearly_out" => &mut self.nearly_out,
            "alarm" => &mut self.alarm,
            _ => return None,
        })
    }

    /// The colours that are hard to read on the background, each with its contrast. The terminal's own colours are left
    /// out: only the terminal knows how they look.
    #[must_use]
    pub fn hard_to_read(&self) -> Vec<(&'static str, f64)> {
        let on_background = |(name, colour)| Some((name, contrast(colour, self.background)?));
        self.colours().into_iter().skip(1).filter_map(on_background).filter(|(_, ratio)| *ratio < LEGIBLE).collect()
    }
}

/// That of the terminal's own colours.
impl Default for Palette {
    fn default() -> Self {
        built_in::auto()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_found_by_its_name() {
        assert_eq!(Palette::default().colours().map(|(name, _)| name), COLOURS);
        for name in COLOURS {
            let mut palette = built_in().swap_remove(0);
            *palette.colour_mut(name).unwrap() = Color::Indexed(99);
            let found: Vec<_> = palette.colours().into_iter().filter(|(_, it)| *it == Color::Indexed(99)).collect();
            assert_eq!(found, [(name, Color::Indexed(99))]);
        }
    }
}
