//! The forecast's figures on the built-in traces, so that they cannot rot; and what the back-test makes of files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly; its helpers are part of it")]

#[path = "../examples/backtest/random.rs"]
mod random;
#[path = "../examples/backtest/read.rs"]
#[allow(dead_code, reason = "the example also reads from a path")]
mod read;
#[path = "../examples/backtest/replay.rs"]
#[allow(dead_code, reason = "the example also prints counts")]
mod replay;
#[path = "../examples/backtest/series.rs"]
mod series;
#[path = "../examples/backtest/traces.rs"]
mod traces;

use replay::{Score, replay};
use series::Series;

fn scores() -> Vec<Score> {
    traces::all().into_iter().map(|trace| replay(&Series::built_in(trace))).collect()
}

#[test]
fn the_forecast_beats_the_straight_line_and_its_range_holds() {
    let scores = scores();
    assert_eq!(scores.len(), 7);
    for score in &scores {
        let most = if score.name == "steady" { 1.0 } else { 0.999 };
        assert!(score.ratio() <= most, "{}: {}", score.name, score.ratio());
        assert!((0.7..=0.9).contains(&score.coverage()), "{}: {}", score.name, score.coverage());
        assert!(score.days >= 7, "{}: {} days", score.name, score.days);
    }
    assert!(replay::overall(&scores) <= 0.6, "{}", replay::overall(&scores));
}

#[test]
fn both_forms_of_time_are_read_and_a_head_line_is_no_error() {
    let rows = read::rows("timestamp,value\n2026-11-01T00:00:00,3\n2026-11-01T01:00:00Z,4.5\n\n").unwrap();
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [3.0, 4.5]);
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    for text in ["2026-11-01T00:00:00,3\nsoon,4\n", "2026-11-01T00:00:00,3\n2026-11-01T01:00:00,many\n"] {
        let error = read::rows(text).unwrap_err();
        assert!(error.contains('2') && !error.contains('\n'), "{error}");
    }
}
