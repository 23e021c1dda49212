//! How things look: the terminal's own sixteen colours, or none at all.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::quota::Headroom;
use crate::ui::marks::Marks;

/// What each kind of thing looks like. Colour is kept for what needs attention; everything it says is
/// also said by a mark or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The signs.
    pub marks: Marks,
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
    /// Under 20 % is left; also a wait, a pause or a failure with numbers to show.
    pub low: Style,
    /// Under 5 % is left.
    pub nearly_out: Style,
    /// Nothing is left, or nothing could be read.
    pub alarm: Style,
}

impl Theme {
    /// With the terminal's own colours, which its user chose to be readable.
    #[must_use]
    pub const fn colour() -> Self {
        Self {
            marks: Marks::UNICODE,
            text: Style::new(),
            quiet: Style::new().add_modifier(Modifier::DIM),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: Style::new().fg(Color::Cyan),
            demo: Style::new().fg(Color::Magenta).add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
            ok: Style::new().fg(Color::Green),
            low: Style::new().fg(Color::Yellow),
            nearly_out: Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD),
            alarm: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    /// Without colour: bold, dim and reverse only (`NO_COLOR`).
    #[must_use]
    pub const fn monochrome() -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        Self {
            accent: bold,
            demo: bold.add_modifier(Modifier::REVERSED),
            ok: Style::new(),
            low: bold,
            nearly_out: bold,
            alarm: bold,
            ..Self::colour()
        }
    }

    /// The same look with ASCII signs only.
    #[must_use]
    pub const fn ascii(self) -> Self {
        Self { marks: Marks::ASCII, ..self }
    }

    /// The look for a terminal: `no_color` when colour is not wanted, `dumb` when it can do little.
    #[must_use]
    pub const fn for_environment(no_color: bool, dumb: bool) -> Self {
        match (no_color, dumb) {
            (_, true) => Self::monochrome().ascii(),
            (true, false) => Self::monochrome(),
            (false, false) => Self::colour(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_means_none() {
        for theme in [Theme::for_environment(true, false), Theme::for_environment(false, true)] {
            let all = [
                theme.text,
                theme.quiet,
                theme.strong,
                theme.accent,
                theme.demo,
                theme.ok,
                theme.low,
                theme.nearly_out,
                theme.alarm,
            ];
            assert!(all.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
        }
        assert_eq!(Theme::for_environment(true, true).marks, Marks::ASCII);
        assert_ne!(Theme::for_environment(false, false).low.fg, None);
    }
}
