//! The time axis of a chart: its foot and the labels under it, by the reader's clock.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::domain::past::Span;
use crate::domain::text::Zone;
use crate::ui::cells;
use crate::ui::marks::Marks;

/// Hours between two labels, from the densest that is possible.
const STEPS: [i64; 11] = [1, 2, 3, 4, 6, 12, 24, 48, 72, 120, 240];

/// The foot of the chart and its labels, each as wide as the chart.
pub(super) fn lines(span: Span, until: DateTime<Utc>, width: u16, zone: Zone, marks: &Marks) -> (String, String) {
    let mut foot = vec![marks.foot.0; usize::from(width)];
    let mut labels = String::new();
    for (column, label) in ticks(span, until, width, zone) {
        let start = usize::from(column.saturating_sub(cells::width(&label) / 2));
        let taken = usize::from(cells::width(&labels));
        let ends = start + usize::from(cells::width(&label));
        if ends > usize::from(width) || (taken > 0 && start <= taken) {
            continue;
        }
        if let Some(cell) = foot.get_mut(usize::from(column)) {
            *cell = marks.foot.1;
        }
        labels.push_str(&" ".repeat(start - taken));
        labels.push_str(&label);
    }
    (foot.concat(), labels)
}

/// The column of each label, and what it says.
fn ticks(span: Span, until: DateTime<Utc>, width: u16, zone: Zone) -> Vec<(u16, String)> {
    let length = span.length();
    let from = until - length;
    let hours_of_a_label = |room: i64| room * length.num_hours() / i64::from(width.max(1));
    let room = if span == Span::Month { 8 } else { 7 };
    let Some(step) = STEPS.into_iter().find(|step| *step >= hours_of_a_label(room)) else { return Vec::new() };
    let offset = zone.clock_time(until) - until.naive_utc();
    let first = next_multiple(from.naive_utc() + offset, step);
    let times = std::iter::successors(Some(first), |at| at.checked_add_signed(TimeDelta::hours(step)));
    (times.map(|local| (local - offset).and_utc()).take_while(|at| *at < until))
        .filter_map(|at| Some((column(at - from, length, width)?, label(at, step, span, zone))))
        .collect()
}

/// The first whole multiple of so many hours by the reader's clock.
fn next_multiple(local: NaiveDateTime, hours: i64) -> NaiveDateTime {
    let step = hours * 3600;
    let seconds = local.and_utc().timestamp();
    local + TimeDelta::seconds(step - 1 - (seconds - 1).rem_euclid(step))
}

fn column(passed: TimeDelta, length: TimeDelta, width: u16) -> Option<u16> {
    let column = passed.num_seconds() * i64::from(width) / length.num_seconds().max(1);
    u16::try_from(column).ok().filter(|column| *column < width)
}

fn label(at: DateTime<Utc>, step: i64, span: Span, zone: Zone) -> String {
    let format = match (step, span) {
        (..24, _) => "%H:%M",
        (_, Span::Month) => "%b %-d",
        _ => "%a",
    };
    zone.clock_time(at).format(format).to_string()
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        Span::FourHours,
        "──────────┬──────────────┬──────────────┬──────────────┬────",
        "        16:00          17:00          18:00          19:00"
    )]
    #[case(
        Span::Day,
        "─┬─────────┬─────────┬─────────┬─────────┬─────────┬────────",
        "20:00    00:00     04:00     08:00     12:00     16:00"
    )]
    #[case(
        Span::Week,
        "─┬────────┬───────┬────────┬───────┬────────┬────────┬──────",
        "Tue      Wed     Thu      Fri     Sat      Sun      Mon"
    )]
    #[case(
        Span::Month,
        "────────┬─────────┬─────────┬─────────┬─────────┬───────────",
        "     Oct 29     Nov 3     Nov 8    Nov 13    Nov 18"
    )]
    fn labels_stand_at_whole_hours_of_the_readers_clock(#[case] span: Span, #[case] foot: &str, #[case] labels: &str) {
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        let until = "2026-11-23T18:20:00Z".parse().unwrap();
        let drawn = lines(span, until, 60, zone, &Marks::UNICODE);
        assert_eq!((drawn.0.as_str(), drawn.1.as_str()), (foot, labels));
    }

    #[test]
    fn no_width_is_too_odd() {
        let until = "2026-11-23T18:20:00Z".parse().unwrap();
        for width in 0..300 {
            for span in [Span::FourHours, Span::Day, Span::Week, Span::Month] {
                let (foot, labels) = lines(span, until, width, Zone::Local, &Marks::ASCII);
                assert!(cells::width(&foot) == width && cells::width(&labels) <= width);
            }
        }
    }
}
