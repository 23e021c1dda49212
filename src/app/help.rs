//! What the help says. The app decides the rows, so that it knows how far they scroll; the screen
//! draws one line for each.

use std::borrow::Cow;

use crate::app::filter;
use crate::app::keymap::{self, Binding, Mode};
use crate::domain::text;
use crate::domain::threshold::{Threshold, Thresholds, Unit};
use crate::domain::wrap::wrap;

/// One line of the help.
#[derive(Clone, Debug)]
pub enum HelpRow {
    /// The title of what follows.
    Title(&'static str),
    /// What keys do.
    Keys(&'static Binding),
    /// What a word of the filter holds for.
    Word(&'static str, &'static str),
    /// A sign of the list, and what it means.
    Sign(Sign, Cow<'static, str>),
    /// A line of a notice.
    Notice(String),
    /// The name and version of the program.
    Version,
    /// An empty line.
    Blank,
}

/// The signs of the list. The screen decides what each looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Current.
    Fresh,
    /// Under 20 % left, or as configured.
    Low,
    /// Under 5 % left, or as configured.
    NearlyOut,
    /// Nothing left.
    UsedUp,
    /// Not current.
    Stale,
    /// A request is under way.
    Asking,
    /// No numbers.
    Failed,
    /// The last refresh failed; the numbers are older.
    Failing,
    /// No limit.
    Unlimited,
    /// Nothing to run out of.
    NoQuota,
    /// No count.
    Unknown,
    /// The best key to use.
    Best,
    /// A quota that several keys share.
    Shared,
    /// The requests of an hour of today.
    Hour,
}

impl Sign {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 14] = [
        Self::Fresh,
        Self::Low,
        Self::NearlyOut,
        Self::UsedUp,
        Self::Stale,
        Self::Asking,
        Self::Failed,
        Self::Failing,
        Self::Unlimited,
        Self::NoQuota,
        Self::Unknown,
        Self::Best,
        Self::Shared,
        Self::Hour,
    ];

    /// What it means for credentials that all have these thresholds; `None`: they differ.
    fn meaning_for(self, thresholds: Option<Thresholds>) -> Cow<'static, str> {
        match (self, thresholds) {
            (Self::Low, Some(thresholds)) => format!("low: {}", under(thresholds.low)).into(),
            (Self::NearlyOut, Some(thresholds)) => format!("critical: {}", under(thresholds.critical)).into(),
            (Self::Low, None) => "low: as set for the key".into(),
            (Self::NearlyOut, None) => "critical: as set for the key".into(),
            _ => self.meaning().into(),
        }
    }

    /// What it means, however it is configured.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Fresh => "current, and not low",
            Self::Low => "low: under 20 %, or as set",
            Self::NearlyOut => "critical: under 5 %, or as set",
            Self::UsedUp => "used up until the reset",
            Self::Stale => "out of date, or of before the reset",
            Self::Asking => "being asked",
            Self::Failed => "could not be read",
            Self::Failing => "last refresh failed, shown as before it",
            Self::Unlimited => "no daily limit",
            Self::NoQuota => "no daily quota: pay as you go",
            Self::Unknown => "the server does not know the use",
            Self::Best => "the key with the most room in all its windows",
            Self::Shared => "shares its quota with other keys",
            Self::Hour => "requests of today, a column an hour (UTC)",
        }
    }
}

/// `under 20 % left`.
fn under(threshold: Threshold) -> String {
    let least = threshold.least();
    match threshold.unit() {
        Unit::Percent => format!("under {least} % left"),
        Unit::Requests => format!("under {} requests left today", text::requests(least)),
        Unit::Dollars => format!("under {} left", text::dollars(least)),
        Unit::Seconds => format!("empty in under {threshold}"),
    }
}

/// The help for a mode and the notices, wrapped to that many columns. `thresholds` are those of every credential, if
/// they do not differ.
pub(super) fn rows(mode: Mode, notices: &[String], columns: u16, thresholds: Option<Thresholds>) -> Vec<HelpRow> {
    let mut rows = Vec::new();
    if !notices.is_empty() {
        rows.push(HelpRow::Title("Notices"));
        rows.extend(notices.iter().flat_map(|notice| wrap(notice, columns)).map(HelpRow::Notice));
        rows.push(HelpRow::Blank);
    }
    rows.push(HelpRow::Title("Keys"));
    rows.extend(keymap::bindings(mode).map(HelpRow::Keys));
    if matches!(mode, Mode::List | Mode::Filter) {
        rows.push(HelpRow::Blank);
        rows.push(HelpRow::Title("Signs"));
        rows.extend(Sign::ALL.map(|sign| HelpRow::Sign(sign, sign.meaning_for(thresholds))));
        rows.push(HelpRow::Blank);
        rows.push(HelpRow::Title("Words of the filter"));
        rows.extend(filter::WORDS.iter().map(|(word, does)| HelpRow::Word(word, does)));
    }
    rows.push(HelpRow::Blank);
    rows.push(HelpRow::Version);
    rows
}
