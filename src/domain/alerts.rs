//! Alerts: when a window crosses a threshold, once per window and per crossing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::credential::CredentialId;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::threshold::Thresholds;
use crate::domain::usage::UsageManager;
use crate::domain::window::{Window, WindowKind};

/// How little is left. The order is by urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than is low for the credential.
    Low,
    /// Less than is critical for the credential.
    Critical,
    /// Nothing.
    UsedUp,
}

impl Level {
    /// The name for scripts: `used_up`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Critical => "critical",
            Self::UsedUp => "used_up",
        }
    }

    fn of(headroom: Headroom) -> Option<Self> {
        match headroom {
            Headroom::Exhausted => Some(Self::UsedUp),
            Headroom::NearlyOut => Some(Self::Critical),
            Headroom::Low => Some(Self::Low),
            _ => None,
        }
    }
}

/// A window that has crossed a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Whose: of several keys of one account, the first.
    pub id: CredentialId,
    /// The window as it is now.
    pub window: Window,
    /// How little is left.
    pub level: Level,
}

impl Alert {
    /// The alert in a line, for the credential and the window of those names:
    /// `work: 14 % left of day (1,720 / 2,000)`.
    #[must_use]
    pub fn text(&self, name: &str, window: &str) -> String {
        let left = match self.level {
            Level::UsedUp => "used up:".to_owned(),
            _ => format!("{} left of", text::percent(self.window.remaining_fraction().unwrap_or(0.0))),
        };
        format!("{name}: {left} {window} ({})", text::used_of_window(&self.window))
    }
}

/// What was last seen of a window.
#[derive(Clone, Debug)]
struct Seen {
    kind: WindowKind,
    level: Option<Level>,
    thresholds: Thresholds,
    reset_at: Option<DateTime<Utc>>,
}

/// Watches the windows for crossings.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Numbers of before are those of another run: what they crossed is no news.
    since: DateTime<Utc>,
    seen: HashMap<CredentialId, Vec<Seen>>,
}

impl Watch {
    /// Watches from `since` on. The first answer about a window is what its crossings are told from.
    #[must_use]
    pub fn new(since: DateTime<Utc>) -> Self {
        Self { since, seen: HashMap::new() }
    }

    /// The credentials have other ids; each was `before` what is said there, or not there.
    pub fn exchange(&mut self, before: &[Option<CredentialId>]) {
        let mut old = std::mem::take(&mut self.seen);
        let kept = before
            .iter()
            .enumerate()
            .filter_map(|(index, before)| Some((CredentialId::new(index), old.remove(&(*before)?)?)));
        self.seen = kept.collect();
    }

    /// The crossings since the last look, in the order of the credentials. A threshold counts again after the window
    /// was reset, and once more than it was left.
    pub fn look(&mut self, usage: &UsageManager, now: DateTime<Utc>) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for entry in usage.credentials() {
            let id = entry.identity().id;
            // Keys of one account share its windows; one of which the answers are good speaks for it.
            if !usage.counts_for_account(id, now) {
                continue;
            }
            for state in entry.windows() {
                let window = &state.window;
                let thresholds = entry.identity().thresholds;
                let level = Level::of(thresholds.headroom(state, now));
                let is_news = window.fetched_at >= self.since && window.used.is_some() && window.limit.amount() > 0.0;
                if is_news
                    && window.is_current(now)
                    && let Some(level) = self.crossed(id, window, level, thresholds)
                {
                    alerts.push(Alert { id, window: window.clone(), level });
                }
            }
        }
        alerts
    }

    /// The level that a window has come down to since it was last seen, or that other thresholds make of it: who edits
    /// them learns at once what is low by them. A level that goes by a forecast is told once until the reset: a forecast
    /// wavers.
    fn crossed(
        &mut self,
        id: CredentialId,
        window: &Window,
        level: Option<Level>,
        thresholds: Thresholds,
    ) -> Option<Level> {
        let windows = self.seen.entry(id).or_default();
        let now = Seen { kind: window.kind.clone(), level, thresholds, reset_at: window.reset_at };
        let Some(seen) = windows.iter_mut().find(|seen| seen.kind == window.kind) else {
            windows.push(now);
            return None;
        };
        let was_reset = seen.reset_at.is_some_and(|reset_at| window.fetched_at >= reset_at);
        let before = if was_reset { None } else { seen.level };
        let is_same = seen.thresholds == thresholds;
        let kept = if is_same && thresholds.foresee() { level.max(before) } else { level };
        *seen = Seen { level: kept, ..now };
        level.filter(|level| Some(*level) > before)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::domain::credential::{ApiKey, Credential};
    use crate::domain::failure::{Failure, FailureKind};
    use crate::domain::quota::{Quota, QuotaUsage};
    use crate::domain::snapshot::Snapshot;
    use crate::domain::threshold::Threshold;
    use crate::domain::usage::{CredentialUsage, Remembered, Update};
    use crate::domain::window::next_daily_reset;

    use Level::{Critical, Low, UsedUp};

    const START: &str = "2026-11-23T12:00:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Two keys of one account, and one of another.
    fn usage() -> UsageManager {
        let keys = ["aa", "aa", "bb"].into_iter().enumerate().map(|(index, user)| {
            let key = ApiKey::new(format!("cpk_{index:032x}.{user:0>32}.MadeUpMadeUpMadeUp"));
            Credential::new(CredentialId::new(index), vec![format!("key{index}")], key).identity
        });
        UsageManager::new(keys)
    }

    fn snapshot(used: f64, at: DateTime<Utc>) -> Snapshot {
        let usage = QuotaUsage::new(Quota::Finite(100), Some(used));
        Snapshot { usage, reset_at: next_daily_reset(at), fetched_at: at }
    }

    fn answered(usage: &mut UsageManager, id: usize, used: f64, at: DateTime<Utc>) {
        let (id, result) = (CredentialId::new(id), Ok(snapshot(used, at)));
        usage.apply(Update::Answered { id, result, at, next_refresh: None, interval: Duration::from_mins(5) });
    }

    fn usage_of(used: f64) -> CredentialUsage {
        let mut usage = usage();
        answered(&mut usage, 2, used, at(START));
        usage.get(CredentialId::new(2)).unwrap().clone()
    }

    /// The levels that are told when the second key of the account, and so its first, is answered with so much used.
    fn levels(answers: &[(f64, &str)]) -> Vec<Vec<Level>> {
        let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
        answered(&mut usage, 0, 0.0, at("2026-11-23T11:00:00Z"));
        answered(&mut usage, 1, 0.0, at("2026-11-23T11:00:00Z"));
        let look = |(used, when): &(f64, &str)| {
            answered(&mut usage, 1, *used, at(when));
            let alerts = watch.look(&usage, at(when));
            assert!(alerts.iter().all(|alert| alert.id == CredentialId::new(0)));
            alerts.iter().map(|alert| alert.level).collect()
        };
        answers.iter().map(look).collect()
    }

    #[test]
    fn each_threshold_is_told_once_when_it_is_crossed() {
        let noon = "2026-11-23T12:10:00Z";
        let answers = [50.0, 80.0, 81.0, 90.0, 96.0, 97.0, 100.0, 120.0].map(|used| (used, noon));
        let expected: [Vec<Level>; 8] =
            [vec![], vec![], vec![Low], vec![], vec![Critical], vec![], vec![UsedUp], vec![]];
        assert_eq!(levels(&answers), expected);
        assert_eq!(levels(&[(50.0, noon), (100.0, noon)]), [vec![], vec![UsedUp]], "the worst is enough");
    }

    #[test]
    fn what_was_so_at_the_first_answer_is_no_crossing() {
        let noon = "2026-11-23T12:10:00Z";
        assert_eq!(levels(&[(90.0, noon), (91.0, noon), (96.0, noon)]), [vec![], vec![], vec![Level::Critical]]);
        let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
        let remembered = |used, when| Remembered {
            id: CredentialId::new(2),
            snapshot: Some(snapshot(used, at(when))),
            interval: Duration::from_mins(5),
            answers: Vec::new(),
            samples: Vec::new(),
        };
        usage.apply(Update::Remembered(Box::new(remembered(10.0, "2026-11-23T09:00:00Z"))));
        assert_eq!(watch.look(&usage, at(START)), []);
        answered(&mut usage, 2, 90.0, at(noon));
        assert_eq!(watch.look(&usage, at(noon)), [], "it was crossed before the start, or nobody knows");
    }

    #[test]
    fn a_threshold_counts_again_after_a_reset_and_above_it() {
        let (noon, tomorrow) = ("2026-11-23T12:10:00Z", "2026-11-24T00:10:00Z");
        let low = || vec![Level::Low];
        assert_eq!(levels(&[(50.0, noon), (85.0, noon), (50.0, noon), (85.0, noon)]), [vec![], low(), vec![], low()]);
        assert_eq!(levels(&[(50.0, noon), (85.0, noon), (85.0, tomorrow)]), [vec![], low(), low()]);
        assert_eq!(levels(&[(100.0, noon), (85.0, noon)]), [vec![], vec![]], "more is left than before");
    }

    #[test]
    fn an_edit_is_a_crossing_where_it_makes_worse_what_is_left_and_a_forecast_wavers() {
        let window = usage_of(10.0).windows()[0].window.clone();
        let (id, mut watch) = (CredentialId::new(2), Watch::new(at(START)));
        let by = |text| Thresholds::default().with(Some(Threshold::parse(text).unwrap()), None);
        let mut crossed = |level, thresholds| watch.crossed(id, &window, level, thresholds);
        assert_eq!(crossed(None, Thresholds::default()), None);
        assert_eq!(crossed(Some(Low), by("60%")), Some(Low), "nobody called it so before");
        assert_eq!(crossed(Some(Low), by("70%")), None, "it is known");
        assert_eq!(crossed(Some(Critical), by("70%")), Some(Critical));
        assert_eq!((crossed(Some(Low), by("4%")), crossed(None, by("3%"))), (None, None), "it is less bad than it was");
        assert_eq!(crossed(Some(Low), by("3%")), Some(Low), "crossed anew");
        assert_eq!(crossed(None, by("2h")), None);
        assert_eq!(crossed(Some(Low), by("2h")), Some(Low));
        assert_eq!((crossed(None, by("2h")), crossed(Some(Low), by("2h"))), (None, None), "the forecast came and went");
        assert_eq!(crossed(Some(UsedUp), by("2h")), Some(UsedUp));
    }

    #[test]
    fn a_key_that_is_answered_speaks_for_one_that_is_refused() {
        let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
        let noon = at("2026-11-23T12:10:00Z");
        let id = CredentialId::new(0);
        let refused = Err(Failure::new(FailureKind::Unauthorized, "no").with_status(401));
        usage.apply(Update::Answered {
            id,
            result: refused,
            at: noon,
            next_refresh: None,
            interval: Duration::from_mins(5),
        });
        answered(&mut usage, 1, 50.0, noon);
        assert_eq!(watch.look(&usage, noon), []);
        answered(&mut usage, 1, 90.0, noon);
        let alerts = watch.look(&usage, noon);
        assert_eq!(
            alerts.iter().map(|alert| (alert.id, alert.level)).collect::<Vec<_>>(),
            [(CredentialId::new(1), Low)]
        );
    }

    #[test]
    fn an_alert_reads_in_a_line() {
        let (mut usage, mut watch) = (usage(), Watch::new(at(START)));
        let mut text = |used| {
            answered(&mut usage, 2, used, at(START));
            watch.look(&usage, at(START)).first().map(|alert| alert.text("work", "day"))
        };
        assert_eq!(text(50.0), None);
        assert_eq!(text(85.5).as_deref(), Some("work: 14 % left of day (85.5 / 100)"));
        assert_eq!(text(100.0).as_deref(), Some("work: used up: day (100 / 100)"));
    }
}
