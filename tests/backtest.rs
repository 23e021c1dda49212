//! The figures of the back-test hold: what `docs/forecast.md` says of the forecast cannot rot.

#[path = "../examples/backtest/caps.rs"]
mod caps;
#[path = "../examples/backtest/random.rs"]
mod random;
#[path = "../examples/backtest/read.rs"]
mod read;
#[path = "../examples/backtest/replay.rs"]
mod replay;
#[path = "../examples/backtest/report.rs"]
mod report;
#[path = "../examples/backtest/series.rs"]
mod series;
#[path = "../examples/backtest/traces.rs"]
mod traces;

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;

use crate::replay::{Score, overall, replay};
use crate::series::Series;

fn built_in() -> Vec<Score> {
    traces::all().into_iter().map(|trace| replay(&Series::built_in(trace))).collect()
}

#[test]
fn the_forecast_beats_the_line_on_every_trace_and_is_no_worse_on_the_steady_one() {
    for score in built_in() {
        let most = if score.name == "steady" { 1.0 + 1e-9 } else { 0.6 };
        assert!(score.ratio() <= most, "{}: {}", score.name, score.ratio());
    }
    assert!(overall(&built_in()) <= 0.3, "{}", overall(&built_in()));
}

#[test]
fn the_range_holds_four_outcomes_in_five() {
    let scores = built_in();
    for score in &scores {
        assert!((0.7..=0.9).contains(&score.coverage()), "{}: {}", score.name, score.coverage());
    }
}

#[test]
fn every_trace_has_eight_days_or_more() {
    for trace in traces::all() {
        let series = Series::built_in(trace);
        assert!(series.days.len() >= 8, "{}", series.name);
    }
}

#[test]
fn the_table_in_the_docs_is_the_one_that_is_printed() {
    let docs = std::fs::read_to_string("docs/forecast.md").unwrap();
    assert!(
        docs.contains(&report::table(&built_in())),
        "put this in docs/forecast.md:\n{}",
        report::table(&built_in())
    );
}

fn of_caps() -> Vec<Score> {
    caps::all().iter().map(caps::replay).collect()
}

#[test]
fn caps_are_foreseen_as_well_as_the_docs_say() {
    let scores = of_caps();
    let docs = std::fs::read_to_string("docs/forecast.md").unwrap();
    let table = report::table_of_windows(&scores);
    assert!(docs.contains(&table), "put this in docs/forecast.md:\n{table}");
    assert!(overall(&scores) <= 0.9, "{}", overall(&scores));
    // Of a month the range may be too wide, of four hours too narrow: the docs and the screen say so.
    for score in &scores {
        assert!(score.coverage() >= 0.6, "{}: {}", score.name, score.coverage());
    }
}

#[test]
fn months_begin_at_the_end_of_a_month_too() {
    let months = caps::all().into_iter().filter(|trace| trace.name.starts_with("month"));
    for (_, windows) in months.flat_map(|trace| trace.pasts) {
        for pair in windows.windows(2) {
            assert_eq!(pair[0].window.reset, pair[1].window.start);
        }
    }
    let starts = |day: &str| {
        let all = caps::all().into_iter().flat_map(|trace| trace.pasts).flat_map(|(_, windows)| windows);
        all.filter(|spent| spent.window.start.format("%d").to_string() == day).count()
    };
    assert!(["28", "29", "30", "31"].iter().all(|day| starts(day) > 0));
}

#[test]
fn the_figures_for_programs_are_the_same() {
    let scores = built_in();
    let figures: serde_json::Value = serde_json::from_str(&report::json(&scores)).unwrap();
    assert_eq!(figures["traces"].as_array().unwrap().len(), scores.len());
    assert_eq!(figures["traces"][1]["name"], "office hours");
    assert_eq!(figures["traces"][1]["points"][0]["at"], 0.25);
    assert!((figures["geometric_mean_ratio"].as_f64().unwrap() - overall(&scores)).abs() < 1e-12);
}

#[rstest]
#[case::naive("2026-11-23T13:00:00,5", "2026-11-23T13:00:00Z", 5.0)]
#[case::a_blank("2026-11-23 13:00, 5.5", "2026-11-23T13:00:00Z", 5.5)]
#[case::with_a_zone("2026-11-23T13:00:00+01:00,5", "2026-11-23T12:00:00Z", 5.0)]
#[case::a_day("2026-11-23,5", "2026-11-23T00:00:00Z", 5.0)]
#[case::header("\u{feff}time,requests\r\n\r\n2026-11-23T13:00:00Z,-2\r\n", "2026-11-23T13:00:00Z", -2.0)]
fn a_row_is_a_time_and_a_number(#[case] text: &str, #[case] at: DateTime<Utc>, #[case] value: f64) {
    assert_eq!(read::rows(text).unwrap(), [(at, value)]);
}

#[rstest]
#[case::empty("", "no rows of timestamp,value")]
#[case::only_a_header("time,value\n", "no rows of timestamp,value")]
#[case::second_header("time,value\ntime,value\n", "line 2: \"time\" is not a time such as")]
#[case::no_time("2026-13-01T00:00:00,5", "line 1: \"2026-13-01T00:00:00\" is not a time such as")]
#[case::no_number("t,v\n\n2026-11-23,five", "line 3: \"five\" is not a number")]
#[case::not_finite("2026-11-23,NaN", "line 1: \"NaN\" is not a number")]
#[case::no_comma("2026-11-23 5", "line 1: expected timestamp,value")]
fn a_bad_line_is_named_in_one_line(#[case] text: &str, #[case] error: &str) {
    let said = read::rows(text).unwrap_err();
    assert!(said.starts_with(error) && !said.contains('\n'), "{said}");
}

#[test]
fn a_missing_file_is_named() {
    let error = read::file(Path::new("no/such.csv")).err().unwrap();
    assert!(error.starts_with("no/such.csv: "), "{error}");
}

fn hourly(hours: impl IntoIterator<Item = i64>) -> Series {
    // A midnight.
    let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    Series::new("hourly".to_owned(), hours.into_iter().map(|hour| (start + TimeDelta::hours(hour), 1.0)))
}

#[test]
fn gaps_within_a_day_are_no_use_and_days_without_rows_are_unknown() {
    // From noon of the first day on, the third day missing, the fourth with a gap, the fifth breaking off.
    let series = hourly((12..48).chain(72..80).chain(90..96).chain(96..105));
    let totals: Vec<f64> = series.days.iter().map(series::Day::total).collect();
    assert_eq!(totals, [12.0, 24.0, 14.0, 9.0]);
    let covered = |day: &series::Day| day.buckets.iter().fold(TimeDelta::zero(), |sum, bucket| sum + bucket.width);
    let covered: Vec<i64> = series.days.iter().map(|day| covered(day).num_hours()).collect();
    assert_eq!(covered, [12, 24, 24, 9]);
    let score = replay(&series);
    assert_eq!((score.days, score.left_out, score.unused), (2, 2, 0));
}

#[test]
fn the_line_goes_through_the_windows_start() {
    // A day that uses everything before six: the line expects four times as much.
    let score = replay(&hourly((0..24).chain(24..30).chain(48..72)));
    assert_eq!(score.days, 2);
    let worst = score.points.first().unwrap().line.p90();
    assert!((worst - 2.7).abs() < 1e-9, "{worst}");
}
