//! How a worker is set up: alike for the dashboard and for the commands that watch.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::api_base::ApiBase;
use crate::domain::credential::Credential;
use crate::history::{History, Location};
use crate::worker::{Keeper, Setup};

impl Keeper {
    /// Opens the history of the keys for the API at `base`, which happens on its own thread, and gives its notices.
    #[must_use]
    pub fn open(location: Location, base: &ApiBase, clock: &dyn Clock) -> (Self, mpsc::Receiver<String>) {
        let (history, notices) = History::open(location, clock.now());
        (Self { history, base: base.to_string() }, notices)
    }
}

impl Setup {
    /// How a worker is set up that runs on: the whole account of each of `credentials`, asked every `interval`.
    #[must_use]
    pub fn to_run(
        credentials: Vec<Credential>,
        interval: Duration,
        requests_per_minute: Option<u32>,
        keeper: Keeper,
        clock: &dyn Clock,
    ) -> Self {
        // Any number will do: it only keeps several instances from asking at the same moments.
        let seed = clock.now().timestamp_subsec_nanos().wrapping_mul(std::process::id() | 1);
        Self {
            credentials,
            interval,
            requests_per_minute,
            seed: u64::from(seed),
            whole_account: true,
            keeper: Some(keeper),
            after: None,
        }
    }

    /// The time from one request to the next, with the credentials spread over the interval.
    #[must_use]
    pub fn gap(&self) -> Duration {
        self.interval / u32::try_from(self.credentials.len().max(1)).unwrap_or(u32::MAX)
    }
}
