//! The signs that carry the meaning, so that it survives without colour.

use crate::app::help::Sign;
use crate::domain::quota::Headroom;

/// The signs of one repertoire of characters. Each is one column wide, but for `between` and `more`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The number is current, and there is enough left.
    pub fresh: &'static str,
    /// A request is under way.
    pub asking: &'static str,
    /// Nothing was asked yet.
    pub waiting: &'static str,
    /// The number is older than it should be, or of the window before.
    pub stale: &'static str,
    /// Low: under 20 % is left, unless configured.
    pub low: &'static str,
    /// Critical: under 5 % is left, unless configured.
    pub nearly_out: &'static str,
    /// Nothing is left until the reset.
    pub used_up: &'static str,
    /// It could not be read.
    pub failed: &'static str,
    /// The last refresh failed: the number is an earlier one, not old yet.
    pub failing: &'static str,
    /// There is no daily limit.
    pub unlimited: &'static str,
    /// There is no daily quota.
    pub no_quota: &'static str,
    /// It is not known what is used.
    pub unknown: &'static str,
    /// The best key to use.
    pub best: &'static str,
    /// It shares its quota with others.
    pub shared: &'static str,
    /// Columns of rising height, from the lowest to the full cell.
    pub columns: &'static [&'static str],
    /// A cell of a chart below a value that was not measured here but comes from the server.
    pub told: &'static str,
    /// Where a window was reset, in a chart.
    pub reset: &'static str,
    /// The foot of a chart, and the place of a label in it.
    pub foot: (&'static str, &'static str),
    /// Beside the selected row.
    pub selection: &'static str,
    /// The rules under the header and above the footer.
    pub rule: &'static str,
    /// A full cell of a gauge.
    pub full: &'static str,
    /// Partly filled cells of a gauge, in even steps from nearly empty to nearly full.
    pub parts: &'static [&'static str],
    /// An empty cell of a gauge.
    pub empty: &'static str,
    /// Between two facts on a line, with a space either side.
    pub between: &'static str,
    /// Where text was cut.
    pub cut: &'static str,
    /// After what is under way, or is not all there is.
    pub more: &'static str,
    /// Before what is not exact.
    pub about: &'static str,
    /// Before what may be more.
    pub at_least: &'static str,
    /// The order is rising.
    pub rising: &'static str,
    /// The order is falling.
    pub falling: &'static str,
}

impl Marks {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        fresh: "●",
        asking: "◌",
        waiting: "·",
        stale: "○",
        low: "▲",
        nearly_out: "‼",
        used_up: "■",
        failed: "✕",
        failing: "◐",
        unlimited: "∞",
        no_quota: "–",
        unknown: "?",
        best: "★",
        shared: "=",
        columns: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        told: "░",
        reset: "┊",
        foot: ("─", "┬"),
        selection: "▌",
        rule: "─",
        full: "█",
        parts: &["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
        empty: "·",
        between: " · ",
        cut: "…",
        more: "…",
        about: "≈",
        at_least: "≥",
        rising: "↑",
        falling: "↓",
    };

    /// For terminals that do not.
    pub const ASCII: Self = Self {
        fresh: "+",
        asking: ":",
        waiting: ".",
        stale: "o",
        low: "!",
        nearly_out: "#",
        used_up: "@",
        failed: "x",
        failing: "%",
        unlimited: "~",
        no_quota: "-",
        unknown: "?",
        best: "*",
        shared: "=",
        columns: &["_", "=", "#"],
        told: ":",
        reset: "|",
        foot: ("-", "+"),
        selection: ">",
        rule: "-",
        full: "#",
        parts: &[],
        empty: ".",
        between: " | ",
        cut: "~",
        more: "...",
        about: "~",
        at_least: ">",
        rising: "^",
        falling: "v",
    };

    /// A column that is filled to a part: at 0 it is an empty cell, above that never less than the lowest.
    #[must_use]
    pub fn column(&self, part: f64) -> &'static str {
        if part.is_nan() || part <= 0.0 {
            return self.empty;
        }
        let place = steps_of(part, self.columns.len()).max(1) - 1;
        self.columns.get(place).copied().unwrap_or(self.full)
    }

    /// The sign of a current number.
    #[must_use]
    pub fn level(&self, headroom: Headroom) -> &'static str {
        match headroom {
            Headroom::Unlimited => self.unlimited,
            Headroom::NoQuota => self.no_quota,
            Headroom::Ok => self.fresh,
            Headroom::Unknown => self.unknown,
            Headroom::Low => self.low,
            Headroom::NearlyOut => self.nearly_out,
            Headroom::Exhausted => self.used_up,
        }
    }

    /// The sign that the help explains.
    #[must_use]
    pub fn sign(&self, sign: Sign) -> &'static str {
        match sign {
            Sign::Fresh => self.fresh,
            Sign::Low => self.low,
            Sign::NearlyOut => self.nearly_out,
            Sign::UsedUp => self.used_up,
            Sign::Stale => self.stale,
            Sign::Asking => self.asking,
            Sign::Failed => self.failed,
            Sign::Failing => self.failing,
            Sign::Unlimited => self.unlimited,
            Sign::NoQuota => self.no_quota,
            Sign::Unknown => self.unknown,
            Sign::Best => self.best,
            Sign::Shared => self.shared,
            Sign::Hour => self.columns.first().unwrap_or(&self.full),
        }
    }
}

/// `part` (held to 0..=1) of so many steps, rounded.
pub(super) fn steps_of(part: f64, steps: usize) -> usize {
    let part = if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) };
    #[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
    let exact = part * steps as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=steps, see above")]
    let steps = exact.round() as usize;
    steps
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn every_sign_is_one_column_wide_and_no_two_of_the_legend_are_alike() {
        for marks in [Marks::UNICODE, Marks::ASCII] {
            let legend = Sign::ALL.map(|sign| marks.sign(sign));
            let rest = [
                marks.waiting,
                marks.selection,
                marks.rule,
                marks.full,
                marks.empty,
                marks.between.trim(),
                marks.cut,
                marks.about,
                marks.at_least,
                marks.told,
                marks.reset,
                marks.foot.0,
                marks.foot.1,
            ];
            for mark in legend.iter().chain(&rest).chain(marks.parts).chain(marks.columns) {
                assert_eq!(mark.width(), 1, "{mark}");
            }
            for (place, mark) in legend.iter().enumerate() {
                let alike = |other: &&str| other.eq_ignore_ascii_case(mark);
                assert!(!legend[..place].iter().any(alike), "{mark} means two things");
            }
        }
    }

    #[test]
    fn the_ascii_signs_are_ascii() {
        assert!(Sign::ALL.iter().all(|sign| Marks::ASCII.sign(*sign).is_ascii()));
    }
}
