//! The words of a filter, read.

use chrono::{DateTime, Utc};

use crate::domain::quota::Headroom;
use crate::domain::tier::{Tier, TierName};
use crate::domain::usage::{CredentialUsage, Freshness};

/// What comes after `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Low,
    Exhausted,
    Error,
    Stale,
}

impl State {
    const ALL: [(&'static str, Self); 4] =
        [("low", Self::Low), ("exhausted", Self::Exhausted), ("error", Self::Error), ("stale", Self::Stale)];

    /// Whether a credential is in this state.
    pub(super) fn holds(self, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
        match self {
            Self::Low => matches!(entry.headroom(now), Headroom::Low | Headroom::NearlyOut),
            Self::Exhausted => entry.is_exhausted(now),
            Self::Error => entry.failure().is_some(),
            Self::Stale => matches!(entry.freshness(now), Freshness::Stale | Freshness::PendingReset),
        }
    }
}

/// What comes after `tier:`: the start of a tier's name.
const TIERS: [(&str, TierName); 9] = [
    ("pay_as_you_go", TierName::PayAsYouGo),
    ("payg", TierName::PayAsYouGo),
    ("legacy", TierName::Legacy),
    ("base", TierName::Base),
    ("plus", TierName::Plus),
    ("pro", TierName::Pro),
    ("unlimited", TierName::Unlimited),
    ("unknown", TierName::Unknown),
    ("?", TierName::Unknown),
];

/// The custom form of any tier.
const CUSTOM: &str = "custom";

/// Whether a tier is meant by the start of a name.
fn tier_is(tier: Tier, start: &str) -> bool {
    (tier.custom && CUSTOM.starts_with(start))
        || TIERS.iter().any(|(name, of)| *of == tier.name && name.starts_with(start))
}

/// A word that can be asked of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Text(String),
    Tier(String),
    Is(State),
}

/// What a word turned out to be.
enum Word {
    Test(Test),
    Incomplete,
    Unknown,
}

impl Word {
    /// Reads a word in lower case, without its `!`.
    fn parse(word: &str) -> Self {
        if let Some(value) = word.strip_prefix("tier:") {
            let value = value.replace('-', "_");
            let known = CUSTOM.starts_with(&value) || TIERS.iter().any(|(name, _)| name.starts_with(&value));
            return match (value.is_empty(), known) {
                (true, _) => Self::Incomplete,
                (false, true) => Self::Test(Test::Tier(value)),
                (false, false) => Self::Unknown,
            };
        }
        if let Some(value) = word.strip_prefix("is:") {
            return match State::ALL.iter().find(|(name, _)| name.starts_with(value)) {
                Some((name, state)) if *name == value => Self::Test(Test::Is(*state)),
                Some(_) => Self::Incomplete,
                None => Self::Unknown,
            };
        }
        if word.is_empty() { Self::Incomplete } else { Self::Test(Test::Text(word.to_owned())) }
    }
}

/// The text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Each test with whether it has to hold.
    tests: Vec<(Test, bool)>,
    /// A word that may still become one with a meaning.
    pub(super) incomplete: Option<String>,
    /// A word that has no meaning.
    pub(super) unknown: Option<String>,
}

impl Query {
    /// Reads the words of a text. No text is an error.
    pub(super) fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for word in text.to_lowercase().split_whitespace() {
            let bare = word.strip_prefix('!').unwrap_or(word);
            match Word::parse(bare) {
                Word::Test(asked) => query.tests.push((asked, bare.len() == word.len())),
                Word::Incomplete => query.incomplete = Some(word.to_owned()),
                Word::Unknown => query.unknown = Some(word.to_owned()),
            }
        }
        query
    }

    /// Whether all words hold for a credential; `name` is its name in lower case.
    pub(super) fn holds(&self, name: &str, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
        self.unknown.is_none()
            && self.tests.iter().all(|(test, wanted)| {
                *wanted
                    == match test {
                        Test::Text(text) => name.contains(text) || entry.tier().label().contains(text.as_str()),
                        Test::Tier(start) => tier_is(entry.tier(), start),
                        Test::Is(state) => state.holds(entry, now),
                    }
            })
    }
}
