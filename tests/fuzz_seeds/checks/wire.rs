//! The answers of the server.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::{UsagePage, UsageQuery, wire};
use chutes_top::domain::account::{Account, Cap, Capping, Subscription};
use chutes_top::domain::activity::{ChuteId, HourlyRequests};
use chutes_top::domain::failure::Failure;
use chutes_top::domain::quota::{Quota, QuotaUsage, as_f64};
use chutes_top::domain::usage::Update;
use chutes_top::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};

use super::screen::{answered, part, show};
use super::{assert_no_key, assert_safe, has_key, key, now, refused, understand, with_key};

const LONGEST_NAME: usize = 64;
const LONGEST_CHUTE_NAME: usize = 80;
const LONGEST_CHUTE_ID: usize = 128;

/// `GET /users/me/quota_usage/me`.
pub fn quota_usage(data: &[u8]) {
    let body = with_key(data);
    let usage = match understand(&body, wire::parse_object::<wire::QuotaUsage>) {
        Ok(wire) => QuotaUsage::from(wire),
        Err(failure) => return show(data, vec![answered(0, Err(failure))]),
    };
    let left = usage.remaining_fraction();
    assert!(left.is_none_or(|left| (0.0..=1.0).contains(&left)), "{left:?}");
    if let (Quota::Finite(limit), Some(remaining)) = (usage.quota(), usage.remaining()) {
        assert!((0.0..=as_f64(limit)).contains(&remaining), "{remaining}");
    }
    show(data, vec![answered(0, Ok(usage))]);
}

/// `GET /users/me/subscription_usage`.
pub fn subscription_usage(data: &[u8]) {
    let plan: Option<Subscription> = match understand(&with_key(data), wire::parse_object::<wire::SubscriptionUsage>) {
        Ok(wire) => wire.into(),
        Err(failure) => return show_failed(data, Part::Caps, failure),
    };
    let caps = plan.iter().flat_map(|plan| [plan.four_hour, plan.monthly]).filter_map(Capping::cap);
    for Cap { usage, cap, .. } in caps {
        assert!(usage.is_finite() && cap.is_finite() && cap >= 0.0, "{usage} of {cap}");
    }
    show(data, vec![part(Ok(PartAnswer::Caps(plan)))]);
}

/// `GET /users/me/quotas`.
pub fn quotas(data: &[u8]) {
    let body = with_key(data);
    let chutes = match understand(&body, wire::parse_object_or_list::<wire::ChuteQuotas>) {
        Ok(wire) => wire.chutes(&key()),
        Err(failure) => return show_failed(data, Part::Quotas, failure),
    };
    assert!(chutes.is_sorted() && chutes.windows(2).all(|pair| pair[0] != pair[1]), "in order, each once");
    for chute in &chutes {
        check_chute(chute);
    }
    let quota = |chute| ChuteQuota {
        chute,
        count: PartState::learned(QuotaUsage::new(Quota::Finite(50), Some(49.5)), DateTime::UNIX_EPOCH),
    };
    show(data, vec![part(Ok(PartAnswer::Quotas(chutes.into_iter().take(3).map(quota).collect())))]);
}

/// `GET /users/me`.
pub fn account(data: &[u8]) {
    let body = with_key(data);
    let account: Account = match understand(&body, wire::parse_object::<wire::Account>) {
        Ok(wire) => wire.seen_by(&key()),
        Err(failure) => return show_failed(data, Part::Account, failure),
    };
    assert!(account.balance.is_none_or(f64::is_finite));
    let name = account.username.as_deref();
    assert!(name != Some(""), "nothing is no name");
    assert_safe(name.unwrap_or_default(), LONGEST_NAME);
    assert_no_key(name.unwrap_or_default());
    show(data, vec![part(Ok(PartAnswer::Account(account)))]);
}

/// `GET /users/me/usage`.
pub fn usage(data: &[u8]) {
    let page: UsagePage = match understand(&with_key(data), wire::parse_object::<wire::Usage>) {
        Ok(wire) => wire.page(query(), &key()),
        Err(failure) => return show_failed(data, Part::Usage, failure),
    };
    let mut hours: BTreeMap<DateTime<Utc>, f64> = BTreeMap::new();
    for bucket in &page.buckets {
        assert!(bucket.requests.is_finite() && bucket.requests >= 0.0, "{}", bucket.requests);
        assert!(bucket.dollars.is_finite(), "{}", bucket.dollars);
        bucket.chute.iter().for_each(check_chute);
        *hours.entry(bucket.hour).or_default() += bucket.requests;
    }
    let hours: Arc<[HourlyRequests]> =
        hours.into_iter().map(|(hour, requests)| HourlyRequests { hour, requests }).collect();
    show(data, vec![part(Ok(PartAnswer::Usage(hours)))]);
}

/// `GET /invocations/stats/llm`.
pub fn chute_names(data: &[u8]) {
    let body = with_key(data);
    let names: HashMap<ChuteId, String> = match understand(&body, wire::parse_list::<wire::ChuteNames>) {
        Ok(wire) => wire.latest(),
        Err(_) => return,
    };
    for (chute, name) in &names {
        check_chute(chute);
        assert!(!name.is_empty());
        assert_safe(name, LONGEST_CHUTE_NAME);
    }
    let quota = |chute: &ChuteId| ChuteQuota {
        chute: chute.clone(),
        count: PartState::learned(QuotaUsage::new(Quota::Finite(50), Some(49.5)), DateTime::UNIX_EPOCH),
    };
    // The list is asked for without a key, so there is none that could be found in it.
    if !has_key(&body) {
        let quotas = names.keys().take(3).map(quota).collect();
        show(data, vec![part(Ok(PartAnswer::Quotas(quotas))), Update::Names(Arc::new(names))]);
    }
}

/// The body of a failure. Which status it comes with does not matter to it; here its length says so.
pub fn detail(data: &[u8]) {
    const STATUSES: [u16; 8] = [204, 302, 401, 402, 403, 404, 429, 503];
    let body = with_key(data);
    assert!(wire::detail(&body).is_none_or(|said| !said.is_empty()));
    let failure = refused(STATUSES[data.len() % STATUSES.len()], &body);
    show(data, vec![answered(0, Err(failure))]);
}

fn show_failed(data: &[u8], of: Part, failure: Failure) {
    show(data, vec![part(Err((of, failure)))]);
}

/// The first page of the last 35 days.
fn query() -> UsageQuery {
    UsageQuery { since: now() - TimeDelta::days(35), until: now(), page: 0, limit: 500 }
}

/// An id is safe to show, and is one step of a path, whatever is in it.
fn check_chute(chute: &ChuteId) {
    assert_safe(chute.as_str(), LONGEST_CHUTE_ID);
    assert!(!chute.as_str().is_empty() && chute.as_str() != "*");
    let path = wire::QuotaUsage::path_of(chute);
    let step = path.strip_prefix("/users/me/quota_usage/").unwrap();
    assert!(!step.is_empty());
    assert!(
        step.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'%')),
        "{step}"
    );
}
