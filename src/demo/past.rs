//! What the server said of the caps while nobody watched, so that their charts and forecasts have something to show
//! from the first second, as those of the daily quota have by the hourly counts.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::api::wire::{SubscriptionUsage, parse_object};
use crate::demo::accounts::{self, Account};
use crate::demo::answers::subscription;
use crate::domain::account::Subscription;
use crate::domain::credential::CredentialId;

/// A plan, and when the server said it.
pub type PastPlan = (Subscription, DateTime<Utc>);

/// What it said of each plan, oldest first, by a credential of each account: once a day for a month, every half hour for
/// a day, and a minute ago.
pub(super) fn plans(now: DateTime<Utc>) -> Vec<(CredentialId, Vec<PastPlan>)> {
    let seldom = (2..=31).rev().map(|days| now - TimeDelta::days(days));
    let often = (1..=48).rev().map(|halves| now - TimeDelta::minutes(30 * halves));
    let times: Vec<_> = seldom.chain(often).chain([now - TimeDelta::minutes(1)]).collect();
    let mut known = HashSet::new();
    let accounts = accounts::keys().enumerate().filter_map(|(index, (_, _, account))| Some((index, account?)));
    accounts
        .filter(|(_, account)| known.insert(account.number))
        .map(|(index, account)| {
            (CredentialId::new(index), times.iter().filter_map(|at| Some((plan(account, *at)?, *at))).collect())
        })
        .collect()
}

/// The plan of an account as the program reads the server's answer.
fn plan(account: &'static Account, at: DateTime<Utc>) -> Option<Subscription> {
    let body = serde_json::to_vec(&subscription(account, at)).ok()?;
    parse_object::<SubscriptionUsage>(&body).ok()?.into()
}
