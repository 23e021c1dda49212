//! The demo over real loopback HTTP, beside the recordings; and its figures as pure functions.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::demo::accounts::{Account, keys};
use crate::demo::answers::{Subscription, subscription};
use crate::demo::chutes::CHUTES;
use crate::domain::credential::ApiKey;
use crate::domain::quota::{Quota, QuotaUsage};

/// A clock that stands until it is set.
#[derive(Debug)]
struct SetClock(Mutex<DateTime<Utc>>);

impl SetClock {
    fn at(time: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time.parse().unwrap())))
    }

    fn set(&self, time: &str) {
        *self.0.lock().unwrap() = time.parse().unwrap();
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

const MONDAY_AFTERNOON: &str = "2026-11-23T17:38:21.250Z";

/// An answer, as text.
#[derive(Debug, PartialEq)]
struct Heard {
    status: u16,
    content_type: String,
    body: String,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What was recorded in `tests/fixtures/wire/`.
    fn recorded(name: &str) -> Self {
        let path = format!("{}/tests/fixtures/wire/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let response =
            serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap()["response"].take();
        Self {
            status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            content_type: response["headers"]["content-type"].as_str().unwrap().to_owned(),
            body: response["body_text"].as_str().unwrap().to_owned(),
        }
    }
}

impl Demo {
    fn key(&self, label: &str) -> &ApiKey {
        &self.credentials.iter().find(|credential| credential.identity.labels == [label]).unwrap().key
    }

    /// Asks as the owner of this label.
    async fn get(&self, label: &str, path: &str) -> Heard {
        self.send("GET", path, &format!("Authorization: Bearer {}\r\n", self.key(label).expose())).await
    }

    async fn send(&self, method: &str, path: &str, headers: &str) -> Heard {
        let host = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap();
        Heard {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            content_type: content_type.to_owned(),
            body: body.to_owned(),
        }
    }
}

/// JSON text with each value replaced by its kind: the names and their order, whole number or not,
/// which form of time. A list becomes the set of the forms of its items.
fn form(json: &str) -> BTreeSet<String> {
    let mut out = String::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        if let Some(text) = rest.strip_prefix('"') {
            let (text, after) = text.split_once('"').unwrap();
            out.push_str(if after.starts_with(':') { text } else { kind_of_text(text) });
            rest = after;
        } else if first.is_ascii_digit() || first == '-' {
            let end = rest.find([',', '}', ']']).unwrap();
            out.push_str(if rest[..end].contains(['.', 'e']) { "float" } else { "whole" });
            rest = &rest[end..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    let out = out.replace("true", "bool").replace("false", "bool");
    match out.split_once('[') {
        Some((before, items)) => {
            items.split("},{").map(|item| format!("{before}[{}", item.trim_matches(['{', '}', ']']))).collect()
        }
        None => BTreeSet::from([out]),
    }
}

fn kind_of_text(text: &str) -> &'static str {
    let Some((_, time)) = text.split_once('T').filter(|(date, _)| date.len() == 10) else {
        return if text.parse::<chrono::NaiveDate>().is_ok() { "date" } else { "text" };
    };
    let plain = time.trim_end_matches('Z').trim_end_matches("+00:00");
    assert!(plain.len() == 8 || plain.len() == 15, "a fraction has six digits or is absent: {text}");
    match &time[plain.len()..] {
        "" => "naive time",
        "Z" => "time with Z",
        _ => "time with +00:00",
    }
}

#[rstest]
#[case("work", "/users/me", "plus.me")]
#[case("free", "/users/me", "free.me")]
#[case("invoice", "/users/me", "invoiced.me")]
#[case("work", "/users/me/quota_usage/me", "plus.quota_usage_me")]
#[case("work", "/users/me/quota_usage/anything-at-all", "plus.quota_usage_arbitrary_word")]
#[case("team", "/users/me/quota_usage/c0000001-fa4e-4000-8000-fa4efa4efa4e", "perchute.quota_usage_chute_a")]
#[case("work", "/users/me/quotas", "plus.quotas")]
#[case("old-laptop", "/users/me/quotas", "legacy.quotas")]
#[case("team", "/users/me/quotas", "perchute.quotas")]
#[case("work", "/users/me/subscription_usage", "plus.subscription_usage")]
#[case("unsure", "/users/me/subscription_usage", "plus.subscription_usage")]
#[case("lab", "/users/me/subscription_usage", "custompro.subscription_usage")]
#[case("payg", "/users/me/usage", "paygo.usage")]
#[case("payg", "/users/me/usage?per_chute=true&limit=5", "paygo.usage_per_chute")]
#[case("work", "/invocations/stats/llm", "public.stats_llm.warm")]
#[tokio::test(start_paused = true)]
async fn an_answer_has_the_form_of_its_recording(#[case] label: &str, #[case] path: &str, #[case] recording: &str) {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let (heard, recorded) = (demo.get(label, path).await, Heard::recorded(recording));
    assert_eq!((heard.status, &heard.content_type), (recorded.status, &recorded.content_type));
    let (ours, theirs) = (form(&heard.body), form(&recorded.body));
    assert!(ours.is_subset(&theirs), "{ours:#?}\nis not of the form\n{theirs:#?}");
}

#[rstest]
#[case("free", "/users/me/quota_usage/me", "free.quota_usage_me")]
#[case("payg", "/users/me/quota_usage/me", "paygo.quota_usage_me")]
#[case("unsure", "/users/me/quota_usage/me", "nanused.quota_usage_me")]
#[case("alice", "/users/me/quota_usage/me", "overused.quota_usage_me")]
#[case("team", "/users/me/quota_usage/*", "perchute.quota_usage_star")]
#[case("team", "/users/me/quota_usage/%2A", "perchute.quota_usage_star_encoded")]
#[case("payg", "/users/me/quotas", "noquota.quotas")]
#[case("free", "/users/me/quotas", "free.quotas")]
#[case("invoice", "/users/me/quotas", "invoiced.quotas")]
#[case("invoice", "/users/me/quota_usage/me", "invoiced.quota_usage_me")]
#[case("invoice", "/users/me/subscription_usage", "invoiced.subscription_usage")]
#[case("old-laptop", "/users/me/subscription_usage", "legacy.subscription_usage")]
#[case("night", "/users/me", "nohotkey.me")]
#[case("bob", "/users/me/quota_usage/me", "error.unknown_key")]
#[case("work", "/users/me/no_such_thing", "error.404_unknown_path")]
#[case("work", "/users/me/balance", "error.403_balance")]
#[case("work", "/users/me/usage?page=abc&limit=x", "error.422_usage_page")]
#[tokio::test(start_paused = true)]
async fn an_answer_is_its_recording(#[case] label: &str, #[case] path: &str, #[case] recording: &str) {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    assert_eq!(demo.get(label, path).await, Heard::recorded(recording));
}

#[rstest]
#[case::none("", "error.missing_authorization.quota_usage_me")]
#[case::not_a_key("Authorization: Bearer cpk_not-a-key\r\n", "error.malformed_key")]
#[tokio::test]
async fn who_has_no_key_is_refused_as_recorded(#[case] headers: &str, #[case] recording: &str) {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    assert_eq!(demo.send("GET", "/users/me/quota_usage/me", headers).await, Heard::recorded(recording));
}

#[tokio::test]
async fn a_wrong_method_is_an_unknown_path_and_options_is_not_allowed() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let headers = format!("Authorization: {}\r\n", demo.key("work").expose());
    assert_eq!(demo.send("POST", "/users/me", &headers).await.status, 404);
    assert_eq!(demo.send("POST", "/users/me", "").await.status, 401);
    assert_eq!(demo.send("OPTIONS", "/users/me", "").await.status, 405);
    assert_eq!(demo.send("GET", "/invocations/stats/llm", "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn every_third_answer_of_the_flaky_account_is_the_recorded_503() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(demo.get("flaky", "/users/me/quota_usage/me").await.status, 200);
        assert_eq!(demo.get("flaky", "/users/me/quota_usage/me").await.status, 200);
        assert_eq!(demo.get("flaky", "/users/me/quota_usage/me").await, Heard::recorded("overload.503"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_slow_account_takes_two_to_three_seconds() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let asked = tokio::time::Instant::now();
    assert_eq!(demo.get("old-laptop", "/users/me/quota_usage/me").await.status, 200);
    assert!((2.0..=3.1).contains(&asked.elapsed().as_secs_f64()), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn the_caps_are_those_of_the_plans() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    for (label, plan) in [("alice", "base"), ("work", "plus"), ("batch", "pro"), ("lab", "custompro")] {
        let ours = demo.get(label, "/users/me/subscription_usage").await.json();
        let theirs = Heard::recorded(&format!("{plan}.subscription_usage")).json();
        assert_eq!(ours["monthly_price"], theirs["monthly_price"], "{label}");
        assert_eq!(ours["four_hour"]["cap"], theirs["four_hour"]["cap"], "{label}");
        assert_eq!(ours["four_hour"]["reset_at"], theirs["four_hour"]["reset_at"], "{label}");
        assert_eq!(ours["monthly"]["cap"], theirs["monthly"]["cap"], "{label}");
        assert!(ours["four_hour"]["usage"].as_f64().unwrap() <= ours["four_hour"]["cap"].as_f64().unwrap(), "{ours}");
    }
    let work = demo.get("work", "/users/me/subscription_usage").await.json();
    assert_eq!(work["anchor_date"], "2026-11-10T09:30:15.250000");
    assert_eq!(work["monthly"]["reset_at"], "2026-12-10T09:30:15.250000+00:00");
    let overdue = demo.get("unsure", "/users/me/subscription_usage").await.json();
    assert_eq!(
        overdue["monthly"]["reset_at"], "2026-11-05T09:30:15.250000+00:00",
        "in the past: the renewal is pending"
    );
}

#[tokio::test]
async fn the_count_starts_anew_at_midnight_utc() {
    let clock = SetClock::at("2026-11-23T23:59:59.999Z");
    let demo = start(clock.clone()).await.unwrap();
    let used = async || demo.get("batch", "/users/me/quota_usage/me").await.json()["used"].as_f64().unwrap();
    assert!(used().await >= 5_000.0);
    clock.set("2026-11-24T00:00:00Z");
    assert!(used().await.abs() < f64::EPSILON);
    clock.set("2026-11-24T00:05:00Z");
    assert!(used().await > 5.0);
}

#[tokio::test]
async fn a_new_start_at_the_same_instant_says_the_same() {
    let clock = SetClock::at(MONDAY_AFTERNOON);
    let (one, other) = (start(clock.clone()).await.unwrap(), start(clock).await.unwrap());
    for path in ["/users/me", "/users/me/quota_usage/me", "/users/me/subscription_usage", "/users/me/usage"] {
        assert_eq!(one.get("work", path).await, other.get("work", path).await);
        assert_eq!(one.get("work", path).await, one.get("work-ci", path).await, "one account, two keys");
    }
}

#[tokio::test]
async fn todays_buckets_add_up_to_what_is_used_of_the_quota() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    for label in ["work", "batch", "alice", "lab", "night"] {
        let path = "/users/me/usage?per_chute=true&limit=1000&start_date=2026-11-23T00:00:00&end_date=2026-11-24";
        let usage = demo.get(label, path).await.json();
        let counted: f64 = usage["items"].as_array().unwrap().iter().map(|item| item["count"].as_f64().unwrap()).sum();
        let used = demo.get(label, "/users/me/quota_usage/me").await.json()["used"].as_f64().unwrap();
        // A repeated request counts a tenth of the quota, and whole in the buckets.
        assert!(used > 0.0 && (used..=used * 1.05 + 1.0).contains(&counted), "{label}: {counted} for {used}");
    }
}

#[tokio::test]
async fn the_buckets_come_newest_first_in_pages_that_fit_together() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let whole = demo.get("team", "/users/me/usage?per_chute=true&page=0&limit=100000").await.json();
    let items = whole["items"].as_array().unwrap();
    assert_eq!(whole["total"].as_u64().unwrap(), items.len() as u64);
    assert!(items.is_sorted_by(|a, b| a["bucket"].as_str() >= b["bucket"].as_str()));
    assert_eq!(items.last().unwrap()["bucket"], "2026-10-20T00:00:00", "35 days");
    let mut paged = Vec::new();
    for page in 0..=items.len() / 500 {
        let path = format!("/users/me/usage?per_chute=true&page={page}&limit=500");
        paged.extend(demo.get("team", &path).await.json()["items"].as_array().unwrap().clone());
    }
    assert_eq!(&paged, items);
    let one_hour = "/users/me/usage?start_date=2026-11-20T10:00:00&end_date=2026-11-20T10:00:00";
    assert_eq!(demo.get("team", one_hour).await.json()["total"], 1, "bounds are inclusive");
}

#[tokio::test]
async fn a_dropped_demo_closes_its_port_and_its_connections() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let host = demo.base_url.strip_prefix("http://").unwrap().to_owned();
    let mut open = TcpStream::connect(&host).await.unwrap();
    let request = format!("GET /invocations/stats/llm?chute_id=none HTTP/1.1\r\nHost: {host}\r\n\r\n");
    open.write_all(request.as_bytes()).await.unwrap();
    assert!(open.read(&mut [0; 4096]).await.unwrap() > 0);
    drop(demo);
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), open.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "the connection is still open");
    assert!(TcpStream::connect(&host).await.is_err(), "the port is still open");
}

#[tokio::test]
async fn the_keys_are_shaped_like_keys_and_tell_accounts_apart() {
    let demo = start(SetClock::at(MONDAY_AFTERNOON)).await.unwrap();
    let keys: Vec<_> = demo.credentials.iter().map(|credential| credential.key.expose()).collect();
    assert!(keys.len() >= 12);
    assert!(keys.iter().all(|key| key.len() == 102 && auth::is_well_formed(key)), "{keys:#?}");
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    let users: BTreeSet<_> = keys.iter().map(|key| key.split('.').nth(1).unwrap()).collect();
    assert_eq!(users.len(), keys.len() - 1, "two keys are one account's");
    let user = demo.get("work", "/users/me").await.json()["user_id"].as_str().unwrap().replace('-', "");
    assert_eq!(demo.key("work").expose().split('.').nth(1).unwrap(), user);
    assert_eq!(demo.key("work-ci").expose().split('.').nth(1).unwrap(), user);
}

fn accounts() -> impl Iterator<Item = &'static Account> {
    keys().filter_map(|(_, _, account)| account)
}

fn account(label: &str) -> &'static Account {
    keys().find_map(|(name, _, account)| account.filter(|_| name == label)).unwrap()
}

/// The part that is left.
fn left(label: &str, limit: u64, now: DateTime<Utc>) -> f64 {
    QuotaUsage::new(Quota::Finite(limit), Some(account(label).used_at(now))).remaining_fraction().unwrap()
}

/// Some midnight of the years 2026 to 2036.
fn any_midnight() -> impl Strategy<Value = DateTime<Utc>> {
    let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    (0..3_650_i64).prop_map(move |days| first + TimeDelta::days(days))
}

proptest! {
    #[test]
    fn a_count_never_falls_within_a_day(
        midnight in any_midnight(),
        mut times in proptest::collection::vec(0..86_400_000_i64, 2..40),
    ) {
        times.sort_unstable();
        let times: Vec<_> = times.into_iter().map(|ms| midnight + TimeDelta::milliseconds(ms)).collect();
        for account in accounts() {
            let used: Vec<_> = times.iter().map(|now| account.used_at(*now)).collect();
            prop_assert!(used.is_sorted() && used[0] >= 0.0, "{}: {used:?}", account.username);
            prop_assert!(account.used_at(midnight).abs() < f64::EPSILON);
            for row in account.own_rows {
                let used: Vec<_> = times.iter().map(|now| row.used_at(*now)).collect();
                prop_assert!(used.is_sorted() && used[0] >= 0.0, "{row:?}: {used:?}");
            }
        }
    }

    #[test]
    fn every_state_can_be_seen_at_any_time_of_any_day(midnight in any_midnight(), minute in 10..1_439_i64) {
        let now = midnight + TimeDelta::minutes(minute);
        prop_assert!((account("alice").used_at(now) - 300.9).abs() < 1e-9);
        // Nearly out, low, and neither.
        prop_assert!((f64::MIN_POSITIVE..0.05).contains(&left("night", 2_000, now)));
        prop_assert!((0.05..0.2).contains(&left("team", 300, now)));
        prop_assert!(left("lab", 5_001, now) > 0.2);
        let later = now + TimeDelta::minutes(2);
        for label in ["lab", "flaky"] {
            let (before, after) = (account(label).used_at(now), account(label).used_at(later));
            prop_assert!(after > before || later >= midnight + TimeDelta::days(1), "{label} stands still");
        }
    }

    #[test]
    fn an_hour_into_each_four_the_dollars_are_what_binds_the_lab(midnight in any_midnight(), block in 0..6_i64, minute in 60..240_i64) {
        let now = midnight + TimeDelta::minutes(block * 240 + minute);
        let answer = serde_json::to_value(subscription(account("lab"), now)).unwrap();
        let of_four_hours = answer["four_hour"]["usage"].as_f64().unwrap() / answer["four_hour"]["cap"].as_f64().unwrap();
        prop_assert!(of_four_hours > account("lab").used_at(now) / 5_001.0, "{answer}");
    }

    #[test]
    fn no_account_spends_more_dollars_than_it_may(midnight in any_midnight(), minute in 0..1_440_i64) {
        let now = midnight + TimeDelta::minutes(minute);
        for account in accounts() {
            let owes = account.balance_at(now) < 0.0;
            prop_assert_eq!(owes, account.quota == accounts::Quota::Invoiced, "{}", account.username);
            prop_assert!(account.anchor_at(now) <= now);
            let answer = subscription(account, now);
            let plan = matches!(answer, Subscription::Plan { .. });
            let answer = serde_json::to_value(answer).unwrap();
            let part = |cap: &str| answer[cap]["usage"].as_f64().zip(answer[cap]["cap"].as_f64()).map(|(used, cap)| used / cap);
            prop_assert!(plan == part("four_hour").is_some());
            // The server lets a cap be passed; a block of nothing but bursts, once in years, does.
            prop_assert!(part("four_hour").is_none_or(|part| part < 1.25), "{}: {answer}", account.username);
            prop_assert!(part("monthly").is_none_or(|part| part < 1.0), "{}: {answer}", account.username);
        }
    }
}

#[test]
fn a_quota_is_passed_by_less_than_one_request() {
    let evening: DateTime<Utc> = "2026-11-23T23:59:00Z".parse().unwrap();
    let used = account("batch").used_at(evening);
    assert!((5_000.0..5_001.0).contains(&used), "{used}");
}

#[test]
fn the_weekend_is_quieter_at_work() {
    let used = |time: &str| account("work").used_at(time.parse().unwrap());
    assert!(used("2026-11-21T23:59:00Z") < 600.0, "Saturday");
    assert!(used("2026-11-23T23:59:00Z") > 1_000.0, "Monday");
}

#[test]
fn every_chute_has_a_name_of_its_own() {
    assert_eq!(CHUTES.iter().map(|chute| chute.name).collect::<BTreeSet<_>>().len(), CHUTES.len());
}

#[test]
fn the_past_of_the_caps_leads_to_now_and_tells_each_account_once() {
    let now: DateTime<Utc> = MONDAY_AFTERNOON.parse().unwrap();
    let past = past_plans(now);
    let labels: Vec<_> = keys().map(|(label, _, _)| label).collect();
    let known: Vec<_> = past.iter().filter(|(_, plans)| !plans.is_empty()).map(|(id, _)| labels[id.index()]).collect();
    assert_eq!(known, ["work", "batch", "alice", "lab", "night", "team", "flaky", "unsure"], "work-ci is work's");
    for (id, plans) in &past {
        assert!(plans.is_sorted_by_key(|(_, at)| *at) && plans.iter().all(|(_, at)| *at < now), "{id:?}");
        for pair in plans.windows(2) {
            let (before, after) = (pair[0].0.four_hour.cap().unwrap(), pair[1].0.four_hour.cap().unwrap());
            assert!(after.usage >= before.usage || after.reset_at > before.reset_at, "{id:?}: {pair:?}");
        }
    }
}
