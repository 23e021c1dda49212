//! Asks a server that answers badly, and holds the answer against the table.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use chutes_top::api::{Client, Limits, QuotaSource, UsageQuery};
use chutes_top::clock::Clock as _;
use chutes_top::domain::activity::ChuteId;
use chutes_top::domain::api_base::ApiBase;
use chutes_top::domain::clean::{MESSAGE_LIMIT, clean};
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::{Failure, FailureKind};

use crate::hostile::{Case, Route};
use crate::http::{Recording, Server, StoppedClock};

/// The key that is answered badly.
const BAD: &str =
    "cpk_bad3456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";
/// Another one.
const GOOD: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

/// The time limit of those who are asked in vain: the usual one is the same, only longer.
const IMPATIENT: Duration = Duration::from_millis(200);

/// A client with the usual limits, or one that gives up soon.
pub(crate) fn client(address: &str, is_patient: bool) -> Client {
    let base = ApiBase::parse(address).unwrap();
    let usual = Limits::default();
    let limits = if is_patient { usual } else { Limits { total: IMPATIENT, ..usual } };
    Client::with_limits(&base, Arc::new(StoppedClock), limits).unwrap()
}

/// Asks one question; what the answer says does not matter.
pub(crate) async fn ask(client: &Client, key: &ApiKey, route: Route) -> Result<(), Failure> {
    let now = StoppedClock.now();
    match route {
        Route::Quota => client.fetch_quota_usage(key).await.map(drop),
        Route::Plan => client.fetch_subscription(key).await.map(drop),
        Route::Rows => client.fetch_chute_quotas(key).await.map(drop),
        Route::Chute => client.fetch_chute_quota(key, &ChuteId::parse("a").unwrap()).await.map(drop),
        Route::Account => client.fetch_account(key).await.map(drop),
        Route::Usage => {
            let query = UsageQuery { since: now - TimeDelta::days(7), until: now, page: 0, limit: 500 };
            client.fetch_usage(key, query).await.map(drop)
        }
        Route::Names => client.fetch_chute_names().await.map(drop),
    }
}

/// Asks `route` of a server that does what the case says; gives what is wrong with the answer.
pub(crate) async fn fails_as_told(route: Route, case: Case) -> Option<String> {
    let server = Server::misbehaving(case.steps.clone()).await;
    let client = client(&server.address(), case.kind != FailureKind::Timeout);
    complaint(&ask(&client, &ApiKey::new(BAD), route).await, &case).map(|complaint| format!("{route:?}, {complaint}"))
}

/// Asks for two daily quotas, of which one is answered badly: the other one must be none the worse.
pub(crate) async fn other_rows_live(case: Case) -> Option<String> {
    let good = Recording::load("base.quota_usage_me.json");
    let server = Server::two_faced("cpk_bad", case.steps.clone(), good).await;
    let (client, patient) =
        (client(&server.address(), case.kind != FailureKind::Timeout), client(&server.address(), true));
    let (bad, good) = (ApiKey::new(BAD), ApiKey::new(GOOD));
    let (failed, beside) = tokio::join!(ask(&client, &bad, Route::Quota), ask(&patient, &good, Route::Quota));
    let after = ask(&patient, &good, Route::Quota).await;
    complaint(&failed, &case).or_else(|| {
        (beside.is_err() || after.is_err()).then(|| format!("{}: beside {beside:?}, after {after:?}", case.name))
    })
}

/// What is wrong with a failure, when it is not the one of the table or not fit for the screen.
fn complaint(result: &Result<(), Failure>, case: &Case) -> Option<String> {
    let Err(Failure { kind, message, .. }) = result else { return Some(format!("{}: it was read", case.name)) };
    let is_told = *kind == case.kind && message.contains(case.says);
    let is_presentable = !message.is_empty() && clean(message, MESSAGE_LIMIT) == *message;
    let is_secret = message.contains("S3cret") || message.contains("456789");
    (!is_told || !is_presentable || is_secret).then(|| format!("{}: {kind:?}, {message}", case.name))
}
