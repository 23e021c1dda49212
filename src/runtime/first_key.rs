//! A key typed on the first screen: tested with one request, stored, and asked for from then on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use crate::clock::Clock;
use crate::credentials;
use crate::domain::api_base::ApiBase;
use crate::domain::credential::{ApiKey, Credential, CredentialId};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::typed::Typed;
use crate::domain::usage::UsageManager;
use crate::history::Location;
use crate::runtime::link::Link;
use crate::runtime::teller::Teller;
use crate::runtime::{client, panics};
use crate::worker::{self, After, Keeper, Look};

/// How long the test may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server, its request limit, and the history.
#[derive(Clone, Debug)]
pub struct Server {
    /// Whom.
    pub api_base: ApiBase,
    /// The most requests in any 60 seconds; `None`: no limit.
    pub requests_per_minute: Option<u32>,
    /// Where the history is kept.
    pub history: Location,
}

impl Server {
    /// Starts a worker that asks for these credentials every `interval`, with the history of `teller`. `after` is what
    /// an earlier worker left, if this one replaces it.
    #[must_use]
    pub fn link(
        &self,
        credentials: Vec<Credential>,
        teller: Teller,
        interval: Duration,
        after: Option<After>,
        clock: &Arc<dyn Clock>,
    ) -> Link {
        let keeper = teller.keeper().clone();
        let run = worker::Setup::to_run(credentials, interval, self.requests_per_minute, keeper, &**clock);
        let setup = worker::Setup { after, ..run };
        let make = client(self.api_base.clone(), setup.gap(), clock.clone());
        Link::to_made(setup, teller, make, clock.clone())
    }
}

type Keep = dyn Fn(&ApiKey) -> Result<KeptKey, String> + Send + Sync;

/// Stores a key; the error is a line that says why it cannot be stored. It may wait for a disk or a keyring.
#[derive(Clone)]
pub struct KeepKey(pub Arc<Keep>);

impl fmt::Debug for KeepKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeepKey")
    }
}

/// A key that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey {
    /// What it is called.
    pub label: String,
    /// Where it is, for the user.
    pub notice: String,
}

/// What is done with a first key.
#[derive(Clone, Debug)]
pub struct FirstKey {
    /// Who tests it.
    pub server: Server,
    /// Keeps it.
    pub keep: KeepKey,
}

/// A key that was tested, kept, and is asked for.
#[derive(Debug)]
pub struct Taken {
    /// The credentials now.
    pub credentials: Vec<Credential>,
    /// The worker that asks for them.
    pub link: Link,
    /// Where it is kept, for the user.
    pub notice: String,
}

impl FirstKey {
    /// Tests what was typed with one request, keeps it, and starts a worker.
    ///
    /// # Errors
    ///
    /// A line for the user; nothing is kept then.
    pub async fn take(self, typed: &Typed, interval: Duration, clock: Arc<dyn Clock>) -> Result<Taken, String> {
        let key = credentials::usable_key(typed.expose()).map_err(|reason| format!("the key {reason}"))?;
        panics::hide([key.clone()]);
        panics::if_asked("key", Some(&key));
        let (keeper, told) = Keeper::open(self.server.history.clone(), &self.server.api_base, &*clock);
        self.test(&key, keeper.clone(), interval, &clock).await?;
        let KeepKey(keep) = self.keep;
        let kept = key.clone();
        let KeptKey { label, notice } = spawn_blocking(move || keep(&kept))
            .await
            .unwrap_or_else(|_| Err("it could not be kept".to_owned()))
            .map_err(|reason| format!("the key is good, but cannot be kept: {reason}"))?;
        let credentials = vec![Credential::new(CredentialId::new(0), vec![label], key)];
        let teller = Teller::new(keeper, told, &credentials);
        let link = self.server.link(credentials.clone(), teller, interval, None, &clock);
        Ok(Taken { credentials, link, notice })
    }

    /// Asks the server once, within the budget of all instances; the worker finds the answer in the history.
    async fn test(
        &self,
        key: &ApiKey,
        keeper: Keeper,
        interval: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), String> {
        let credential = Credential::new(CredentialId::new(0), vec!["default".to_owned()], key.clone());
        let mut usage = UsageManager::new([credential.identity.clone()]);
        let run = worker::Setup::to_run(vec![credential], interval, self.server.requests_per_minute, keeper, &**clock);
        let setup = worker::Setup { whole_account: false, ..run };
        let client = client(self.server.api_base.clone(), setup.gap(), clock.clone());
        let made = spawn_blocking(client).await.map_err(|_| "the key could not be tested".to_owned())?;
        let source = made.map_err(|failure| told(&failure))?;
        // An answer of another instance would be no test.
        let look = Look { max_age: Duration::ZERO, timeout: PATIENCE };
        worker::ask_once(setup, &source, clock.clone(), &mut usage, look, |_| {}).await;
        match usage.credentials().first().and_then(|entry| entry.failure()) {
            Some(failed) => Err(told(&failed.failure)),
            None => Ok(()),
        }
    }
}

/// Why the key could not be tested, or that it is no good.
fn told(failure: &Failure) -> String {
    let summary = failure.summary();
    match failure.kind {
        FailureKind::Unauthorized | FailureKind::Forbidden => format!("the server refuses it: {summary}"),
        FailureKind::RateLimited => format!("not tested: {summary}, try again in a few minutes"),
        _ => format!("not tested: {summary}"),
    }
}
