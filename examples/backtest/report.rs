//! The figures, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::replay::{Errors, Point, Score, overall};

/// A table, readable as it is and as Markdown.
pub(crate) fn table(scores: &[Score]) -> String {
    table_of("   days", scores)
}

/// The same of windows of other lengths.
pub(crate) fn table_of_windows(scores: &[Score]) -> String {
    table_of("windows", scores)
}

fn table_of(counted: &str, scores: &[Score]) -> String {
    let mut out = HEADER.replace("   days", counted);
    for score in scores {
        let errors: Vec<String> = score.points.iter().map(beside).collect();
        let errors = errors.join(" | ");
        let (name, days, ratio, held) = (&score.name, score.days, score.ratio(), 100.0 * score.coverage());
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {name:<22} | {days:>7} | {errors} | {ratio:>5.2} | {held:>5.0} % |");
    }
    let _ = writeln!(out, "\nGeometric mean of the ratios: {:.2}", overall(scores));
    for score in scores.iter().filter(|score| score.unused > 0) {
        let _ = writeln!(out, "{}: {} days without use are left out", score.name, score.unused);
    }
    out
}

const HEADER: &str = "\
Median and 90th percentile of the absolute relative error, in per cent: forecast (straight line)

| trace                  |    days | at 25 %                      | at 50 %                      | at 75 %                      | ratio | in range |
| ---------------------- | ------: | ---------------------------- | ---------------------------- | ---------------------------- | ----: | -------: |
";

fn beside(point: &Point) -> String {
    let pair = |ours: f64, line: f64| format!("{:>5.1} ({:>5.1})", 100.0 * ours, 100.0 * line);
    let (ours, line) = (&point.forecast, &point.line);
    format!("{}, {}", pair(ours.median(), line.median()), pair(ours.p90(), line.p90()))
}

/// The same as JSON.
pub(crate) fn json(scores: &[Score]) -> String {
    let errors = |errors: &Errors| json!({ "median": errors.median(), "p90": errors.p90() });
    let point = |point: &Point| {
        json!({
            "at": point.at,
            "forecast": errors(&point.forecast),
            "line": errors(&point.line),
            "in_range": point.within,
        })
    };
    let trace = |score: &Score| {
        json!({
            "name": score.name,
            "days": score.days,
            "days_left_out": score.left_out,
            "days_without_use": score.unused,
            "points": score.points.iter().map(point).collect::<Vec<Value>>(),
            "ratio": score.ratio(),
            "coverage": score.coverage(),
        })
    };
    let traces: Vec<Value> = scores.iter().map(trace).collect();
    format!("{:#}\n", json!({ "traces": traces, "geometric_mean_ratio": overall(scores) }))
}
