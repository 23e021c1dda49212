//! Whole accounts: every window, who pays, who shares, and what was.

use std::sync::Arc;

use super::*;
use crate::domain::account::{Account, AccountId, Cap, Capping, Subscription};
use crate::domain::activity::{ChuteId, ChuteShare, HourlyRequests};
use crate::domain::past::{Past, PastSample, Span};
use crate::domain::usage::Remembered;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};
use crate::domain::window::{Limit, WindowKind, next_daily_reset};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An app of credentials, each with the number of its account.
pub(super) fn accounts(labels: &[(&str, usize)]) -> App {
    let identity = |(index, (label, account)): (usize, &(&str, usize))| Identity {
        account: AccountId::parse(&format!("{account:08x}-0000-4000-8000-000000000000")),
        ..identity(index, label)
    };
    app_of(labels.iter().enumerate().map(identity).collect())
}

pub(super) fn learn(app: &mut App, index: usize, answer: PartAnswer) {
    let id = CredentialId::new(index);
    let at = now() - TimeDelta::seconds(if matches!(answer.part(), Part::Caps | Part::Quotas) { 10 } else { 1500 });
    tell(app, Update::Part { id, result: Ok(answer), at });
}

pub(super) fn cap(usage: f64, cap: f64, reset_at: Option<&str>) -> Cap {
    Cap { usage, cap, reset_at: reset_at.map(at) }
}

/// A plan of ten dollars with its two caps.
pub(super) fn caps(app: &mut App, index: usize, four_hour: Option<Cap>, monthly: Option<Cap>) {
    let renews_at = monthly.and_then(|cap| cap.reset_at);
    let anchor = renews_at.and_then(|at| at.checked_sub_months(chrono::Months::new(1)));
    let (price, custom) = (Some(10.0), Some(monthly.is_none()));
    let four_hour = four_hour.map_or(Capping::NotTold, Capping::Capped);
    let monthly = monthly.map_or(Capping::Uncapped, Capping::Capped);
    let subscription = Subscription { price, custom, anchor, four_hour, monthly, renews_at };
    learn(app, index, PartAnswer::Caps(Some(subscription)));
}

pub(super) fn account(app: &mut App, index: usize, balance: Option<f64>, bitmask: u64) {
    let name = format!("user_{index}");
    learn(app, index, PartAnswer::Account(Account::new(None, Some(&name), balance, bitmask)));
}

/// The counter read `used` at an even pace since the window began.
pub(super) fn steady(app: &mut App, index: usize, kind: WindowKind, from: &str, used: f64) {
    let (from, until) = (at(from), now() - TimeDelta::minutes(2));
    let samples = (0..=20).map(|step| (from + (until - from) / 20 * step, used * f64::from(step) / 20.0)).collect();
    let id = CredentialId::new(index);
    let samples = vec![(kind, samples)];
    tell(
        app,
        Update::Remembered(Box::new(Remembered { id, snapshot: None, interval: INTERVAL, answers: vec![], samples })),
    );
}

/// Eight days of office hours.
pub(super) fn hours(app: &mut App, index: usize, scale: f64) -> Vec<HourlyRequests> {
    let first = at("2026-11-16T00:00:00Z");
    let hours: Vec<HourlyRequests> = (0..8 * 24 - 5)
        .map(|place: i32| {
            let hour = first + TimeDelta::hours(place.into());
            let of_day = f64::from(place % 24);
            let busy = (1.0 - ((of_day - 13.0) / 6.0).powi(2)).max(0.0);
            HourlyRequests { hour, requests: (busy * scale * (1.0 + 0.2 * f64::from(place % 5))).round() }
        })
        .filter(|hour| hour.requests > 0.0)
        .collect();
    learn(app, index, PartAnswer::Usage(Arc::from(hours.clone())));
    hours
}

/// Every kind of account and window.
pub(super) fn whole() -> App {
    let mut app = accounts(&[
        ("work", 1),
        ("laptop", 1),
        ("alice", 2),
        ("lab", 3),
        ("batch", 4),
        ("bob", 5),
        ("free", 6),
        ("card", 7),
        ("broke", 8),
        ("night", 9),
        ("renewing", 10),
        ("agents", 11),
        ("invoice", 12),
        ("new", 13),
    ]);
    let finite = Quota::Finite;
    for (index, quota, used) in [
        (0, finite(2000), 1262.3),
        (1, finite(2000), 1262.3),
        (2, finite(300), 300.9),
        (3, finite(5001), 512.0),
        (4, finite(5000), 4321.7),
        (6, Quota::Unlimited, 77.0),
        (7, finite(0), 3.0),
        (8, finite(0), 0.0),
        (9, finite(2000), 400.0),
        (10, finite(2000), 900.0),
        (11, finite(5000), 2100.0),
        (12, finite(5000), 1100.0),
    ] {
        answer(&mut app, index, quota, Some(used), 10);
    }
    fail(&mut app, 5, rejected(), 90, Some(58 * 60));
    let eight = Some("2026-11-23T20:00:00Z");
    caps(&mut app, 0, Some(cap(3.3, 8.33, eight)), Some(cap(41.0, 100.0, Some("2026-12-10T09:30:15Z"))));
    caps(&mut app, 3, Some(cap(2.0, 8.33, None)), None);
    caps(&mut app, 9, Some(cap(8.4, 8.33, eight)), Some(cap(60.0, 100.0, Some("2026-12-03T09:30:15Z"))));
    caps(&mut app, 10, Some(cap(1.0, 8.33, eight)), Some(cap(80.0, 100.0, Some("2026-11-20T09:30:15Z"))));
    let balances =
        [(0, Some(7.35), 0), (2, Some(7.35), 0), (6, Some(0.0), 16), (7, Some(12.4), 0), (8, Some(-0.37), 0)];
    for (index, balance, bitmask) in balances.into_iter().chain([(9, Some(0.0), 0), (12, None, 256)]) {
        account(&mut app, index, balance, bitmask);
    }
    let chute = ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a").unwrap();
    let usage = QuotaUsage::new(finite(100), Some(88.0));
    let quota = ChuteQuota { chute: chute.clone(), count: PartState::learned(usage, now() - TimeDelta::seconds(10)) };
    learn(&mut app, 11, PartAnswer::Quotas(vec![quota]));
    tell(&mut app, Update::Names(Arc::new([(chute, "deepseek-ai/DeepSeek-V3.1".to_owned())].into())));
    let timeout = Err((Part::Account, timeout()));
    tell(&mut app, Update::Part { id: CredentialId::new(3), result: timeout, at: now() });
    let today = "2026-11-23T00:00:00Z";
    for (index, used) in [(0, 1262.3), (3, 512.0), (4, 4321.7), (12, 1100.0)] {
        steady(&mut app, index, WindowKind::Daily, today, used);
        hours(&mut app, index, used / 12.0);
    }
    steady(&mut app, 0, WindowKind::FourHour, "2026-11-23T16:00:00Z", 3.3);
    steady(&mut app, 0, WindowKind::Monthly, "2026-11-10T09:30:15Z", 41.0);
    app
}

/// The past that the open details look at, with a gap and the hours before it was watched.
pub(super) fn learn_past(app: &mut App, span: Span, kind: WindowKind) {
    let id = app.selected().unwrap();
    let hours = app.usage().get(id).unwrap().hours().value().map(|hours| hours.to_vec()).unwrap_or_default();
    let watched = now() - TimeDelta::hours(21);
    let samples = (0..21 * 12)
        .filter(|step| !(90..130).contains(step))
        .map(|step: i64| {
            let at = watched + TimeDelta::minutes(5 * step);
            let reset = next_daily_reset(at);
            let passed = (TimeDelta::hours(24) - (reset - at)).as_seconds_f64() / 86_400.0;
            let used = Some((passed * 1600.0).round());
            PastSample { at, used, limit: Limit::Requests(2000), reset_at: Some(reset) }
        })
        .collect();
    let share = |name: Option<&str>, requests: f64, dollars: f64, tokens: u64| ChuteShare {
        chute: name.and_then(ChuteId::parse),
        requests,
        dollars,
        tokens,
    };
    let shares = vec![
        share(Some("aaaaaaaa-0000-4000-8000-00000000000a"), 812.4, 0.0, 12_345_678),
        share(Some("bbbbbbbb-0000-4000-8000-00000000000b"), 401.0, 1.25, 4_100_000),
        share(None, 12.0, 0.0, 9_000),
    ];
    let query = crate::domain::past::PastQuery { id, kind, span };
    let past = Past { query, until: now(), samples, hours, shares };
    let _ = app.update(Message::Past(Box::new(past)), now());
}

const WIDE: [(u16, u16); 6] = [(160, 24), (120, 40), (100, 24), (80, 24), (40, 16), (30, 10)];

#[test]
fn the_dashboard_of_whole_accounts() {
    insta::assert_snapshot!("accounts", at_sizes(&mut whole(), &WIDE));
    let mut app = whole();
    press(&mut app, "ucx");
    insta::assert_snapshot!("accounts_remaining_clock_masked", at_sizes(&mut app, &WIDE));
    insta::assert_snapshot!("accounts_colour", styled(&mut whole(), (120, 22), &Theme::default()));
    insta::assert_snapshot!("accounts_ascii", styled(&mut whole(), (120, 22), &monochrome().ascii()));
}

#[test]
fn the_details_of_a_whole_account() {
    let mut app = whole();
    press(&mut app, "\n");
    learn_past(&mut app, Span::Day, WindowKind::Daily);
    insta::assert_snapshot!("account_details", at_sizes(&mut app, &WIDE));
    insta::assert_snapshot!("account_details_colour", styled(&mut app, (120, 40), &Theme::default()));
    insta::assert_snapshot!("account_details_ascii", styled(&mut app, (120, 40), &monochrome().ascii()));
    press(&mut app, "x");
    insta::assert_snapshot!("account_details_masked", screen(&mut app, (80, 60)));
}

#[test]
fn the_details_of_each_account() {
    let mut all = String::new();
    for index in 0..14 {
        let mut app = whole();
        press(&mut app, &format!("{}\n", "j".repeat(index)));
        all.push_str(&screen(&mut app, (120, 32)));
    }
    insta::assert_snapshot!("details_of_each_account", all);
}

#[test]
fn the_chart_of_each_span() {
    let mut all = String::new();
    let mut app = whole();
    press(&mut app, "\n");
    for span in [Span::Week, Span::Month, Span::FourHours, Span::Day] {
        press(&mut app, "w");
        learn_past(&mut app, span, WindowKind::Daily);
        all.push_str(&screen(&mut app, (120, 26)));
        all.push_str(&screen(&mut app, (80, 44)));
    }
    press(&mut app, "\t");
    all.push_str(&screen(&mut app, (120, 26)));
    insta::assert_snapshot!("chart_of_each_span", all);
}

#[test]
fn a_chart_without_a_limit_is_as_high_as_its_highest_column() {
    let mut app = accounts(&[("free", 1), ("bob", 2)]);
    answer(&mut app, 0, Quota::Unlimited, Some(77.0), 10);
    let hours = hours(&mut app, 0, 100.0);
    fail(&mut app, 1, rejected(), 90, None);
    let mut chart = |keys: &str, hours: Vec<HourlyRequests>| {
        press(&mut app, keys);
        let id = app.selected().unwrap();
        let query = crate::domain::past::PastQuery { id, kind: WindowKind::Daily, span: Span::Day };
        let past = Past { query, until: now(), samples: Vec::new(), hours, shares: Vec::new() };
        let _ = app.update(Message::Past(Box::new(past)), now());
        screen(&mut app, (120, 30))
    };
    let free = chart("\n", hours);
    assert!(free.contains("░░░░░"), "{free}");
    insta::assert_snapshot!("chart_without_a_limit", format!("{free}{}", chart("\u{1b}j\n", Vec::new())));
}
