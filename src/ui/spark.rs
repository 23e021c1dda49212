//! The requests of today by the hour, a character each: `▂▃▅▇▆▄·▁`.
//!
//! Drawn by hand: ratatui's `Sparkline` panics outside the buffer.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::activity::HourlyRequests;
use crate::domain::usage::part::PartState;
use crate::domain::window::{day_before, next_daily_reset};
use crate::ui::Context;
use crate::ui::marks::Marks;

/// A character for each hour of the UTC day.
pub(super) const HOURS: u16 = 24;

/// The highest column leaves a trace of its cell free, so that it does not touch the line above.
const HIGHEST: f64 = 7.0 / 8.0;

/// The hours of today. An hour without requests is a dot, and one that the server has not reported is blank.
pub(super) fn today(hours: &PartState<Arc<[HourlyRequests]>>, ctx: &Context<'_>) -> Option<String> {
    let start = day_before(next_daily_reset(ctx.now))?;
    let known_until = hours.fetched_at().filter(|at| *at > start)?;
    Some(line(hours.value()?, start, known_until, &ctx.theme.marks))
}

fn line(hours: &[HourlyRequests], start: DateTime<Utc>, known_until: DateTime<Utc>, marks: &Marks) -> String {
    let today = hours.get(hours.partition_point(|hour| hour.hour < start)..).unwrap_or_default();
    let most = today.iter().map(|hour| hour.requests).fold(0.0, f64::max);
    (0..i64::from(HOURS))
        .map(|place| {
            let hour = start + TimeDelta::hours(place);
            if hour > known_until {
                return " ";
            }
            let requests: f64 = today.iter().filter(|known| known.hour == hour).map(|known| known.requests).sum();
            marks.column(requests / most * HIGHEST)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_dots_and_hours_to_come_are_blank() {
        let start: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        let hour = |place: i64, requests: f64| HourlyRequests { hour: start + TimeDelta::hours(place), requests };
        let hours = [hour(-1, 99.0), hour(0, 1.0), hour(2, 50.0), hour(3, 100.0), hour(5, 0.1)];
        let known_until = start + TimeDelta::minutes(6 * 60 + 10);
        assert_eq!(line(&hours, start, known_until, &Marks::UNICODE).trim_end(), "▁·▄▇·▁·");
        assert_eq!(line(&hours, start, known_until, &Marks::ASCII).trim_end(), "_._#._.");
        assert_eq!(line(&[], start, known_until, &Marks::UNICODE).trim_end(), "·······");
    }
}
