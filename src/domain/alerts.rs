//! Alerts: when a window crosses a threshold, once per window and per crossing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::credential::CredentialId;
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::threshold::{Reached, Threshold, Thresholds, Unit};
use crate::domain::usage::{CredentialUsage, UsageManager, WindowState};
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
    /// Whose: of several keys of one account, the one whose threshold it is.
    pub id: CredentialId,
    /// The window as it is now.
    pub window: Window,
    /// How little is left.
    pub level: Level,
    /// The threshold that was crossed; `None`: it is used up.
    pub threshold: Option<Threshold>,
    /// What is left by it, where that is another number than the percentage.
    amount: Option<String>,
    /// When the window will be empty, if that is to be expected before its reset.
    pub empty_at: Option<DateTime<Utc>>,
}

impl Alert {
    fn new(
        id: CredentialId,
        state: &WindowState,
        level: Level,
        reached: Option<&Reached<'_>>,
        now: DateTime<Utc>,
    ) -> Self {
        let reached = reached.filter(|_| level != Level::UsedUp);
        Self {
            id,
            window: state.window.clone(),
            level,
            threshold: reached.map(|reached| reached.threshold),
            amount: reached.and_then(|reached| reached.amount(now)),
            empty_at: state.empty_at(),
        }
    }

    /// The alert in a line, for the credential and the window of those names:
    /// `work: 14 % left of day (1,720 / 2,000)`, or in the unit of the threshold:
    /// `work: 280 requests left of day (1,720 / 2,000)`.
    #[must_use]
    pub fn text(&self, name: &str, window: &str) -> String {
        let left = match (self.level, &self.amount) {
            (Level::UsedUp, _) => format!("used up: {window}"),
            (_, Some(time)) if self.threshold.is_some_and(|it| it.unit() == Unit::Seconds) => {
                format!("{time} until {window} is empty")
            }
            (_, Some(amount)) => format!("{amount} left of {window}"),
            _ => format!("{} left of {window}", text::percent(self.window.remaining_fraction().unwrap_or(0.0))),
        };
        format!("{name}: {left} ({})", text::used_of_window(&self.window))
    }
}

/// What was last seen of a window.
#[derive(Clone, Debug)]
struct Seen {
    kind: WindowKind,
    level: Option<Level>,
    /// Those of all keys of the account.
    thresholds: Vec<Thresholds>,
    reset_at: Option<DateTime<Utc>>,
}

/// Watches the windows for crossings.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Numbers of before are those of another run: what they crossed is no news.
    since: DateTime<Utc>,
    /// By the first key of each account.
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
    ///
    /// Keys of one account share its windows. One of which the answers are good speaks for all, and of their thresholds
    /// the strictest holds: that which is the first to be crossed.
    pub fn look(&mut self, usage: &UsageManager, now: DateTime<Utc>) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for entry in usage.credentials() {
            let id = entry.identity().id;
            if !usage.counts_for_account(id, now) {
                continue;
            }
            let account = Account::of(entry, usage);
            for state in entry.windows() {
                let window = &state.window;
                let is_news = window.fetched_at >= self.since && window.used.is_some() && window.limit.amount() > 0.0;
                if is_news && window.is_current(now) {
                    let (who, level, reached) = account.strictest(|thresholds| {
                        (Level::of(thresholds.headroom(state, now)), thresholds.reached_by(state, now))
                    });
                    let seen = account.seen(window.kind.clone(), level, window.reset_at);
                    if let Some(level) = self.crossed(account.id, seen, window.fetched_at) {
                        alerts.push(Alert::new(who, state, level, reached.as_ref(), now));
                    }
                }
            }
        }
        alerts
    }

    /// The level that a window has come down to since it was last seen, or that other thresholds make of it: who edits
    /// them learns at once what is low by them. A level that goes by a forecast is told once until the reset: a forecast
    /// wavers.
    fn crossed(&mut self, account: CredentialId, now: Seen, fetched_at: DateTime<Utc>) -> Option<Level> {
        let all = self.seen.entry(account).or_default();
        let Some(seen) = all.iter_mut().find(|seen| seen.kind == now.kind) else {
            all.push(now);
            return None;
        };
        let was_reset = seen.reset_at.is_some_and(|reset_at| fetched_at >= reset_at);
        let before = if was_reset { None } else { seen.level };
        let is_same = seen.thresholds == now.thresholds;
        let wavers = is_same && now.thresholds.iter().any(|thresholds| thresholds.foresee());
        let level = now.level;
        *seen = Seen { level: if wavers { level.max(before) } else { level }, ..now };
        level.filter(|level| Some(*level) > before)
    }
}

/// The thresholds of the keys of one account.
struct Account {
    /// Its first key.
    id: CredentialId,
    /// The key that speaks for it.
    speaker: (CredentialId, Thresholds),
    others: Vec<(CredentialId, Thresholds)>,
}

impl Account {
    fn of(entry: &CredentialUsage, usage: &UsageManager) -> Self {
        let rule = |entry: &CredentialUsage| (entry.identity().id, entry.identity().thresholds);
        let speaker = rule(entry);
        let group = usage.group_of(speaker.0);
        let others = group.iter().filter(|member| **member != speaker.0).filter_map(|member| usage.get(*member));
        Self { id: group.first().copied().unwrap_or(speaker.0), speaker, others: others.map(rule).collect() }
    }

    /// The key by whose thresholds it is worst, of several the first, and how bad that is.
    fn strictest<T>(&self, judge: impl Fn(Thresholds) -> (Option<Level>, T)) -> (CredentialId, Option<Level>, T) {
        let judged = |(id, thresholds): (CredentialId, Thresholds)| {
            let (level, more) = judge(thresholds);
            (id, level, more)
        };
        let others = self.others.iter().copied().map(judged);
        others.fold(judged(self.speaker), |worst, other| if other.1 > worst.1 { other } else { worst })
    }

    fn seen(&self, kind: WindowKind, level: Option<Level>, reset_at: Option<DateTime<Utc>>) -> Seen {
        let rules = std::iter::once(&self.speaker).chain(&self.others);
        Seen { kind, level, thresholds: rules.map(|(_, thresholds)| *thresholds).collect(), reset_at }
    }
}

#[cfg(test)]
mod tests;
