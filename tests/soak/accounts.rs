//! The accounts of the simulated server: what each has, and what it has used at any time.
//!
//! Everything is a function of the true time, so what a row shows can be held against what was.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chutes_top::domain::account::{Account, Cap, Capping, Subscription};
use chutes_top::domain::activity::{ChuteId, HourlyRequests};
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::window::{month_after, next_four_hour_reset};
use fastrand::Rng;

/// The daily quota of each account, and when its paid month began last before the simulation does: on the 29th,
/// 30th and 31st, whose renewals fall on the last days of January and of February.
const ACCOUNTS: [(Quota, Option<&str>); 10] = [
    (Quota::Finite(2000), Some("2026-12-29T18:30:00.25Z")),
    (Quota::Finite(5000), Some("2026-12-30T03:15:00Z")),
    (Quota::Finite(300), Some("2026-12-31T23:59:59Z")),
    (Quota::Finite(5001), Some("2027-01-29T00:00:00Z")),
    (Quota::Finite(200), None),
    (Quota::Finite(0), None),
    (Quota::Unlimited, None),
    (Quota::Finite(300), Some("2026-12-31T05:00:00Z")),
    (Quota::Finite(2000), Some("2027-01-15T12:00:00Z")),
    (Quota::Finite(300), Some("2026-12-30T00:00:00.5Z")),
];

/// Which account each credential is of: the first four share two.
pub(crate) const OWNERS: [usize; 12] = [0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// Dollars.
const FOUR_HOUR_CAP: f64 = 4.0;
const MONTHLY_CAP: f64 = 100.0;

/// So many credentials, the first of them those of [`OWNERS`]; any more have an account each.
pub(crate) fn credentials(count: usize) -> Vec<Credential> {
    let credential = |index: usize| {
        let owner = OWNERS.get(index).copied().unwrap_or(index);
        let key = ApiKey::new(format!("cpk_{index:032x}.{owner:032x}.{}", "A".repeat(32)));
        Credential::new(CredentialId::new(index), vec![format!("name-{index:02}")], key)
    };
    (0..count).map(credential).collect()
}

/// The credential and the account of a key of [`credentials`].
pub(crate) fn whose(key: &ApiKey) -> (usize, usize) {
    let part = |place: usize| {
        let text = key.expose().strip_prefix("cpk_").unwrap().split('.').nth(place).unwrap();
        usize::from_str_radix(text, 16).unwrap()
    };
    (part(0), part(1))
}

/// The daily quota of an account, and what is used of it at `truth`.
pub(crate) fn daily(account: usize, truth: DateTime<Utc>) -> QuotaUsage {
    let quota = ACCOUNTS.get(account).map_or(Quota::Finite(300), |(quota, _)| *quota);
    let limit = match quota {
        Quota::Finite(limit) => u32::try_from(limit).map_or(0.0, f64::from),
        Quota::Unlimited => 1000.0,
    };
    let midnight = truth.duration_since_midnight();
    let day = u64::from(truth.date_naive().num_days_from_ce().unsigned_abs());
    let mut rng = Rng::with_seed(day * 100 + account as u64);
    // Some days are quiet, and on some all is used up by the evening. Now and then the counter cannot be read.
    let (share, is_lost) = (rng.f64() * 1.4, rng.u8(..20) == 0);
    let used = (limit * share * midnight * 10.0).floor() / 10.0;
    QuotaUsage::new(quota, (!is_lost).then_some(used))
}

/// The plan of an account, and its caps.
pub(crate) fn plan(account: usize, truth: DateTime<Utc>) -> Option<Subscription> {
    let anchor = anchor(account, truth)?;
    let block = next_four_hour_reset(truth);
    let part = 1.0 - (block - truth).as_seconds_f64() / TimeDelta::hours(4).as_seconds_f64();
    let mut rng = Rng::with_seed(u64::try_from(block.timestamp()).unwrap() + account as u64);
    let four_hour = Cap { usage: FOUR_HOUR_CAP * part * rng.f64() * 1.3, cap: FOUR_HOUR_CAP, reset_at: Some(block) };
    let renews_at = month_after(anchor);
    let passed = (truth - anchor).as_seconds_f64() / TimeDelta::days(30).as_seconds_f64();
    let monthly = Cap { usage: MONTHLY_CAP * passed * 0.8, cap: MONTHLY_CAP, reset_at: renews_at };
    Some(Subscription {
        price: Some(10.0),
        custom: Some(account == 3),
        anchor: Some(anchor),
        four_hour: Capping::Capped(four_hour),
        monthly: if account == 3 { Capping::Uncapped } else { Capping::Capped(monthly) },
        renews_at,
    })
}

/// When the running month began, as far as the server has noted: it notes a renewal up to three hours late, and
/// until then its answers name a reset that has passed.
fn anchor(account: usize, truth: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut anchor: DateTime<Utc> = ACCOUNTS.get(account)?.1?.parse().unwrap();
    let late = TimeDelta::minutes(i64::try_from(account).unwrap() * 20);
    while let Some(next) = month_after(anchor).filter(|next| *next + late <= truth) {
        anchor = next;
    }
    Some(anchor)
}

/// The chutes with a quota of their own, of the one account that has any.
pub(crate) fn chutes(account: usize) -> Vec<ChuteId> {
    let ids: &[&str] = if account == 8 { &["chute-a", "chute-b"] } else { &[] };
    ids.iter().filter_map(|id| ChuteId::parse(id)).collect()
}

pub(crate) fn profile(account: usize) -> Account {
    let bitmask = if account == 6 { 16 } else { 0 };
    Account::new(Some(&format!("{account:032x}")), Some("somebody"), Some(7.35), bitmask)
}

/// The requests of the 35 days before `truth`, by the hour.
pub(crate) fn hours(account: usize, truth: DateTime<Utc>) -> Vec<HourlyRequests> {
    let first = truth.timestamp().div_euclid(3600) - 35 * 24;
    let hour = |hour: i64| HourlyRequests {
        hour: DateTime::from_timestamp(hour * 3600, 0).unwrap(),
        requests: Rng::with_seed(hour.unsigned_abs() + account as u64).f64() * 20.0,
    };
    (first..=first + 35 * 24).map(hour).collect()
}

trait PartOfDay {
    /// The part of the UTC day that has passed, from 0 up to 1.
    fn duration_since_midnight(&self) -> f64;
}

impl PartOfDay for DateTime<Utc> {
    fn duration_since_midnight(&self) -> f64 {
        let day = TimeDelta::days(1);
        let passed = self.timestamp_millis().rem_euclid(day.num_milliseconds());
        TimeDelta::milliseconds(passed).as_seconds_f64() / day.as_seconds_f64()
    }
}
