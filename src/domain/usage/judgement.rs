//! What can be said of a credential now: how far its numbers can be trusted, what binds, what comes next.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::{Role, Subscription};
use crate::domain::failure::Failure;
use crate::domain::quota::{Headroom, Quota};
use crate::domain::snapshot::Snapshot;
use crate::domain::threshold::Reached;
use crate::domain::usage::credential::CredentialUsage;
use crate::domain::usage::part::Part;
use crate::domain::usage::windows::{self, WindowState};
use crate::domain::window::{Window, WindowKind};

/// What changes seldom is asked for once in so long, or in an interval that is longer: the balance, and without a plan
/// a chute's own count.
const SELDOM: Duration = Duration::from_hours(1);

/// How far what is shown of a credential can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// The number is current.
    Fresh,
    /// Nothing is known yet: the first answer is not in.
    Waiting,
    /// The number is older than one and a half intervals.
    Stale,
    /// The reset has passed since the number was read: it is not of this window.
    PendingReset,
    /// The last refresh failed, and nothing was known before.
    Failed,
}

/// What comes when everything included is used up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beyond {
    /// Requests are paid from the balance, of so many dollars.
    Paid(f64),
    /// Requests are refused (402): the balance is empty.
    Refused,
    /// Requests go on an invoice, or are free.
    Unlimited,
    /// The balance is not known.
    Unknown,
}

impl CredentialUsage {
    /// The window that binds: the place in [`CredentialUsage::windows`] of the one that will stop requests
    /// first by its forecast, or else of the one with the smallest part left.
    #[must_use]
    pub fn binding_index(&self, now: DateTime<Utc>) -> Option<usize> {
        windows::binding(&self.windows, now)
    }

    /// The window that binds.
    #[must_use]
    pub fn binding(&self, now: DateTime<Utc>) -> Option<&WindowState> {
        self.windows.get(self.binding_index(now)?)
    }

    /// The windows of the plan of which the server does not say whether they have a cap. What is said of the window
    /// that binds, and of what is left, holds as far as the others go.
    pub fn not_told(&self) -> impl Iterator<Item = WindowKind> {
        self.caps().value().and_then(Option::as_ref).into_iter().flat_map(Subscription::not_told)
    }

    /// What comes when everything included is used up.
    #[must_use]
    pub fn beyond(&self) -> Beyond {
        let Some(account) = self.account.value() else { return Beyond::Unknown };
        match (account.role, account.balance) {
            (Role::Free | Role::Invoiced, _) => Beyond::Unlimited,
            (Role::Ordinary, Some(balance)) if balance > 0.0 => Beyond::Paid(balance),
            (Role::Ordinary, Some(_)) => Beyond::Refused,
            (Role::Ordinary, None) => Beyond::Unknown,
        }
    }

    /// The balance in dollars, where it is what requests are paid from now: none is included, or all that is included is
    /// used up. `None` elsewhere, and where it is not known or nothing is charged.
    #[must_use]
    pub fn lives_on(&self, now: DateTime<Utc>) -> Option<f64> {
        let quota = self.usage(now)?.quota();
        let is_spent = match self.binding(now) {
            Some(state) => state.window.is_exhausted(now) && !state.window.is_of_chute(),
            None => quota == Quota::Finite(0),
        };
        self.account.value().filter(|account| is_spent && account.role == Role::Ordinary)?.balance
    }

    /// The threshold in dollars that the balance has come down to, where requests are paid from that.
    #[must_use]
    pub fn low_balance(&self, now: DateTime<Utc>) -> Option<Reached<'_>> {
        self.identity().thresholds.reached_by_balance(self.lives_on(now)?)
    }

    /// Room for so many requests, as the tightest window leaves it: the requests left of the daily quota, or
    /// of a cap the same part of the daily quota as is left of the cap. Infinite without a daily limit.
    /// `None` when the numbers are not current, the key is refused, or no request is included.
    #[must_use]
    pub fn room(&self, now: DateTime<Utc>) -> Option<f64> {
        let is_good = self.freshness(now) == Freshness::Fresh && self.failure.is_none();
        let usage = self.usage(now).filter(|_| is_good)?;
        match usage.quota() {
            Quota::Unlimited => Some(f64::INFINITY),
            Quota::Finite(0) => None,
            Quota::Finite(_) => windows::room(&self.windows, usage, now),
        }
    }

    /// How far what is shown can be trusted.
    #[must_use]
    pub fn freshness(&self, now: DateTime<Utc>) -> Freshness {
        match (&self.baseline, &self.failure) {
            (Some(snapshot), _) if now >= snapshot.reset_at => Freshness::PendingReset,
            (Some(snapshot), _) if self.reading(snapshot).is_old(now) => Freshness::Stale,
            (Some(_), _) => Freshness::Fresh,
            (None, Some(_)) => Freshness::Failed,
            (None, None) => Freshness::Waiting,
        }
    }

    /// Whether the number of the window that binds is current, as well as that of the day.
    #[must_use]
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.freshness(now) == Freshness::Fresh && self.old_binding(now).is_none()
    }

    /// The window that binds, when its number is old: the optional request that brings it did not succeed, or was
    /// not yet sent.
    #[must_use]
    pub fn old_binding(&self, now: DateTime<Utc>) -> Option<&WindowState> {
        self.binding(now).filter(|state| self.is_old(&state.window, now))
    }

    /// Whether the number of one of its windows is not current: older than one and a half of the intervals in which it is
    /// asked for, or of a time to come.
    #[must_use]
    pub fn is_old(&self, window: &Window, now: DateTime<Utc>) -> bool {
        self.reading_of(window).is_old(now)
    }

    /// When what changes seldom of a part was read, if that is not current any more: the balance, the plan.
    #[must_use]
    pub fn old_part(&self, part: Part, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.seldom_reading(part).filter(|reading| reading.is_old(now)).map(|reading| reading.at)
    }

    /// Why the caps are not known as they are now, when the last request for them failed and what was known of them is
    /// old, over, or nothing.
    #[must_use]
    pub fn caps_in_doubt(&self, now: DateTime<Utc>) -> Option<&Failure> {
        let failure = self.part_failure(Part::Caps)?;
        let is_cap = |state: &&WindowState| matches!(state.window.kind, WindowKind::FourHour | WindowKind::Monthly);
        let is_past = |state: &WindowState| !state.window.is_current(now) || self.is_old(&state.window, now);
        let mut caps = self.windows().iter().filter(is_cap);
        (self.caps().value().is_none() || caps.any(is_past)).then_some(failure)
    }

    /// Whether all windows of the account are known, and as they are now.
    #[must_use]
    pub fn is_wholly_known(&self, now: DateTime<Utc>) -> bool {
        self.not_told().next().is_none() && self.caps_in_doubt(now).is_none() && self.old_binding(now).is_none()
    }

    /// The window of a chute that binds, and of which nothing is left: requests to others are served all the same.
    #[must_use]
    pub fn used_up_chute(&self, now: DateTime<Utc>) -> Option<&WindowState> {
        self.binding(now).filter(|state| state.window.is_of_chute() && state.window.is_exhausted(now))
    }

    /// Whether nothing is left of the window that binds until its reset, as far as is known; a chute's own does not count.
    #[must_use]
    pub fn is_exhausted(&self, now: DateTime<Utc>) -> bool {
        self.headroom(now) == Headroom::Exhausted
    }

    /// How close to empty the window that binds is; unknown when no number of this day is in. A chute that is used up
    /// makes it nearly out, and no more.
    #[must_use]
    pub fn headroom(&self, now: DateTime<Utc>) -> Headroom {
        let Some(usage) = self.usage(now) else { return Headroom::Unknown };
        let binding = self.binding(now).map(|state| &state.window);
        let level = |left| self.identity().thresholds.of_credential(left, self, now);
        match (usage.headroom(), binding.and_then(Window::remaining_fraction)) {
            (Headroom::Unknown, _) => Headroom::Unknown,
            (_, Some(left)) => match level(left) {
                Headroom::Exhausted if binding.is_some_and(Window::is_of_chute) => Headroom::NearlyOut,
                level => level,
            },
            // Of what is paid as it goes the balance may be low, if a threshold is in dollars.
            (Headroom::NoQuota, None) if matches!(self.beyond(), Beyond::Paid(_)) => match level(1.0) {
                Headroom::Ok => Headroom::NoQuota,
                low => low,
            },
            (headroom, None) => headroom,
        }
    }

    /// The threshold that makes it low or nearly out, if it is, with the number that this is about.
    #[must_use]
    pub fn reached(&self, now: DateTime<Utc>) -> Option<Reached<'_>> {
        let headroom = self.headroom(now);
        self.identity().thresholds.reached(self, now).filter(|reached| reached.headroom == headroom)
    }

    /// The next instant after `now` at which what is shown changes by itself: a number turns stale, a window is reset, or
    /// is low by the time until it is empty.
    #[must_use]
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let reset = self.baseline.map(|snapshot| snapshot.reset_at);
        let resets = self.windows.iter().map(|state| state.window.reset_at).chain([reset]).flatten();
        let daily = self.baseline.iter().map(|snapshot| self.reading(snapshot));
        let readings = self.windows.iter().map(|state| self.reading_of(&state.window));
        let seldom = [Part::Account, Part::Caps].into_iter().filter_map(|part| self.seldom_reading(part));
        let turns = daily.chain(readings).chain(seldom).flat_map(Reading::turns);
        let crossed = self.windows.iter().flat_map(|state| self.identity().thresholds.crossed_at(state));
        resets.chain(turns).chain(crossed).filter(|at| *at > now).min()
    }

    fn reading(&self, snapshot: &Snapshot) -> Reading {
        Reading { at: snapshot.fetched_at, interval: self.interval }
    }

    fn reading_of(&self, window: &Window) -> Reading {
        let interval = match window.kind {
            WindowKind::Chute(_) if self.caps().value() == Some(&None) => self.interval.max(SELDOM),
            _ => self.interval,
        };
        Reading { at: window.fetched_at, interval }
    }

    fn seldom_reading(&self, part: Part) -> Option<Reading> {
        Some(Reading { at: self.part_fetched_at(part)?, interval: self.interval.max(SELDOM) })
    }
}

/// When a number was read, and how long it is to serve.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: DateTime<Utc>,
    interval: Duration,
}

impl Reading {
    /// A time this far ahead of the clock is that of a clock that was set back since: nobody can tell how long ago it was.
    const AHEAD: TimeDelta = TimeDelta::minutes(1);

    /// Whether it is not current: read more than one and a half intervals ago, or at a time to come.
    fn is_old(self, now: DateTime<Utc>) -> bool {
        self.at - now > Self::AHEAD || self.current_until().is_some_and(|until| now > until)
    }

    /// The last instant at which it is current. `None`: it does not age.
    fn current_until(self) -> Option<DateTime<Utc>> {
        let serves = TimeDelta::from_std(self.interval.checked_add(self.interval / 2)?).ok()?;
        self.at.checked_add_signed(serves)
    }

    /// The instants at which it turns current, and old.
    fn turns(self) -> impl Iterator<Item = DateTime<Utc>> {
        let old = self.current_until().and_then(|until| until.checked_add_signed(TimeDelta::milliseconds(1)));
        [self.at.checked_sub_signed(Self::AHEAD), old].into_iter().flatten()
    }
}
