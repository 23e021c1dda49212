//! Answers as the history writes them: JSON of its own, so that the domain may change its types without
//! orphaning what was kept. A field that is missing reads as unknown.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::account::{Account, Cap, Capping, Role, Subscription};
use crate::domain::activity::ChuteId;
use crate::domain::clean::clean;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};

/// A quota and its use; no limit is unlimited.
#[derive(Debug, Serialize, Deserialize)]
struct UsageRecord {
    limit: Option<u64>,
    used: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SnapshotRecord {
    usage: UsageRecord,
    reset_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CapRecord {
    usage: f64,
    cap: f64,
    reset_at: Option<DateTime<Utc>>,
}

/// A cap, or that there is none, as the server writes it. It is left out where the server does not say.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum CappingRecord {
    Capped(CapRecord),
    Uncapped { uncapped: bool },
}

#[derive(Debug, Serialize, Deserialize)]
struct SubscriptionRecord {
    price: Option<f64>,
    custom: Option<bool>,
    anchor: Option<DateTime<Utc>>,
    four_hour: Option<CappingRecord>,
    monthly: Option<CappingRecord>,
    renews_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ChuteQuotaRecord {
    chute: String,
    usage: UsageRecord,
    /// That of the answer, where it is missing.
    fetched_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FailureRecord {
    kind: String,
    message: String,
    http_status: Option<u16>,
    #[serde(default)]
    was_closed: bool,
    /// How long the server asked to be left alone, from then on.
    retry_after_ms: Option<u64>,
}

/// The account without its id: that is a part of every key of the account, and no piece of a key is
/// ever stored.
#[derive(Debug, Serialize, Deserialize)]
struct AccountRecord {
    username: Option<String>,
    balance: Option<f64>,
    role: RoleRecord,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RoleRecord {
    Ordinary,
    Free,
    Invoiced,
}

/// The daily quota as text; `None` when it cannot be written, which no value is known to cause.
pub(super) fn write_snapshot(snapshot: &Snapshot) -> Option<String> {
    serde_json::to_string(&SnapshotRecord { usage: (&snapshot.usage).into(), reset_at: snapshot.reset_at }).ok()
}

/// The daily quota from text; `None` when it is not understood.
pub(super) fn read_snapshot(text: &str, fetched_at: DateTime<Utc>) -> Option<Snapshot> {
    let record: SnapshotRecord = serde_json::from_str(text).ok()?;
    Some(Snapshot { usage: record.usage.into(), reset_at: record.reset_at, fetched_at })
}

/// An answer as text. `None` for the usage, which is kept by the hour and not as an answer.
pub(super) fn write_answer(answer: &PartAnswer) -> Option<String> {
    match answer {
        PartAnswer::Caps(subscription) => {
            serde_json::to_string(&subscription.as_ref().map(SubscriptionRecord::from)).ok()
        }
        PartAnswer::Quotas(quotas) => {
            serde_json::to_string(&quotas.iter().filter_map(ChuteQuotaRecord::of).collect::<Vec<_>>()).ok()
        }
        PartAnswer::Account(account) => serde_json::to_string(&AccountRecord::from(account)).ok(),
        PartAnswer::Usage(_) => None,
    }
}

/// An answer of that time from text; `None` when the part or the text is not understood.
pub(super) fn read_answer(part: &str, text: &str, at: DateTime<Utc>) -> Option<PartAnswer> {
    let part = Part::OPTIONAL.into_iter().find(|known| known.as_str() == part)?;
    match part {
        Part::Caps => {
            let record: Option<SubscriptionRecord> = serde_json::from_str(text).ok()?;
            Some(PartAnswer::Caps(record.map(Into::into)))
        }
        Part::Quotas => {
            let records: Vec<ChuteQuotaRecord> = serde_json::from_str(text).ok()?;
            Some(PartAnswer::Quotas(records.into_iter().filter_map(|record| record.into_domain(at)).collect()))
        }
        Part::Account => Some(PartAnswer::Account(serde_json::from_str::<AccountRecord>(text).ok()?.into())),
        Part::Quota | Part::Usage => None,
    }
}

/// An hour as text.
pub(super) fn write_hour(hour: DateTime<Utc>) -> Option<String> {
    serde_json::to_string(&hour).ok()
}

/// An hour from text; `None` when it is not understood.
pub(super) fn read_hour(text: &str) -> Option<DateTime<Utc>> {
    serde_json::from_str(text).ok()
}

/// The chutes with a quota of their own, as text.
pub(super) fn write_rows(chutes: &[ChuteId]) -> Option<String> {
    serde_json::to_string(&chutes.iter().map(ChuteId::as_str).collect::<Vec<_>>()).ok()
}

/// The chutes from text; `None` when it is not understood.
pub(super) fn read_rows(text: &str) -> Option<Vec<ChuteId>> {
    let ids: Vec<String> = serde_json::from_str(text).ok()?;
    Some(ids.iter().filter_map(|id| ChuteId::parse(id)).collect())
}

/// A failure as text.
pub(super) fn write_failure(failure: &Failure) -> Option<String> {
    serde_json::to_string(&FailureRecord::from(failure)).ok()
}

/// A failure from text; `None` when it is not understood.
pub(super) fn read_failure(text: &str) -> Option<Failure> {
    serde_json::from_str::<FailureRecord>(text).ok()?.into_domain()
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> Self {
        Self {
            kind: failure.kind.as_str().to_owned(),
            message: failure.message.clone(),
            http_status: failure.http_status,
            was_closed: failure.was_closed,
            retry_after_ms: failure.retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok()),
        }
    }
}

impl FailureRecord {
    fn into_domain(self) -> Option<Failure> {
        let failure = Failure::new(FailureKind::parse(&self.kind)?, self.message);
        let retry_after = self.retry_after_ms.map(Duration::from_millis);
        Some(Failure { http_status: self.http_status, was_closed: self.was_closed, retry_after, ..failure })
    }
}

impl From<&QuotaUsage> for UsageRecord {
    fn from(usage: &QuotaUsage) -> Self {
        Self { limit: usage.limit(), used: usage.used() }
    }
}

impl From<UsageRecord> for QuotaUsage {
    fn from(record: UsageRecord) -> Self {
        Self::new(record.limit.map_or(Quota::Unlimited, Quota::Finite), record.used)
    }
}

impl From<Cap> for CapRecord {
    fn from(cap: Cap) -> Self {
        Self { usage: cap.usage, cap: cap.cap, reset_at: cap.reset_at }
    }
}

impl From<CapRecord> for Cap {
    fn from(record: CapRecord) -> Self {
        Self { usage: record.usage, cap: record.cap, reset_at: record.reset_at }
    }
}

impl CappingRecord {
    fn of(capping: Capping) -> Option<Self> {
        match capping {
            Capping::Capped(cap) => Some(Self::Capped(cap.into())),
            Capping::Uncapped => Some(Self::Uncapped { uncapped: true }),
            Capping::NotTold => None,
        }
    }

    fn told(record: Option<Self>) -> Capping {
        match record {
            Some(Self::Capped(cap)) => Capping::Capped(cap.into()),
            Some(Self::Uncapped { uncapped: true }) => Capping::Uncapped,
            Some(Self::Uncapped { uncapped: false }) | None => Capping::NotTold,
        }
    }
}

impl From<&Subscription> for SubscriptionRecord {
    fn from(subscription: &Subscription) -> Self {
        Self {
            price: subscription.price,
            custom: subscription.custom,
            anchor: subscription.anchor,
            four_hour: CappingRecord::of(subscription.four_hour),
            monthly: CappingRecord::of(subscription.monthly),
            renews_at: subscription.renews_at,
        }
    }
}

impl From<SubscriptionRecord> for Subscription {
    fn from(record: SubscriptionRecord) -> Self {
        Self {
            price: record.price,
            custom: record.custom,
            anchor: record.anchor,
            four_hour: CappingRecord::told(record.four_hour),
            monthly: CappingRecord::told(record.monthly),
            renews_at: record.renews_at,
        }
    }
}

impl ChuteQuotaRecord {
    /// `None` for a chute of which nothing was read.
    fn of(ChuteQuota { chute, count }: &ChuteQuota) -> Option<Self> {
        let usage = count.value()?.into();
        Some(Self { chute: chute.as_str().to_owned(), usage, fetched_at: count.fetched_at() })
    }

    fn into_domain(self, at: DateTime<Utc>) -> Option<ChuteQuota> {
        let count = PartState::learned(self.usage.into(), self.fetched_at.unwrap_or(at));
        Some(ChuteQuota { chute: ChuteId::parse(&self.chute)?, count })
    }
}

impl From<&Account> for AccountRecord {
    fn from(account: &Account) -> Self {
        let role = match account.role {
            Role::Ordinary => RoleRecord::Ordinary,
            Role::Free => RoleRecord::Free,
            Role::Invoiced => RoleRecord::Invoiced,
        };
        Self { username: account.username.clone(), balance: account.balance, role }
    }
}

impl From<AccountRecord> for Account {
    fn from(record: AccountRecord) -> Self {
        /// As in [`Account::new`]; the file could have been written by anyone who may write to it.
        const LONGEST_NAME: usize = 64;
        let role = match record.role {
            RoleRecord::Ordinary => Role::Ordinary,
            RoleRecord::Free => Role::Free,
            RoleRecord::Invoiced => Role::Invoiced,
        };
        Self {
            id: None,
            username: record.username.map(|name| clean(&name, LONGEST_NAME)),
            balance: record.balance,
            role,
        }
    }
}
