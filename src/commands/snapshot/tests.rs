use std::time::Duration;

use chrono::{DateTime, Utc};
use pretty_assertions::assert_eq;

use super::*;
use crate::api::QuotaSource;
use crate::cli::AskArgs;
use crate::domain::credential::{ApiKey, Credential, CredentialId};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::snapshot::Snapshot;
use crate::worker::{Look, Setup};

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }
}

/// Answers with the key as the quota, and refuses what is no number.
struct Echo;

impl QuotaSource for Echo {
    async fn fetch_quota_usage(&self, key: &ApiKey) -> Result<Snapshot, Failure> {
        let quota = key.expose().parse().map_err(|_| Failure::new(FailureKind::Unauthorized, "unknown key"))?;
        Ok(Snapshot::new(QuotaUsage::new(Quota::Finite(quota), Some(1.0)), Noon.now(), Noon.now()))
    }
}

/// What is printed of these keys in JSON, and how it ends.
async fn snapshot(keys: &[&str]) -> (serde_json::Value, Outcome) {
    let credential = |(place, key): (usize, &&str)| {
        Credential::new(CredentialId::new(place), vec![format!("key {place}")], ApiKey::new(*key))
    };
    let setup = Setup {
        credentials: keys.iter().enumerate().map(credential).collect(),
        interval: Duration::from_mins(5),
        requests_per_minute: None,
        seed: 0,
        whole_account: false,
        keeper: None,
        after: None,
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console { out: &mut out, err: &mut err };
    let look = Look { max_age: Duration::ZERO, timeout: Duration::from_mins(1) };
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    ask::source(setup, &Echo, Arc::new(Noon), look, &mut usage, &mut console).await;
    let ask = AskArgs { max_age: None, timeout: "60s".to_owned() };
    let args = SnapshotArgs { format: Format::Json, identities: false, ask };
    let outcome = print(&usage, &args, &Noon, &mut console);
    assert!(err.is_empty());
    (serde_json::from_slice(&out).unwrap(), outcome)
}

#[tokio::test]
async fn every_credential_is_asked_for_and_stands_in_its_place() {
    let (document, outcome) = snapshot(&["300", "2000", "5000"]).await;
    let rows = document["credentials"].as_array().unwrap();
    let quotas: Vec<_> = rows.iter().map(|row| row["quota"].as_u64().unwrap()).collect();
    assert_eq!((quotas, outcome), (vec![300, 2000, 5000], Outcome::Success));
}

#[tokio::test]
async fn one_failure_is_told_in_its_row_and_by_the_outcome() {
    let (document, outcome) = snapshot(&["300", "revoked", "5000"]).await;
    assert_eq!(document["credentials"][1]["error"]["kind"], "unauthorized");
    assert_eq!(document["credentials"][2]["status"], "success");
    assert_eq!((&document["summary"]["successful"], outcome), (&2.into(), Outcome::Failed));
}
