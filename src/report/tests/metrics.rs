use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;

use super::account::subscriber;
use super::*;
use crate::report::metrics::Metrics;

fn registry(usage: &UsageManager, now: DateTime<Utc>) -> Registry {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics::of(usage, now)));
    registry
}

fn metrics(usage: &UsageManager, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry(usage, now)).unwrap();
    text
}

/// The series of a name, with all that follows it.
fn series(metrics: &str, name: &str) -> Vec<String> {
    let ours = metrics.lines().filter_map(|line| line.strip_prefix(name));
    ours.filter(|rest| rest.starts_with(['{', ' '])).map(str::to_owned).collect()
}

#[test]
fn the_metrics_are_as_promised() {
    insta::assert_snapshot!(metrics(&subscriber(), now()));
}

#[test]
fn open_metrics_have_units() {
    let mut open = String::new();
    text::encode(&mut open, &registry(&everything(), now())).unwrap();
    for line in [
        "# TYPE chutes_credential info",
        "# UNIT chutes_quota_used_requests requests",
        "# UNIT chutes_window_used_ratio ratio",
        "# UNIT chutes_window_reset_timestamp_seconds seconds",
    ] {
        assert!(open.lines().any(|has| has == line), "{line} is not in:\n{open}");
    }
    assert!(open.ends_with("\n# EOF\n"));
}

#[test]
fn what_is_not_known_is_absent() {
    let metrics = metrics(&everything(), now());
    let has = |name, credential: &str| {
        let label = format!("credential=\"{credential}\"");
        series(&metrics, name).iter().any(|series| series.contains(&label))
    };
    // The server does not know what is used; there is no limit; the key is refused; nothing was asked yet.
    assert!(has("chutes_quota_limit_requests", "nan") && !has("chutes_quota_used_requests", "nan"));
    assert!(!has("chutes_quota_remaining_requests", "nan") && !has("chutes_window_used_ratio", "nan"));
    assert!(!has("chutes_quota_limit_requests", "free") && !has("chutes_quota_used_requests", "free"));
    assert!(has("chutes_credential_up", "bob") && !has("chutes_quota_limit_requests", "bob"));
    assert!(!has("chutes_window_used_ratio", "paygo"), "nothing of nothing is no part");
    let unasked = self::metrics(&manager(&[&["new"]]), now());
    assert_eq!(series(&unasked, "chutes_credential_up"), [""; 0]);
    assert_eq!(series(&unasked, "chutes_credential_info").len(), 1);
}

#[test]
fn the_numbers_of_a_past_window_are_absent_and_its_limit_is_not() {
    let tomorrow = at("2026-11-24T00:00:00Z");
    let metrics = metrics(&everything(), tomorrow);
    for gone in ["chutes_quota_used_requests", "chutes_quota_remaining_requests", "chutes_window_used_requests"] {
        assert_eq!(series(&metrics, gone), [""; 0], "{gone}");
    }
    assert_eq!(series(&metrics, "chutes_window_used_ratio"), [""; 0]);
    assert_eq!(series(&metrics, "chutes_quota_limit_requests").len(), 6);
    let reset = series(&metrics, "chutes_window_reset_timestamp_seconds").remove(0);
    assert!(reset.ends_with(" 1795564800.0"), "{reset}: the next midnight");
    assert!(series(&metrics, "chutes_credential_fresh").iter().all(|series| series.ends_with(" 0.0")));
}

#[test]
fn odd_names_are_escaped_and_no_two_series_are_alike() {
    let mut usage = manager(&[&["a\"b\\c\nd"], &["twin"], &["twin"], &["twin #3"], &["鍵"]]);
    for index in 0..5 {
        answered(&mut usage, index, Ok(read(Quota::Finite(300), Some(1.0))));
    }
    let metrics = metrics(&usage, now());
    let up = series(&metrics, "chutes_credential_up");
    assert_eq!(
        up,
        [
            r#"{credential="a\"b\\c\nd"} 1.0"#,
            r#"{credential="twin"} 1.0"#,
            r#"{credential="twin #3"} 1.0"#,
            r#"{credential="twin #3 #4"} 1.0"#,
            r#"{credential="鍵"} 1.0"#,
        ]
    );
    let all: Vec<&str> = metrics.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn a_pause_is_told_while_it_lasts() {
    let mut usage = manager(&[]);
    usage.apply(Update::HostPaused(Some(at("2026-11-23T17:40:00Z"))));
    let paused = |now| series(&metrics(&usage, now), "chutes_top_paused_until_timestamp_seconds");
    assert_eq!(paused(now()), [" 1795455600.0"]);
    assert_eq!(paused(at("2026-11-23T17:40:00Z")), [""; 0]);
}
