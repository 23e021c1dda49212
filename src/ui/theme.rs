//! How things look: the colours of a theme as far as the terminal shows them, or none.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::quota::Headroom;
use crate::palette::{Depth, Palette};
use crate::ui::marks::Marks;

/// What each kind of thing looks like. Colour is kept for what needs attention; everything it says is
/// also said by a mark or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The signs.
    pub marks: Marks,
    /// What everything is drawn over: the whole screen has its background, and plain text its colour.
    pub base: Style,
    /// Plain text.
    pub text: Style,
    /// Text that may be overlooked: titles of columns, what is stale, empty cells of gauges.
    pub quiet: Style,
    /// The name of the program, of a screen and of the selected row.
    pub strong: Style,
    /// The selection, and keys in the footer and the help.
    pub accent: Style,
    /// The word that says the numbers are simulated.
    pub demo: Style,
    /// Enough is left.
    pub ok: Style,
    /// Low: under 20 % is left, unless configured; also a wait, a pause or a failure with numbers to show.
    pub low: Style,
    /// Critical: under 5 % is left, unless configured.
    pub nearly_out: Style,
    /// Nothing is left, or nothing could be read.
    pub alarm: Style,
}

/// What the terminal can show of a theme, and what the user wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// How many colours.
    pub depth: Depth,
    /// Whether only ASCII signs are drawn.
    pub ascii: bool,
}

impl Looks {
    /// The theme with these colours.
    #[must_use]
    pub fn theme(self, palette: &Palette) -> Theme {
        let theme = Theme::of(palette, self.depth);
        if self.ascii { theme.ascii() } else { theme }
    }
}

impl Theme {
    /// The theme with these colours at this depth. What has no colour differs by bold, dim and reverse.
    #[must_use]
    pub fn of(palette: &Palette, depth: Depth) -> Self {
        let palette = palette.shown(depth);
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let or = |colour, without: Style| match colour {
            Color::Reset => without,
            colour => plain.fg(colour),
        };
        let base = or(palette.text, plain);
        Self {
            marks: Marks::UNICODE,
            base: match palette.background {
                Color::Reset => base,
                background => base.bg(background),
            },
            text: base,
            quiet: or(palette.quiet, plain.add_modifier(Modifier::DIM)),
            strong: base.patch(bold),
            accent: or(palette.accent, bold),
            demo: or(palette.demo, plain).patch(bold).add_modifier(Modifier::REVERSED),
            ok: or(palette.ok, plain),
            low: or(palette.low, bold),
            nearly_out: or(palette.nearly_out, plain).patch(bold),
            alarm: or(palette.alarm, plain).patch(bold),
        }
    }

    /// The same look with ASCII signs only.
    #[must_use]
    pub const fn ascii(self) -> Self {
        Self { marks: Marks::ASCII, ..self }
    }

    /// How a current number looks.
    #[must_use]
    pub fn level(&self, headroom: Headroom) -> Style {
        match headroom {
            Headroom::Ok => self.ok,
            Headroom::Unlimited | Headroom::NoQuota => self.quiet,
            Headroom::Unknown | Headroom::Low => self.low,
            Headroom::NearlyOut => self.nearly_out,
            Headroom::Exhausted => self.alarm,
        }
    }

    /// How the number itself is written: plain unless it needs attention.
    #[must_use]
    pub fn number(&self, headroom: Headroom) -> Style {
        match headroom {
            Headroom::Low | Headroom::NearlyOut | Headroom::Exhausted => self.level(headroom),
            _ => self.text,
        }
    }
}

/// With the terminal's own colours.
impl Default for Theme {
    fn default() -> Self {
        Self::of(&Palette::default(), Depth::True)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::built_in;

    #[test]
    fn no_color_means_none_in_any_theme() {
        for palette in built_in() {
            let theme = Theme::of(&palette, Depth::None);
            assert_eq!(theme, Theme::of(built_in().last().unwrap(), Depth::True));
            let Theme { marks: _, base, text, quiet, strong, accent, demo, ok, low, nearly_out, alarm } = theme;
            let all = [base, text, quiet, strong, accent, demo, ok, low, nearly_out, alarm];
            assert!(all.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
        }
    }
}
