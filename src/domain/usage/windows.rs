//! From the answers to the windows, their forecasts, and the one that binds.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::account::{Cap, Subscription};
use crate::domain::activity::HourlyRequests;
use crate::domain::forecast::{self, Forecast, History};
use crate::domain::quota::{QuotaUsage, as_f64};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::part::{ChuteQuota, PartState};
use crate::domain::usage::series::Series;
use crate::domain::window::{
    Limit, ResetSource, Window, WindowKind, day_before, four_hours_before, month_before, next_daily_reset,
    next_four_hour_reset,
};

/// A window, and what is to be expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowState {
    /// The window.
    pub window: Window,
    /// What is to be expected, as of the last answer.
    pub forecast: Forecast,
}

impl WindowState {
    /// When it will be empty, if that is to be expected before its reset.
    #[must_use]
    pub fn empty_at(&self) -> Option<DateTime<Utc>> {
        self.forecast.empty_at()
    }
}

/// The windows that the answers tell of, in the order in which they are shown.
pub(super) fn of(
    snapshot: Option<&Snapshot>,
    caps: &PartState<Option<Subscription>>,
    quotas: &PartState<Vec<ChuteQuota>>,
) -> Vec<Window> {
    let mut windows: Vec<Window> = snapshot.and_then(daily).into_iter().collect();
    if let (Some(Some(subscription)), Some(at)) = (caps.value(), caps.fetched_at()) {
        windows.extend(subscription.four_hour.cap().map(|cap| four_hour(cap, at)));
        windows.extend(subscription.monthly.cap().map(|cap| monthly(cap, subscription.anchor, at)));
    }
    windows.extend(quotas.value().into_iter().flatten().filter_map(chute));
    windows
}

fn daily(snapshot: &Snapshot) -> Option<Window> {
    let limit = snapshot.usage.limit()?;
    Some(Window {
        kind: WindowKind::Daily,
        used: snapshot.usage.used(),
        limit: Limit::Requests(limit),
        start: day_before(snapshot.reset_at),
        reset_at: Some(snapshot.reset_at),
        reset_source: ResetSource::Computed,
        fetched_at: snapshot.fetched_at,
    })
}

/// The blocks are fixed, so a reset that the server leaves out can be computed.
fn four_hour(cap: Cap, at: DateTime<Utc>) -> Window {
    let reset_at = cap.reset_at.unwrap_or_else(|| next_four_hour_reset(at));
    Window {
        kind: WindowKind::FourHour,
        used: Some(cap.usage),
        limit: Limit::Dollars(cap.cap),
        start: four_hours_before(reset_at),
        reset_at: Some(reset_at),
        reset_source: if cap.reset_at.is_some() { ResetSource::Server } else { ResetSource::Computed },
        fetched_at: at,
    }
}

fn monthly(cap: Cap, anchor: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Window {
    Window {
        kind: WindowKind::Monthly,
        used: Some(cap.usage),
        limit: Limit::Dollars(cap.cap),
        start: anchor.or_else(|| month_before(cap.reset_at?)),
        reset_at: cap.reset_at,
        reset_source: ResetSource::Server,
        fetched_at: at,
    }
}

fn chute(quota: &ChuteQuota) -> Option<Window> {
    let (usage, at) = (quota.count.value()?, quota.count.fetched_at()?);
    let limit = usage.limit()?;
    let reset_at = next_daily_reset(at);
    Some(Window {
        kind: WindowKind::Chute(quota.chute.clone()),
        used: usage.used(),
        limit: Limit::Requests(limit),
        start: day_before(reset_at),
        reset_at: Some(reset_at),
        reset_source: ResetSource::Computed,
        fetched_at: at,
    })
}

/// Forecasts each window as of `at`: from its samples, and from what the account used before: for the shared daily
/// count its requests, for dollars what these cost, as far as the month's counter tells.
pub(super) fn forecast(
    windows: Vec<Window>,
    series: &Series,
    hours: &PartState<Arc<[HourlyRequests]>>,
    at: DateTime<Utc>,
) -> Vec<WindowState> {
    let spending = spending(&windows, series, hours);
    windows
        .into_iter()
        .map(|window| {
            let forecast = match window.kind {
                WindowKind::Daily => forecast_one(&window, series, &requests(hours, &window), at),
                WindowKind::FourHour | WindowKind::Monthly => forecast_one(&window, series, &spending, at),
                WindowKind::Chute(_) => forecast_one(&window, series, &History::default(), at),
            };
            WindowState { window, forecast }
        })
        .collect()
}

/// The requests of the days before the window.
fn requests(hours: &PartState<Arc<[HourlyRequests]>>, window: &Window) -> History {
    let (Some(hours), Some(start)) = (hours.value(), window.start) else { return History::default() };
    History::of_hours(hours, start, 1.0)
}

/// The dollars of the hours before, told from the requests in them and from what the month's counter read.
fn spending(windows: &[Window], series: &Series, hours: &PartState<Arc<[HourlyRequests]>>) -> History {
    let month = windows.iter().find(|window| window.kind == WindowKind::Monthly && !window.is_renewal_pending());
    let (Some(month), Some(requests), Some(known_until)) = (month, hours.value(), hours.fetched_at()) else {
        return History::default();
    };
    let start = month.start.map(|at| forecast::Sample { at, used: 0.0 });
    let samples: Vec<_> = start.into_iter().chain(series.of(&month.kind).iter().copied()).collect();
    History::of_spending(requests, known_until, &samples)
}

fn forecast_one(window: &Window, series: &Series, history: &History, at: DateTime<Utc>) -> Forecast {
    let (Some(start), Some(reset)) = (window.start, window.reset_at) else { return Forecast::Unknown };
    let limit = window.limit.amount();
    if window.is_renewal_pending() || limit <= 0.0 || window.used.is_none() {
        return Forecast::Unknown;
    }
    let period = forecast::Window { start, reset, limit: Some(limit) };
    forecast::forecast(&period, series.of(&window.kind), history, at)
}

/// The place of the window that will stop requests first by its forecast, or else of the one with the smallest part left.
/// One that is used up comes first, unless it is a chute's own: that stops no other. A window whose reset has passed, or
/// of which the use is not known, cannot be judged; one with a limit of 0 has nothing to run out of.
pub(super) fn binding(windows: &[WindowState], now: DateTime<Utc>) -> Option<usize> {
    let judged = || {
        windows.iter().enumerate().filter_map(|(place, state)| {
            let is_judged = state.window.is_current(now) && state.window.limit.amount() > 0.0;
            Some((place, state, state.window.remaining_fraction().filter(|_| is_judged)?))
        })
    };
    let stops_all = |state: &WindowState| !state.window.is_of_chute() && state.window.is_exhausted(now);
    let used_up = judged().find(|(_, state, _)| stops_all(state)).map(|(place, ..)| place);
    let empty = || judged().filter_map(|(place, state, _)| Some((place, state.empty_at()?)));
    let first_empty = || empty().min_by_key(|(_, empty_at)| *empty_at).map(|(place, _)| place);
    let tightest = || judged().min_by(|a, b| a.2.total_cmp(&b.2)).map(|(place, ..)| place);
    used_up.or_else(first_empty).or_else(tightest)
}

/// The requests that the tightest of the account's windows leaves room for; a chute's own window stops
/// only that chute and does not count. `None` when one of them is not known.
pub(super) fn room(windows: &[WindowState], usage: &QuotaUsage, now: DateTime<Utc>) -> Option<f64> {
    let daily = as_f64(usage.limit()?);
    let mut room = usage.remaining()?;
    for state in windows {
        if let WindowKind::FourHour | WindowKind::Monthly = state.window.kind
            && state.window.is_current(now)
        {
            room = room.min(state.window.remaining_fraction()? * daily);
        }
    }
    Some(room)
}
