//! The words of a filter, read: what the dashboard's list and the commands' `--only` go by.
//!
//! Words are apart by spaces and all of them have to hold; `!` before one turns it round.
//!
//! | word | holds for |
//! | --- | --- |
//! | `text` | names and tiers that contain it, without regard to case |
//! | `tier:plus` | that tier, custom or not; the start of its name is enough; `tier:payg` is pay as you go |
//! | `tier:custom` | the custom form of any tier |
//! | `is:low` | low (less than 20 % left, unless configured), but not used up |
//! | `is:exhausted` | nothing left until the reset |
//! | `is:error` | the last refresh failed |
//! | `is:stale` | the numbers are older than they should be, or of before the reset |
//!
//! A word that may still become one of these (`tier:`, `is:lo`, `!`) is left out of account. With one
//! that never can (`is:nothing`) nothing matches.

use chrono::{DateTime, Utc};

use crate::domain::quota::Headroom;
use crate::domain::tier::{Tier, TierName};
use crate::domain::usage::{CredentialUsage, Freshness};

/// What comes after `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Less than is low for it, but something.
    Low,
    /// Nothing left until the reset.
    Exhausted,
    /// The last refresh failed.
    Error,
    /// Numbers that are out of date.
    Stale,
}

impl State {
    const ALL: [(&'static str, Self); 4] =
        [("low", Self::Low), ("exhausted", Self::Exhausted), ("error", Self::Error), ("stale", Self::Stale)];

    /// Whether a credential is in this state.
    #[must_use]
    pub fn holds(self, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
        match self {
            Self::Low => matches!(entry.headroom(now), Headroom::Low | Headroom::NearlyOut),
            Self::Exhausted => entry.is_exhausted(now),
            Self::Error => entry.failure().is_some(),
            Self::Stale => {
                matches!(entry.freshness(now), Freshness::Stale | Freshness::PendingReset)
                    || entry.old_binding(now).is_some()
            }
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
pub struct Query {
    /// Each test with whether it has to hold.
    tests: Vec<(Test, bool)>,
    /// A word that may still become one with a meaning.
    pub incomplete: Option<String>,
    /// A word that has no meaning.
    pub unknown: Option<String>,
}

impl Query {
    /// Reads the words of a text. No text is an error.
    #[must_use]
    pub fn parse(text: &str) -> Self {
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
    #[must_use]
    pub fn holds(&self, name: &str, entry: &CredentialUsage, now: DateTime<Utc>) -> bool {
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_text_is_named() {
        let wrong = |text: &str| {
            let query = Query::parse(text);
            (query.unknown, query.incomplete)
        };
        assert_eq!(wrong("work tier:plus !is:low"), (None, None));
        assert_eq!(wrong("Is:Nothing"), (Some("is:nothing".to_owned()), None));
        assert_eq!(wrong("tier:nine is:lo"), (Some("tier:nine".to_owned()), Some("is:lo".to_owned())));
    }
}
