//! One optional request: what it is for, how it is sent, what it brings.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::api::{QuotaSource, UsagePage, UsageQuery};
use crate::domain::account::{Account, Subscription};
use crate::domain::activity::ChuteId;
use crate::domain::credential::{ApiKey, CredentialId};
use crate::domain::failure::Failure;
use crate::domain::quota::QuotaUsage;
use crate::domain::usage::part::Part;

/// Entries a page of usage.
pub(super) const PAGE: u32 = 500;

/// One optional request, asked with the key of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Errand {
    /// The plan and its caps.
    Caps(CredentialId),
    /// Which chutes have a quota of their own.
    Rows(CredentialId),
    /// The count of a chute with a quota of its own.
    Chute(CredentialId, ChuteId),
    /// Balance, name, role.
    Account(CredentialId),
    /// A page of the usage since then.
    Usage(CredentialId, DateTime<Utc>, u32),
    /// The names of all chutes.
    Names,
}

/// What an errand brought.
#[derive(Clone, Debug)]
pub(super) enum Brought {
    Caps(Option<Subscription>),
    Rows(Vec<ChuteId>),
    Chute(QuotaUsage),
    Account(Account),
    Usage(UsagePage),
    Names(HashMap<ChuteId, String>),
}

impl Errand {
    /// Whose key it is asked with.
    pub(super) fn id(&self) -> Option<CredentialId> {
        match self {
            Self::Caps(id) | Self::Rows(id) | Self::Chute(id, _) | Self::Account(id) | Self::Usage(id, ..) => Some(*id),
            Self::Names => None,
        }
    }

    /// The name of the request, the same in every instance.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Caps(_) => "caps".into(),
            Self::Rows(_) => "rows".into(),
            Self::Chute(_, chute) => format!("chute {}", chute.as_str()).into(),
            Self::Account(_) => "account".into(),
            Self::Usage(_, _, 0) => "usage".into(),
            Self::Usage(_, _, page) => format!("usage page {page}").into(),
            Self::Names => "names".into(),
        }
    }

    /// Whether it is sent at every refresh, and not seldom.
    pub(super) fn is_often(&self) -> bool {
        matches!(self, Self::Caps(_) | Self::Chute(..))
    }

    /// Whose part it is after.
    pub(super) fn part(&self) -> Option<(CredentialId, Part)> {
        let part = match self {
            Self::Caps(_) => Part::Caps,
            Self::Rows(_) | Self::Chute(..) => Part::Quotas,
            Self::Account(_) => Part::Account,
            Self::Usage(..) => Part::Usage,
            Self::Names => return None,
        };
        Some((self.id()?, part))
    }
}

/// Sends the request.
pub(super) async fn ask<S: QuotaSource>(
    source: &S,
    key: Option<&ApiKey>,
    errand: &Errand,
    now: DateTime<Utc>,
) -> Result<Brought, Failure> {
    let Some(key) = key else { return source.fetch_chute_names().await.map(Brought::Names) };
    match errand {
        Errand::Caps(_) => source.fetch_subscription(key).await.map(Brought::Caps),
        Errand::Rows(_) => source.fetch_chute_quotas(key).await.map(Brought::Rows),
        Errand::Chute(_, chute) => source.fetch_chute_quota(key, chute).await.map(Brought::Chute),
        Errand::Account(_) => source.fetch_account(key).await.map(Brought::Account),
        Errand::Usage(_, since, page) => {
            let query = UsageQuery { since: *since, until: now, page: *page, limit: PAGE };
            source.fetch_usage(key, query).await.map(Brought::Usage)
        }
        Errand::Names => source.fetch_chute_names().await.map(Brought::Names),
    }
}
