//! The windows of every credential as metrics.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::family::{Family, Labels, Unit};
use super::{Labelled, seconds};
use crate::domain::usage::{UsageManager, WindowState};
use crate::domain::window::{Limit, Window, WindowKind};
use crate::report::values::{DOLLARS, FRACTIONS, REQUESTS, tidy};

/// Every window with the labels of its series.
type All<'a> = Vec<(Labels, &'a WindowState)>;

/// All families of windows.
pub(super) fn families(all: &[Labelled<'_>], usage: &UsageManager, now: DateTime<Utc>) -> Vec<Family> {
    let windows = windows(all);
    let mut families =
        vec![Family::info("chutes_chute", "The name of a chute with a quota of its own", chutes(all, usage))];
    families.extend(limits(&windows));
    families.extend(used(&windows, now));
    families.extend(outlook(&windows, now));
    families
}

fn windows<'a>(all: &[Labelled<'a>]) -> All<'a> {
    let labelled = |one: &Labelled<'a>| {
        let labels = one.labels.clone();
        one.entry.windows().iter().map(move |state| {
            let chute = chute(state).map(|chute| ("chute", chute.to_owned()));
            let more = [("window", state.window.kind.as_str().to_owned())].into_iter().chain(chute);
            (labels.iter().cloned().chain(more).collect(), state)
        })
    };
    all.iter().flat_map(labelled).collect()
}

fn chute(state: &WindowState) -> Option<&str> {
    match &state.window.kind {
        WindowKind::Chute(chute) => Some(chute.as_str()),
        WindowKind::Daily | WindowKind::FourHour | WindowKind::Monthly => None,
    }
}

/// The name of each chute once, beside its id: as a label of the windows, a name that is learned late would start their
/// series afresh.
fn chutes(all: &[Labelled<'_>], usage: &UsageManager) -> Vec<Labels> {
    let states = all.iter().flat_map(|one| one.entry.windows());
    let named: BTreeSet<(&str, &str)> = states
        .filter_map(|state| match &state.window.kind {
            WindowKind::Chute(chute) => Some((chute.as_str(), usage.chute_name(chute))),
            WindowKind::Daily | WindowKind::FourHour | WindowKind::Monthly => None,
        })
        .collect();
    let labels = |(chute, name): (&str, &str)| vec![("chute", chute.to_owned()), ("name", name.to_owned())];
    named.into_iter().map(labels).collect()
}

/// A gauge of every window of which `value` is known.
fn each(
    windows: &All<'_>,
    name: &'static str,
    help: &'static str,
    unit: Unit,
    value: impl Fn(&WindowState) -> Option<f64>,
) -> Family {
    let series = windows.iter().filter_map(|(labels, state)| Some((labels.clone(), value(state)?)));
    Family::gauge(name, help, unit, series)
}

/// How much there is of each window. It outlives a reset.
fn limits(windows: &All<'_>) -> [Family; 2] {
    [
        each(windows, "chutes_window_limit", "Requests that a window allows", Unit::Requests, |state| {
            in_requests(&state.window, state.window.limit.amount())
        }),
        each(windows, "chutes_window_limit", "Dollars that a window allows", Unit::Dollars, |state| {
            in_dollars(&state.window, state.window.limit.amount())
        }),
    ]
}

/// What is used of each window.
fn used(windows: &All<'_>, now: DateTime<Utc>) -> [Family; 3] {
    let used = |state: &WindowState| state.window.used.filter(|_| state.window.is_current(now));
    [
        each(windows, "chutes_window_used", "Requests used of a window; may pass the limit", Unit::Requests, |state| {
            in_requests(&state.window, used(state)?)
        }),
        each(windows, "chutes_window_used", "Dollars used of a window; may pass the limit", Unit::Dollars, |state| {
            in_dollars(&state.window, used(state)?)
        }),
        each(windows, "chutes_window_used", "Used part of a window; may pass 1", Unit::Ratio, |state| {
            let limit = state.window.limit.amount();
            (limit > 0.0).then_some(tidy(used(state)? / limit, FRACTIONS))
        }),
    ]
}

/// When each window is reset, and what is expected until then.
fn outlook(windows: &All<'_>, now: DateTime<Utc>) -> [Family; 4] {
    let expected = |state: &WindowState| {
        let outlook = state.forecast.outlook().filter(|_| state.window.is_current(now))?;
        Some(outlook.used_at_reset)
    };
    [
        each(windows, "chutes_window_reset_timestamp", "When a window is reset next", Unit::Seconds, |state| {
            state.window.next_reset(now).0.filter(|reset_at| *reset_at > now).and_then(seconds)
        }),
        each(
            windows,
            "chutes_window_forecast_empty_timestamp",
            "When a window is expected to be used up; absent if it is expected to last until its reset",
            Unit::Seconds,
            |state| state.empty_at().filter(|_| state.window.is_current(now)).and_then(seconds),
        ),
        each(
            windows,
            "chutes_window_forecast_used",
            "Requests expected to be used of a window at its reset",
            Unit::Requests,
            |state| in_requests(&state.window, expected(state)?),
        ),
        each(
            windows,
            "chutes_window_forecast_used",
            "Dollars expected to be used of a window at its reset",
            Unit::Dollars,
            |state| in_dollars(&state.window, expected(state)?),
        ),
    ]
}

fn in_requests(window: &Window, amount: f64) -> Option<f64> {
    matches!(window.limit, Limit::Requests(_)).then(|| tidy(amount, REQUESTS))
}

fn in_dollars(window: &Window, amount: f64) -> Option<f64> {
    matches!(window.limit, Limit::Dollars(_)).then(|| tidy(amount, DOLLARS))
}
