//! The bodies of the answers about quota, caps and account, number for number and field for field in the form of the recordings.

use chrono::{DateTime, Months, TimeDelta, Utc};
use serde::Serialize;

use crate::demo::accounts::{Account, Quirk, Quota};
use crate::demo::chutes::CHUTES;
use crate::demo::ledger::dollars;
use crate::domain::quota::Quota as DailyQuota;
use crate::domain::tier::{Tier, TierName};

/// `/users/me/quota_usage/{id}`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum QuotaUsage {
    /// With a daily limit.
    Limited { quota: u64, used: Option<f64> },
    /// Without: a word and, alone among these numbers, a whole one.
    Unlimited { quota: &'static str, used: u64 },
}

/// The count that `id` stands for: a chute with its own row has its own, `*` reads one that nothing
/// increments, and every other word reads the shared one.
pub(super) fn quota_usage(account: &'static Account, id: &str, now: DateTime<Utc>) -> QuotaUsage {
    let own = account.own_rows.iter().find(|row| chute_id(row.chute) == id);
    let quota = match account.quota {
        Quota::Free | Quota::Invoiced => return QuotaUsage::Unlimited { quota: "unlimited", used: 0 },
        Quota::NoRow => 0,
        Quota::Row(quota) => quota,
    };
    match own {
        Some(row) => QuotaUsage::Limited { quota: row.quota, used: Some(row.used_at(now)) },
        None if id == "*" => QuotaUsage::Limited { quota, used: Some(0.0) },
        None if account.quirk == Quirk::LostCount => QuotaUsage::Limited { quota, used: None },
        None => QuotaUsage::Limited { quota, used: Some(account.used_at(now)) },
    }
}

/// `/users/me/quotas`, in its three shapes.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Quotas {
    /// The rows of the account.
    Rows(Vec<Row>),
    /// The server's default.
    Default {
        /// Requests a day.
        #[serde(rename = "*")]
        everything: u64,
    },
    /// A free account, or one on invoice.
    Nothing {},
}

/// A row of `/users/me/quotas`.
#[derive(Serialize)]
pub(super) struct Row {
    effective_date: Option<String>,
    payment_refresh_date: Option<String>,
    quota: u64,
    chute_id: &'static str,
    is_default: bool,
    user_id: String,
    updated_at: String,
}

/// The quota rows of an account.
pub(super) fn quotas(account: &'static Account, now: DateTime<Utc>) -> Quotas {
    let quota = match account.quota {
        Quota::Free | Quota::Invoiced => return Quotas::Nothing {},
        Quota::NoRow => return Quotas::Default { everything: 0 },
        Quota::Row(quota) => quota,
    };
    let anchor = account.anchor_at(now);
    let row = |chute_id, quota, effective_date, updated_at| Row {
        effective_date,
        payment_refresh_date: None,
        quota,
        chute_id,
        is_default: true,
        user_id: account.user_id(),
        updated_at: naive(updated_at),
    };
    let mut rows = vec![row("*", quota, price_of(quota).map(|_| naive(anchor)), updated_at(anchor))];
    rows.extend(account.own_rows.iter().map(|own| row(chute_id(own.chute), own.quota, None, anchor)));
    Quotas::Rows(rows)
}

/// `/users/me/subscription_usage`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Subscription {
    /// No subscription.
    None { subscription: bool },
    /// A plan and its caps.
    Plan {
        subscription: bool,
        custom: bool,
        monthly_price: f64,
        anchor_date: String,
        effective_date: String,
        updated_at: String,
        four_hour: CapUse,
        monthly: Monthly,
    },
}

/// A cap in dollars.
#[derive(Serialize)]
pub(super) struct CapUse {
    usage: f64,
    cap: f64,
    remaining: f64,
    reset_at: String,
}

/// The monthly cap, which a custom plan does not have.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Monthly {
    /// There is one.
    Capped(CapUse),
    /// There is none.
    Uncapped { uncapped: bool },
}

impl CapUse {
    fn new(usage: f64, cap: f64, reset_at: DateTime<Utc>) -> Self {
        Self { usage, cap, remaining: (cap - usage).max(0.0), reset_at: format!("{}+00:00", naive(reset_at)) }
    }
}

/// The plan of an account and its caps. The four-hour blocks count from the epoch.
pub(super) fn subscription(account: &'static Account, now: DateTime<Utc>) -> Subscription {
    const BLOCK: i64 = 4 * 3600;
    let Quota::Row(quota) = account.quota else { return Subscription::None { subscription: false } };
    let Some(price) = price_of(quota) else { return Subscription::None { subscription: false } };
    let custom = Tier::from_quota(DailyQuota::Finite(quota)).custom;
    let anchor = account.anchor_at(now);
    let block = now.timestamp().div_euclid(BLOCK) * BLOCK;
    let block_start = DateTime::from_timestamp(block, 0).unwrap_or(now);
    let since = |start| dollars(account.micros_between(start, now));
    let monthly = if custom {
        Monthly::Uncapped { uncapped: true }
    } else {
        let reset_at = anchor.checked_add_months(Months::new(1)).unwrap_or(anchor);
        Monthly::Capped(CapUse::new(since(anchor), price * 5.0, reset_at))
    };
    Subscription::Plan {
        subscription: true,
        custom,
        monthly_price: price,
        anchor_date: naive(anchor),
        effective_date: naive(anchor),
        updated_at: naive(updated_at(anchor)),
        four_hour: CapUse::new(since(block_start), price / 180.0 * 75.0, block_start + TimeDelta::seconds(BLOCK)),
        monthly,
    }
}

/// `/users/me`.
#[derive(Serialize)]
pub(super) struct Profile {
    username: &'static str,
    user_id: String,
    logo_id: Option<String>,
    created_at: &'static str,
    hotkey: String,
    coldkey: String,
    payment_address: String,
    permissions_bitmask: u64,
    balance: f64,
    netuids: Option<Vec<u64>>,
    quotas: Option<Vec<Row>>,
    logo: Option<String>,
    permissions: Vec<&'static str>,
}

/// Who the account is, and its balance.
pub(super) fn profile(account: &'static Account, now: DateTime<Utc>) -> Profile {
    let (permissions_bitmask, permissions) = match account.quota {
        Quota::Free => (16, vec!["Free invocation -- run anything, for free."]),
        Quota::Invoiced => (256, vec!["Invoice billing option"]),
        Quota::Row(_) | Quota::NoRow => (0, Vec::new()),
    };
    let number = account.number;
    Profile {
        username: account.username,
        user_id: account.user_id(),
        logo_id: None,
        created_at: "2025-03-14T15:09:26.535897Z",
        hotkey: format!("5DemoHotkey{number:037}"),
        coldkey: format!("5DemoColdkey{number:036}"),
        payment_address: format!("5DemoPayment{number:036}"),
        permissions_bitmask,
        balance: account.balance_at(now),
        netuids: None,
        quotas: None,
        logo: None,
        permissions,
    }
}

/// An instant as the server writes it: naive, a fraction of six digits or none.
pub(super) fn naive(at: DateTime<Utc>) -> String {
    let fraction = if at.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    at.format(&format!("%Y-%m-%dT%H:%M:%S{fraction}")).to_string()
}

/// A row is written a moment after its plan was paid for.
fn updated_at(anchor: DateTime<Utc>) -> DateTime<Utc> {
    anchor + TimeDelta::microseconds(1_873_456)
}

/// The monthly price of a plan in dollars (`api/config/__init__.py`), if the quota is that of one.
fn price_of(quota: u64) -> Option<f64> {
    match Tier::from_quota(DailyQuota::Finite(quota)).name {
        TierName::Base => Some(3.0),
        TierName::Plus => Some(10.0),
        TierName::Pro => Some(20.0),
        TierName::PayAsYouGo | TierName::Legacy | TierName::Unlimited | TierName::Unknown => None,
    }
}

/// The chute of a row.
fn chute_id(chute: &[usize]) -> &'static str {
    chute.first().and_then(|place| CHUTES.get(*place)).map_or("", |chute| chute.id)
}
