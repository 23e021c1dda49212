//! Reading a series from a file of `timestamp,value`.

use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::series::Series;

/// How a time without a zone may be written; it is UTC.
const NAIVE: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// Reads a file. The error is one line that names the file and the line of it.
pub(crate) fn file(path: &Path) -> Result<Series, String> {
    let name = path.file_stem().map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned());
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let rows = rows(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Series::new(name, rows))
}

/// The rows of a text. The first line may be a header.
pub(crate) fn rows(text: &str) -> Result<Vec<(DateTime<Utc>, f64)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty());
    let mut rows = Vec::new();
    for (place, (line, number)) in lines.enumerate() {
        match row(line) {
            Ok(row) => rows.push(row),
            Err(_) if place == 0 && is_header(line) => {}
            Err(error) => return Err(format!("line {number}: {error}")),
        }
    }
    if rows.is_empty() { Err("no rows of timestamp,value".to_owned()) } else { Ok(rows) }
}

fn row(line: &str) -> Result<(DateTime<Utc>, f64), String> {
    let (at, value) = line.split_once(',').ok_or("expected timestamp,value")?;
    let (at, value) = (bare(at), bare(value));
    let at =
        timestamp(at).ok_or_else(|| format!("{at:?} is not a time such as 2026-11-24T13:00:00 (UTC) or RFC 3339"))?;
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    Ok((at, number.ok_or_else(|| format!("{value:?} is not a number"))?))
}

/// Whether a line has a comma and neither a time nor a number around it.
fn is_header(line: &str) -> bool {
    line.split_once(',').is_some_and(|(at, value)| timestamp(bare(at)).is_none() && bare(value).parse::<f64>().is_err())
}

/// Without blanks and quotes around it.
fn bare(field: &str) -> &str {
    field.trim().trim_matches('"')
}

fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let stated = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let naive = || NAIVE.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || text.parse::<NaiveDate>().ok().map(|date| date.and_time(NaiveTime::MIN));
    // A year that no series comes from would overflow sums of times.
    stated
        .or_else(|| naive().or_else(date).map(|at| at.and_utc()))
        .filter(|at| (0..=4_102_444_800).contains(&at.timestamp()))
}
