//! What the help says. The app decides the rows, so that it knows how far they scroll; the screen
//! draws one line for each.

use crate::app::filter;
use crate::app::keymap::{self, Binding, Mode};
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
    /// A sign of the list, with what it means.
    Sign(Sign),
    /// A line of a notice.
    Notice(String),
    /// The name and version of the program.
    Version,
    /// An empty line.
    Blank,
}

/// The signs of the list. What each looks like is the screen's affair.
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
    /// Numbers of before the last refresh, which failed.
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

    /// What it means.
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

/// The help for a mode and the notices, wrapped to that many columns.
pub(super) fn rows(mode: Mode, notices: &[String], columns: u16) -> Vec<HelpRow> {
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
        rows.extend(Sign::ALL.map(HelpRow::Sign));
        rows.push(HelpRow::Blank);
        rows.push(HelpRow::Title("Words of the filter"));
        rows.extend(filter::WORDS.iter().map(|(word, does)| HelpRow::Word(word, does)));
    }
    rows.push(HelpRow::Blank);
    rows.push(HelpRow::Version);
    rows
}
