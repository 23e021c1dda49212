//! The account behind a credential: plan, person, and how far each part of it is known.

use serde::Serialize;

use super::super::Identities;
use super::super::values::{Reason, Time};
use crate::domain::account::AccountId;
use crate::domain::tier::TierName;
use crate::domain::usage::CredentialUsage;
use crate::domain::usage::part::Part;

/// A subscription. Its name follows from the daily quota, everything else is the server's.
#[derive(Serialize)]
pub(super) struct Plan {
    name: &'static str,
    price: Option<f64>,
    custom: bool,
    renews_at: Option<Time>,
}

impl Plan {
    /// The plan of a credential. `None` without a subscription, and where the server was not heard and the
    /// quota is not that of a plan.
    pub(super) fn of(entry: &CredentialUsage) -> Option<Self> {
        let tier = entry.tier();
        let is_plan = matches!(tier.name, TierName::Legacy | TierName::Base | TierName::Plus | TierName::Pro);
        let unstated = Self { name: tier.name.as_str(), price: None, custom: tier.custom, renews_at: None };
        match entry.caps().value() {
            Some(None) => None,
            None => is_plan.then_some(unstated),
            Some(Some(stated)) => Some(Self {
                price: stated.price,
                custom: stated.custom.unwrap_or(tier.custom),
                renews_at: stated.renews_at.map(Time),
                ..unstated
            }),
        }
    }
}

/// Who is behind a credential.
#[derive(Serialize)]
pub(super) struct AccountFields<'a> {
    user_id: Option<&'a str>,
    username: Option<&'a str>,
}

impl<'a> AccountFields<'a> {
    /// What the account route said; `None` until it has answered. Only the first eight digits of the id are shown: it
    /// is a part of every key of the account.
    pub(super) fn of(entry: &'a CredentialUsage, identities: Identities) -> Option<Self> {
        let account = entry.account().value()?;
        let username = account.username.as_deref().filter(|_| identities == Identities::Shown);
        Some(Self { user_id: account.id.as_ref().map(AccountId::masked), username })
    }
}

/// How far each part of what is known of a credential was learned.
#[derive(Serialize)]
pub(super) struct Parts<'a> {
    quota: PartFields<'a>,
    caps: PartFields<'a>,
    quotas: PartFields<'a>,
    account: PartFields<'a>,
    usage: PartFields<'a>,
}

/// How one part was learned.
#[derive(Serialize)]
struct PartFields<'a> {
    /// `ok`, `error` (the last time it was asked for it failed) or `not_asked`.
    status: &'static str,
    error: Option<Reason<'a>>,
    /// When it was last learned.
    fetched_at: Option<Time>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(entry: &'a CredentialUsage) -> Self {
        let part = |part: Part| {
            let (failure, fetched_at) = (entry.part_failure(part), entry.part_fetched_at(part));
            let status = match (failure, fetched_at) {
                (Some(_), _) => "error",
                (None, Some(_)) => "ok",
                (None, None) => "not_asked",
            };
            PartFields { status, error: failure.map(Reason::from), fetched_at: fetched_at.map(Time) }
        };
        Self {
            quota: part(Part::Quota),
            caps: part(Part::Caps),
            quotas: part(Part::Quotas),
            account: part(Part::Account),
            usage: part(Part::Usage),
        }
    }

    /// Leaves out when each part was learned.
    pub(super) fn forget_times(&mut self) {
        for part in [&mut self.quota, &mut self.caps, &mut self.quotas, &mut self.account, &mut self.usage] {
            part.fetched_at = None;
        }
    }
}
