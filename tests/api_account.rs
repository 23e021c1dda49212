//! The optional requests of the client against what the server was recorded to answer.
#![allow(
    clippy::unreadable_literal,
    clippy::float_cmp,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly, its helpers are part of it, and numbers stand as they were recorded"
)]

#[path = "support/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the daily quota, which use more of it")]
mod http;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chutes_top::api::{Client, QuotaSource, UsageQuery};
use chutes_top::domain::account::{Account, Capping, Role, Subscription};
use chutes_top::domain::activity::ChuteId;
use chutes_top::domain::api_base::ApiBase;
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use http::{Recording, Server, StoppedClock};
use pretty_assertions::assert_eq;

const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

const ACCOUNT: &str = "/users/me";
const PLAN: &str = "/users/me/subscription_usage";
const ROWS: &str = "/users/me/quotas";
const USAGE: &str = "/users/me/usage";
const NAMES: &str = "/invocations/stats/llm";

/// Asks a server that answers as recorded.
async fn replay<T>(
    path: &'static str,
    name: &str,
    ask: impl AsyncFn(&Client, &ApiKey) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let server = Server::recorded_at(path, Recording::load(name)).await;
    let client = Client::new(&ApiBase::parse(&server.address()).unwrap(), Arc::new(StoppedClock)).unwrap();
    ask(&client, &ApiKey::new(KEY)).await
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What a recorded plan means. Caps are usage, cap in dollars, and reset.
struct Plan {
    price: f64,
    custom: bool,
    four_hour: (f64, f64, &'static str),
    monthly: Option<(f64, f64, &'static str)>,
    renews_at: &'static str,
}

/// The recordings of `/users/me/subscription_usage`; `None` is no subscription.
const PLANS: &[(&str, Option<Plan>)] = &[
    (
        "base.subscription_usage.json",
        Some(Plan {
            price: 3.0,
            custom: false,
            four_hour: (0.8333333333333334, 1.25, "2026-11-23T20:00:00+00:00"),
            monthly: Some((1.2345678901234567, 15.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    (
        "capfour.subscription_usage.json",
        Some(Plan {
            price: 3.0,
            custom: false,
            four_hour: (1.25, 1.25, "2026-11-23T20:00:00+00:00"),
            monthly: Some((5.5, 15.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    (
        "custompro.subscription_usage.json",
        Some(Plan {
            price: 20.0,
            custom: true,
            four_hour: (3.3000000000000003, 8.333333333333332, "2026-11-23T20:00:00+00:00"),
            monthly: None,
            renews_at: "2026-12-10T09:30:15.25Z",
        }),
    ),
    ("free.subscription_usage.json", None),
    ("invoiced.subscription_usage.json", None),
    ("legacy.subscription_usage.json", None),
    ("negative.subscription_usage.json", None),
    (
        "noeffective.subscription_usage.json",
        Some(Plan {
            price: 10.0,
            custom: false,
            four_hour: (0.0, 4.166666666666666, "2026-11-23T20:00:00+00:00"),
            monthly: Some((0.0, 50.0, "2026-12-12T13:14:15.161718+00:00")),
            renews_at: "2026-12-12T13:14:15.161718+00:00",
        }),
    ),
    ("noquota.subscription_usage.json", None),
    (
        "oldanchor.subscription_usage.json",
        Some(Plan {
            price: 20.0,
            custom: false,
            four_hour: (0.0, 8.333333333333332, "2026-11-23T20:00:00+00:00"),
            monthly: Some((0.0, 100.0, "2026-10-05T06:07:08.900000+00:00")),
            renews_at: "2026-10-05T06:07:08.900000+00:00",
        }),
    ),
    (
        "overused.subscription_usage.json",
        Some(Plan {
            price: 3.0,
            custom: false,
            four_hour: (0.2, 1.25, "2026-11-23T20:00:00+00:00"),
            monthly: Some((3.1, 15.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    ("paygo.subscription_usage.json", None),
    (
        "perchute.subscription_usage.json",
        Some(Plan {
            price: 3.0,
            custom: false,
            four_hour: (0.25, 1.25, "2026-11-23T20:00:00+00:00"),
            monthly: Some((4.0, 15.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    (
        "plus.subscription_usage.json",
        Some(Plan {
            price: 10.0,
            custom: false,
            four_hour: (0.30000000000000004, 4.166666666666666, "2026-11-23T20:00:00+00:00"),
            monthly: Some((12.5, 50.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    (
        "pro.subscription_usage.json",
        Some(Plan {
            price: 20.0,
            custom: false,
            four_hour: (8.1, 8.333333333333332, "2026-11-23T20:00:00+00:00"),
            monthly: Some((33.3, 100.0, "2026-12-10T09:30:15.250000+00:00")),
            renews_at: "2026-12-10T09:30:15.250000+00:00",
        }),
    ),
    (
        "wholesec.subscription_usage.json",
        Some(Plan {
            price: 10.0,
            custom: false,
            four_hour: (0.0, 4.166666666666666, "2026-11-23T20:00:00+00:00"),
            monthly: Some((0.0, 50.0, "2026-12-10T00:00:00+00:00")),
            renews_at: "2026-12-10T00:00:00+00:00",
        }),
    ),
];

/// The recordings of `/users/me/quotas`: the chutes with a quota of their own.
const QUOTAS: &[(&str, &[&str])] = &[
    ("base.quotas.json", &[]),
    ("custompro.quotas.json", &[]),
    ("free.quotas.json", &[]),
    ("invoiced.quotas.json", &[]),
    ("legacy.quotas.json", &[]),
    ("negative.quotas.json", &[]),
    ("noquota.quotas.json", &[]),
    ("overused.quotas.json", &[]),
    ("paygo.quotas.json", &[]),
    ("perchute.quotas.json", &["aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"]),
    ("plus.quotas.json", &[]),
    ("pro.quotas.json", &[]),
];

/// The recordings of `/users/me`: name, user id, balance, role.
const ACCOUNTS: &[(&str, &str, &str, f64, Role)] = &[
    ("base.me.json", "fake_base", "00000000-0000-4000-8000-000000000002", 0.0, Role::Ordinary),
    ("custompro.me.json", "fake_custompro", "00000000-0000-4000-8000-000000000005", 42.0, Role::Ordinary),
    ("free.me.json", "fake_free", "00000000-0000-4000-8000-000000000008", 0.0, Role::Free),
    ("invoiced.me.json", "fake_invoiced", "00000000-0000-4000-8000-000000000009", -1234.56, Role::Invoiced),
    ("legacy.me.json", "fake_legacy", "00000000-0000-4000-8000-000000000001", 5.0, Role::Ordinary),
    ("negative.me.json", "fake_negative", "00000000-0000-4000-8000-000000000013", -0.37, Role::Ordinary),
    ("noquota.me.json", "fake_noquota", "00000000-0000-4000-8000-000000000007", 0.0, Role::Ordinary),
    ("overused.me.json", "fake_overused", "00000000-0000-4000-8000-000000000011", 0.0, Role::Ordinary),
    ("paygo.me.json", "fake_paygo", "00000000-0000-4000-8000-000000000006", 7.5, Role::Ordinary),
    ("perchute.me.json", "fake_perchute", "00000000-0000-4000-8000-000000000010", 3.3, Role::Ordinary),
    ("plus.me.json", "fake_plus", "00000000-0000-4000-8000-000000000003", 12.345678, Role::Ordinary),
    ("plus.me_by_username.json", "fake_plus", "00000000-0000-4000-8000-000000000003", 12.345678, Role::Ordinary),
    ("pro.me.json", "fake_pro", "00000000-0000-4000-8000-000000000004", 100.0, Role::Ordinary),
];

fn summary(
    plan: &Subscription,
) -> (Option<f64>, Option<bool>, [Option<(f64, f64, Option<DateTime<Utc>>)>; 2], Option<DateTime<Utc>>) {
    let caps = [plan.four_hour, plan.monthly].map(|cap| cap.cap().map(|cap| (cap.usage, cap.cap, cap.reset_at)));
    (plan.price, plan.custom, caps, plan.renews_at)
}

#[tokio::test]
async fn every_recorded_plan_has_its_meaning() {
    for (name, meaning) in PLANS {
        let plan = replay(PLAN, name, async |client, key| client.fetch_subscription(key).await).await.expect(name);
        let Some(meaning) = meaning else {
            assert_eq!(plan, None, "{name}");
            continue;
        };
        let cap = |(usage, cap, reset)| (usage, cap, Some(at(reset)));
        let caps = [Some(cap(meaning.four_hour)), meaning.monthly.map(cap)];
        let plan = plan.unwrap();
        // Every one of them tells its caps: the custom plan, that it has none in a month.
        assert_eq!(plan.not_told().count(), 0, "{name}");
        assert_eq!(plan.monthly == Capping::Uncapped, meaning.custom, "{name}");
        let expected = (Some(meaning.price), Some(meaning.custom), caps, Some(at(meaning.renews_at)));
        assert_eq!(summary(&plan), expected, "{name}");
    }
}

#[tokio::test]
async fn every_recorded_list_of_quotas_has_its_meaning() {
    for (name, chutes) in QUOTAS {
        let read = replay(ROWS, name, async |client, key| client.fetch_chute_quotas(key).await).await.expect(name);
        assert_eq!(read.iter().map(ChuteId::as_str).collect::<Vec<_>>(), *chutes, "{name}");
    }
}

/// The recordings of a chute's quota: its id, where it is asked for, and what is read.
const CHUTES: &[(&str, &str, &str, u64, f64)] = &[
    (
        "perchute.quota_usage_chute_a.json",
        "aaaaaaaa-0000-4000-8000-00000000000a",
        "/users/me/quota_usage/aaaaaaaa-0000-4000-8000-00000000000a",
        50,
        49.5,
    ),
    (
        "perchute.quota_usage_chute_b.json",
        "bbbbbbbb-0000-4000-8000-00000000000b",
        "/users/me/quota_usage/bbbbbbbb-0000-4000-8000-00000000000b",
        1000,
        7.0,
    ),
    (
        "perchute.quota_usage_chute_other.json",
        "cccccccc-0000-4000-8000-00000000000c",
        "/users/me/quota_usage/cccccccc-0000-4000-8000-00000000000c",
        300,
        41.2,
    ),
    ("plus.quota_usage_arbitrary_word.json", "anything-at-all", "/users/me/quota_usage/anything-at-all", 2000, 12.3),
    // An id cannot lead elsewhere.
    (
        "plus.quota_usage_arbitrary_word.json",
        "../me?x=1#y",
        "/users/me/quota_usage/%2E%2E%2Fme%3Fx%3D1%23y",
        2000,
        12.3,
    ),
    ("plus.quota_usage_arbitrary_word.json", "a b%2e", "/users/me/quota_usage/a%20b%252e", 2000, 12.3),
];

#[tokio::test]
async fn the_quota_of_a_chute_is_asked_for_by_its_id() {
    for (name, id, path, quota, used) in CHUTES {
        let chute = ChuteId::parse(id).unwrap();
        let read = replay(path, name, async |client, key| client.fetch_chute_quota(key, &chute).await).await;
        assert_eq!(read, Ok(QuotaUsage::new(Quota::Finite(*quota), Some(*used))), "{path}");
    }
}

#[tokio::test]
async fn every_recorded_account_has_its_meaning() {
    for (name, username, user_id, balance, role) in ACCOUNTS {
        let account = replay(ACCOUNT, name, async |client, key| client.fetch_account(key).await).await.expect(name);
        let expected = Account { role: *role, ..Account::new(Some(user_id), Some(username), Some(*balance), 0) };
        assert_eq!(account, expected, "{name}");
        assert!(account.id.is_some());
    }
}

#[tokio::test]
async fn an_account_that_the_server_cannot_show_is_a_server_error() {
    let failure =
        replay(ACCOUNT, "nohotkey.me.json", async |client, key| client.fetch_account(key).await).await.unwrap_err();
    assert_eq!((failure.kind, failure.http_status), (FailureKind::ServerError, Some(500)));
}

#[tokio::test]
async fn no_key_is_refused_on_every_route() {
    let refused = [
        replay(ACCOUNT, "error.missing_authorization.me.json", async |c, key| c.fetch_account(key).await.map(drop))
            .await,
        replay(ROWS, "error.missing_authorization.quotas.json", async |c, key| {
            c.fetch_chute_quotas(key).await.map(drop)
        })
        .await,
        replay(PLAN, "error.missing_authorization.subscription_usage.json", async |c, key| {
            c.fetch_subscription(key).await.map(drop)
        })
        .await,
    ];
    for failure in refused.map(Result::unwrap_err) {
        assert_eq!(failure.kind, FailureKind::Unauthorized);
    }
}

/// What was asked of it is of no matter to a recording.
const PAGE: fn() -> UsageQuery =
    || UsageQuery { since: at("2026-11-16T00:00:00Z"), until: at("2026-11-23T17:38:00Z"), page: 0, limit: 24 };

#[tokio::test]
async fn the_recorded_usage_has_its_meaning() {
    let read =
        async |name| replay(USAGE, name, async |client, key| client.fetch_usage(key, PAGE()).await).await.unwrap();
    let by_chute = read("paygo.usage_per_chute.json").await;
    assert_eq!(by_chute.total, 2);
    let [newest, oldest] = by_chute.buckets.as_slice() else { panic!("two buckets") };
    assert_eq!((newest.hour, newest.requests, newest.dollars), (at("2026-11-16T05:00:00Z"), 3.0, 2.5));
    assert_eq!((newest.input_tokens, newest.output_tokens), (1000, 200));
    assert_eq!(oldest.chute, ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a"));
    assert!(read("paygo.usage.json").await.buckets.iter().all(|bucket| bucket.chute.is_none()));
    assert!(read("base.usage_empty.json").await.buckets.is_empty());
}

#[tokio::test]
async fn the_recorded_names_have_their_meaning() {
    let names = async |name| replay(NAMES, name, async |client, _| client.fetch_chute_names().await).await.unwrap();
    let warm = names("public.stats_llm.warm.json").await;
    let model = |id: &str| warm.get(&ChuteId::parse(id).unwrap()).map(String::as_str);
    assert_eq!(model("aaaaaaaa-0000-4000-8000-00000000000a"), Some("fake/model-a"));
    assert_eq!(model("bbbbbbbb-0000-4000-8000-00000000000b"), Some("fake/model-b"));
    assert_eq!(model("dddddddd-0000-4000-8000-00000000000d"), None, "a private name is no name");
    assert!(names("public.stats_llm.cold.json").await.is_empty());
    assert_eq!(names("public.stats_llm.filtered.json").await.len(), 1);
}

#[test]
fn every_recording_of_these_routes_is_asserted() {
    let tables =
        PLANS.iter().map(|row| row.0).chain(QUOTAS.iter().map(|row| row.0)).chain(ACCOUNTS.iter().map(|row| row.0));
    let single = [
        "base.usage_empty.json",
        "error.missing_authorization.me.json",
        "error.missing_authorization.quotas.json",
        "error.missing_authorization.subscription_usage.json",
        "nohotkey.me.json",
        "paygo.usage.json",
        "paygo.usage_per_chute.json",
        "public.stats_llm.cold.json",
        "public.stats_llm.filtered.json",
        "public.stats_llm.warm.json",
    ];
    let asserted: BTreeSet<&str> = tables.chain(single).collect();
    // Those of the daily quota, and of refusals, are asserted with it.
    let is_of_the_quota =
        |name: &str| name.contains("quota_usage") || name.starts_with("invoke.") || name.starts_with("oauth.");
    let is_refusal = |name: &str| {
        (name.starts_with("error.") && !name.contains("missing_authorization")) || name == "overload.503.json"
    };
    let stored = Recording::names();
    let missing: Vec<&String> = stored
        .iter()
        .filter(|name| !is_of_the_quota(name) && !is_refusal(name) && !asserted.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
