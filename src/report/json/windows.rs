//! The windows of a credential, with their forecasts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::values::{DOLLARS, FRACTIONS, REQUESTS, Time, tidy};
use crate::domain::forecast::Forecast;
use crate::domain::usage::WindowState;
use crate::domain::window::{Limit, ResetSource, Window, WindowKind};

/// One window. Its limit outlives a reset; its use and its forecast do not.
#[derive(Serialize)]
pub(super) struct WindowFields<'a> {
    kind: &'static str,
    chute: Option<&'a str>,
    unit: &'static str,
    used: Option<f64>,
    limit: Amount,
    remaining: Option<f64>,
    remaining_fraction: Option<f64>,
    reset_at: Option<Time>,
    reset_source: &'static str,
    forecast: ForecastFields,
}

/// A number of requests is an integer, however large; dollars are as the server says.
#[derive(Serialize)]
#[serde(untagged)]
enum Amount {
    Requests(u64),
    Dollars(f64),
}

/// The forecast of a window.
#[derive(Serialize)]
struct ForecastFields {
    state: &'static str,
    used_at_reset: Option<f64>,
    empty_at: Option<Time>,
}

impl<'a> WindowFields<'a> {
    /// The window as it stands at `now`.
    pub(super) fn of(state: &'a WindowState, now: DateTime<Utc>) -> Self {
        let WindowState { window, forecast } = state;
        let current = Some(window).filter(|window| window.is_current(now));
        let scale = scale(window.limit);
        let (reset_at, reset_source) = window.next_reset(now);
        Self {
            kind: window.kind.as_str(),
            chute: match &window.kind {
                WindowKind::Chute(chute) => Some(chute.as_str()),
                WindowKind::Daily | WindowKind::FourHour | WindowKind::Monthly => None,
            },
            unit: window.limit.unit(),
            used: current.and_then(|window| window.used).map(|used| match window.limit {
                // The server's count is a sum of tenths; its dollars are given as they are.
                Limit::Requests(_) => tidy(used, scale),
                Limit::Dollars(_) => used,
            }),
            limit: match window.limit {
                Limit::Requests(requests) => Amount::Requests(requests),
                Limit::Dollars(dollars) => Amount::Dollars(dollars),
            },
            remaining: current.and_then(Window::remaining).map(|left| tidy(left, scale)),
            remaining_fraction: current.and_then(Window::remaining_fraction).map(|left| tidy(left, FRACTIONS)),
            reset_at: reset_at.map(Time),
            reset_source: match reset_source {
                ResetSource::Server => "server",
                ResetSource::Computed => "computed",
            },
            forecast: ForecastFields::of(if current.is_some() { forecast } else { &Forecast::Unknown }, scale),
        }
    }
}

impl ForecastFields {
    fn of(forecast: &Forecast, scale: f64) -> Self {
        let used_at_reset = forecast.outlook().map(|outlook| tidy(outlook.used_at_reset, scale));
        Self { state: forecast.state(), used_at_reset, empty_at: forecast.empty_at().map(Time) }
    }
}

/// The precision of a number of this unit.
fn scale(limit: Limit) -> f64 {
    match limit {
        Limit::Requests(_) => REQUESTS,
        Limit::Dollars(_) => DOLLARS,
    }
}
