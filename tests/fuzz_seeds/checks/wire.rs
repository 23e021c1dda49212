//! The answers of the server. A key that it puts into a name is its own doing, and such names are not shown here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chutes_top::api::{UsagePage, wire};
use chutes_top::domain::account::{Account, Cap, Subscription};
use chutes_top::domain::activity::{ChuteId, HourlyRequests};
use chutes_top::domain::quota::{Quota, QuotaUsage, as_f64};
use chutes_top::domain::usage::Update;
use chutes_top::domain::usage::part::{ChuteQuota, Part, PartAnswer};

use super::screen::{answered, part, show};
use super::{assert_quotable, assert_safe, with_key};

const LONGEST_NAME: usize = 64;
const LONGEST_CHUTE_NAME: usize = 80;
const LONGEST_CHUTE_ID: usize = 128;

/// `GET /users/me/quota_usage/me`.
pub fn quota_usage(data: &[u8]) {
    let body = with_key(data);
    let wire = match wire::parse_object::<wire::QuotaUsage>(&body) {
        Ok(wire) => wire,
        Err(reason) => return show(data, vec![answered(0, Err(assert_quotable(&reason)))]),
    };
    let written = serde_json::to_vec(&wire).unwrap();
    assert_eq!(wire::parse_object::<wire::QuotaUsage>(&written), Ok(wire), "what is written is read as the same");
    let usage = QuotaUsage::from(wire);
    let left = usage.remaining_fraction();
    assert!(left.is_none_or(|left| (0.0..=1.0).contains(&left)), "{left:?}");
    if let (Quota::Finite(limit), Some(remaining)) = (usage.quota(), usage.remaining()) {
        assert!((0.0..=as_f64(limit)).contains(&remaining), "{remaining}");
    }
    show(data, vec![answered(0, Ok(usage))]);
}

/// `GET /users/me/subscription_usage`.
pub fn subscription_usage(data: &[u8]) {
    let plan: Option<Subscription> = match wire::parse_object::<wire::SubscriptionUsage>(&with_key(data)) {
        Ok(wire) => wire.into(),
        Err(reason) => return show_failed(data, Part::Caps, &reason),
    };
    let caps = plan.iter().flat_map(|plan| [plan.four_hour, plan.monthly]).flatten();
    for Cap { usage, cap, .. } in caps {
        assert!(usage.is_finite() && cap.is_finite() && cap >= 0.0, "{usage} of {cap}");
    }
    show(data, vec![part(Ok(PartAnswer::Caps(plan)))]);
}

/// `GET /users/me/quotas`.
pub fn quotas(data: &[u8]) {
    let body = with_key(data);
    let chutes = match wire::parse_object_or_list::<wire::ChuteQuotas>(&body) {
        Ok(wire) => wire.chutes(),
        Err(reason) => return show_failed(data, Part::Quotas, &reason),
    };
    assert!(chutes.is_sorted() && chutes.windows(2).all(|pair| pair[0] != pair[1]), "in order, each once");
    for chute in &chutes {
        check_chute(chute);
    }
    let quota = |chute| ChuteQuota { chute, usage: QuotaUsage::new(Quota::Finite(50), Some(49.5)) };
    if body == data {
        show(data, vec![part(Ok(PartAnswer::Quotas(chutes.into_iter().take(3).map(quota).collect())))]);
    }
}

/// `GET /users/me`.
pub fn account(data: &[u8]) {
    let body = with_key(data);
    let account: Account = match wire::parse_object::<wire::Account>(&body) {
        Ok(wire) => wire.into(),
        Err(reason) => return show_failed(data, Part::Account, &reason),
    };
    assert!(account.balance.is_none_or(f64::is_finite));
    let name = account.username.as_deref();
    assert!(name != Some(""), "nothing is no name");
    assert_safe(name.unwrap_or_default(), LONGEST_NAME);
    if body == data {
        show(data, vec![part(Ok(PartAnswer::Account(account)))]);
    }
}

/// `GET /users/me/usage`.
pub fn usage(data: &[u8]) {
    let page: UsagePage = match wire::parse_object::<wire::Usage>(&with_key(data)) {
        Ok(wire) => wire.into(),
        Err(reason) => return show_failed(data, Part::Usage, &reason),
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
    let names: HashMap<ChuteId, String> = match wire::parse_object_or_list::<wire::ChuteNames>(&body) {
        Ok(wire) => wire.latest(),
        Err(reason) => {
            assert_quotable(&reason);
            return;
        }
    };
    for (chute, name) in &names {
        check_chute(chute);
        assert!(!name.is_empty());
        assert_safe(name, LONGEST_CHUTE_NAME);
    }
    let quota =
        |chute: &ChuteId| ChuteQuota { chute: chute.clone(), usage: QuotaUsage::new(Quota::Finite(50), Some(49.5)) };
    if body == data {
        let quotas = names.keys().take(3).map(quota).collect();
        show(data, vec![part(Ok(PartAnswer::Quotas(quotas))), Update::Names(Arc::new(names))]);
    }
}

/// The body of a failure.
pub fn detail(data: &[u8]) {
    let body = with_key(data);
    let Some(said) = wire::detail(&body) else { return };
    assert!(!said.is_empty());
    show(data, vec![answered(0, Err(assert_quotable(&said)))]);
}

fn show_failed(data: &[u8], of: Part, reason: &str) {
    show(data, vec![part(Err((of, assert_quotable(reason))))]);
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
