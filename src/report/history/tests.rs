use chrono::FixedOffset;
use pretty_assertions::assert_eq;

use super::*;
use crate::domain::text::Zone;
use crate::domain::window::{Limit, next_daily_reset};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-23T17:38:21Z")
}

fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(3600).unwrap())
}

fn chute(letter: char) -> ChuteId {
    ChuteId::parse(&format!("{}-0000-4000-8000-00000000000a", letter.to_string().repeat(8))).unwrap()
}

fn bucket(hour: &str, letter: Option<char>, requests: f64) -> Bucket {
    let (input_tokens, output_tokens) = (100_000, 2_000);
    Bucket { hour: at(hour), chute: letter.map(chute), requests, dollars: 0.1, input_tokens, output_tokens }
}

fn sample(time: &str, used: f64) -> PastSample {
    let at = at(time);
    PastSample { at, used: Some(used), limit: Limit::Requests(2000), reset_at: Some(next_daily_reset(at)) }
}

fn history(by: By, buckets: Vec<Bucket>, samples: Vec<PastSample>) -> History {
    let account = Account { name: "work".into(), shares_with: vec!["laptop".into()], buckets, samples };
    let names = [(chute('a'), "org/model, large".to_owned())].into();
    let since = by.since(now(), TimeDelta::days(7));
    History { accounts: vec![account], names, by, since, until: now() }
}

/// Two days that the server told of, the second in part, and one before that of which only the counter knows.
fn mixed(by: By) -> History {
    let buckets = vec![
        bucket("2026-11-22T09:00:00Z", Some('a'), 10.0),
        bucket("2026-11-22T09:00:00Z", Some('b'), 0.1),
        bucket("2026-11-23T08:00:00Z", None, 0.2),
    ];
    let samples = vec![
        sample("2026-11-21T10:00:00Z", 50.0),
        sample("2026-11-21T22:00:00Z", 400.5),
        sample("2026-11-23T08:59:00Z", 20.0),
        sample("2026-11-23T09:05:00Z", 26.0),
        sample("2026-11-23T09:10:00Z", 24.0),
        sample("2026-11-23T09:20:00Z", 27.0),
    ];
    history(by, buckets, samples)
}

/// Each line as `start or chute: requests source`.
fn lines(history: &History) -> Vec<String> {
    let line = |row: rows::Row| {
        let first = row.start.map_or_else(
            || row.chute.map_or("?".to_owned(), |chute| chute.short().to_owned()),
            |start| start.format("%d %H").to_string(),
        );
        format!("{first}: {:.1} {}", row.requests, row.source.as_str())
    };
    history.rows(&history.accounts[0]).into_iter().map(line).collect()
}

#[test]
fn hours_that_the_server_told_of_are_its_own_and_the_others_are_measured() {
    // Of the six requests between 8:59 and 9:05 five sixths are of the hour from 9.
    assert_eq!(lines(&mixed(By::Hour)), ["22 09: 10.1 server", "23 08: 0.2 server", "23 09: 6.0 measured"]);
}

#[test]
fn a_day_is_what_is_known_of_its_hours() {
    assert_eq!(lines(&mixed(By::Day)), ["21 00: 400.5 measured", "22 00: 10.1 server", "23 00: 6.2 both"]);
}

#[test]
fn chutes_come_by_their_share() {
    assert_eq!(lines(&mixed(By::Chute)), ["aaaaaaaa: 10.0 server", "?: 0.2 server", "bbbbbbbb: 0.1 server"]);
}

#[test]
fn a_reset_is_no_negative_use_and_a_gap_is_not_filled() {
    let samples = vec![
        sample("2026-11-21T23:40:00Z", 900.0),
        sample("2026-11-21T23:59:00Z", 910.0),
        // The counter is new, and its first reading is of the hour since.
        sample("2026-11-22T00:30:00Z", 3.0),
        // Nobody watched for hours: nobody knows when these were sent, but on which day they were.
        sample("2026-11-22T09:30:00Z", 500.0),
        PastSample { used: None, ..sample("2026-11-22T09:40:00Z", 0.0) },
        sample("2026-11-22T10:00:00Z", 504.0),
    ];
    let by_hour = history(By::Hour, vec![], samples.clone());
    assert_eq!(lines(&by_hour), ["21 23: 10.0 measured", "22 00: 3.0 measured", "22 09: 4.0 measured"]);
    assert_eq!(lines(&history(By::Day, vec![], samples)), ["21 00: 910.0 measured", "22 00: 504.0 measured"]);
}

#[test]
fn no_line_is_of_a_part_of_an_hour_or_a_day() {
    let span = TimeDelta::hours(24);
    assert_eq!(By::Hour.since(now(), span), at("2026-11-22T17:00:00Z"));
    assert_eq!(By::Day.since(now(), span), at("2026-11-22T00:00:00Z"));
    assert_eq!(By::Day.since(DateTime::<Utc>::MIN_UTC, span), DateTime::UNIX_EPOCH);
}

#[test]
fn the_tables_are_for_people() {
    let tables = [By::Hour, By::Day, By::Chute].map(|by| table(&mixed(by), zone()));
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn the_documents_are_as_promised() {
    insta::assert_snapshot!([By::Day, By::Chute].map(|by| json(&mixed(by)).unwrap()).join(""));
}

#[test]
fn the_values_are_as_promised() {
    insta::assert_snapshot!([By::Day, By::Chute].map(|by| csv(&mixed(by))).join("\n"));
}

#[test]
fn nothing_known_is_said_calmly() {
    let empty = history(By::Day, vec![], vec![]);
    assert_eq!(table(&empty, zone()), "work (shared with laptop): nothing is known since 2026-11-16 01:00\n");
    assert_eq!(csv(&empty).lines().count(), 1);
    let document: serde_json::Value = serde_json::from_str(&json(&empty).unwrap()).unwrap();
    assert_eq!(document["credentials"][0]["rows"], serde_json::json!([]));
}
