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

/// What has crossed a threshold.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A window.
    Window(Window),
    /// The balance, of so many dollars, where requests are paid from it.
    Balance(f64),
}

/// Something that has crossed a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Whose: of several keys of one account, the one whose threshold it is.
    pub id: CredentialId,
    /// What it is about, as it is now.
    pub subject: Subject,
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
            subject: Subject::Window(state.window.clone()),
            level,
            threshold: reached.map(|reached| reached.threshold),
            amount: reached.and_then(|reached| reached.amount(now)),
            empty_at: state.empty_at(),
        }
    }

    fn of_balance(id: CredentialId, balance: f64, level: Level, reached: Option<&Reached<'_>>) -> Self {
        let threshold = reached.filter(|_| level != Level::UsedUp).map(|reached| reached.threshold);
        Self { id, subject: Subject::Balance(balance), level, threshold, amount: None, empty_at: None }
    }

    /// The alert in a line, for the credential and the window of those names:
    /// `work: 14 % left of day (1,720 / 2,000)`, or in the unit of the threshold:
    /// `work: 280 requests left of day (1,720 / 2,000)`; of the balance `card: balance low: $4.20`, or without the
    /// dollars where that is `masked`.
    #[must_use]
    pub fn text(&self, name: &str, window: &str, masked: bool) -> String {
        let state = match &self.subject {
            Subject::Window(state) => state,
            Subject::Balance(_) if self.level == Level::UsedUp => {
                return format!("{name}: the balance is empty: requests are refused (402)");
            }
            Subject::Balance(balance) => {
                let level = if self.level == Level::Low { "low" } else { "nearly out" };
                let balance = if masked { String::new() } else { format!(": {}", text::dollars(*balance)) };
                return format!("{name}: balance {level}{balance}");
            }
        };
        let left = match (self.level, &self.amount) {
            (Level::UsedUp, _) => format!("used up: {window}"),
            (_, Some(time)) if self.threshold.is_some_and(|it| it.unit() == Unit::Seconds) => {
                format!("{time} until {window} is empty")
            }
            (_, Some(amount)) => format!("{amount} left of {window}"),
            _ => format!("{} left of {window}", text::percent(state.remaining_fraction().unwrap_or(0.0))),
        };
        format!("{name}: {left} ({})", text::used_of_window(state))
    }
}

/// What was last seen of a window, or of the balance.
#[derive(Clone, Debug)]
struct Seen {
    /// `None`: the balance.
    kind: Option<WindowKind>,
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
            let account = Members::of(entry, usage);
            alerts.extend(entry.windows().iter().filter_map(|state| self.of_window(&account, state, now)));
            alerts.extend(self.of_balance(&account, entry, now));
        }
        alerts
    }

    fn of_window(&mut self, account: &Members, state: &WindowState, now: DateTime<Utc>) -> Option<Alert> {
        let window = &state.window;
        let is_news = window.fetched_at >= self.since && window.used.is_some() && window.limit.amount() > 0.0;
        if !is_news || !window.is_current(now) {
            return None;
        }
        let (who, level, reached) = account
            .strictest(|thresholds| (Level::of(thresholds.headroom(state, now)), thresholds.reached_by(state, now)));
        let seen = account.seen(Some(window.kind.clone()), level, window.reset_at);
        let level = self.crossed(account.id, seen, window.fetched_at)?;
        Some(Alert::new(who, state, level, reached.as_ref(), now))
    }

    /// The balance is judged by thresholds in dollars alone, and is enough while requests are paid otherwise.
    fn of_balance(&mut self, account: &Members, entry: &CredentialUsage, now: DateTime<Utc>) -> Option<Alert> {
        let read_at = entry.account().fetched_at().filter(|read_at| *read_at >= self.since)?;
        // After the reset nobody knows what requests are paid from.
        entry.usage(now)?;
        let balance = entry.lives_on(now);
        let (who, level, reached) = account.strictest(|thresholds| {
            let Some(balance) = balance.filter(|_| thresholds.judge_balance()) else { return (None, None) };
            let reached = thresholds.reached_by_balance(balance);
            let level = reached.and_then(|reached| Level::of(reached.headroom));
            (if balance > 0.0 { level } else { Some(Level::UsedUp) }, reached)
        });
        let level = self.crossed(account.id, account.seen(None, level, None), read_at)?;
        Some(Alert::of_balance(who, balance?, level, reached.as_ref()))
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
struct Members {
    /// Its first key.
    id: CredentialId,
    /// The key that speaks for it.
    speaker: (CredentialId, Thresholds),
    others: Vec<(CredentialId, Thresholds)>,
}

impl Members {
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

    fn seen(&self, kind: Option<WindowKind>, level: Option<Level>, reset_at: Option<DateTime<Utc>>) -> Seen {
        let rules = std::iter::once(&self.speaker).chain(&self.others);
        Seen { kind, level, thresholds: rules.map(|(_, thresholds)| *thresholds).collect(), reset_at }
    }
}

#[cfg(test)]
mod tests;
