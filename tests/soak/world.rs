//! The world around the pane: its clocks, and the server that it asks.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::{QuotaSource, UsagePage, UsageQuery};
use chutes_top::clock::Clock;
use chutes_top::domain::account::{Account, Subscription};
use chutes_top::domain::activity::ChuteId;
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::Failure;
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::worker::{IN_FLIGHT, REQUESTS_PER_MINUTE};
use fastrand::Rng;
use tokio::time::{Instant, sleep};

use crate::accounts;
use crate::weather::{Weather, refusal};

const MINUTE: Duration = Duration::from_mins(1);
/// The edge bans an address that passes so many requests a minute.
const BAN_ABOVE: usize = 60;
/// What was under way, or due in the same instant, may still arrive.
const IN_PASSING: Duration = Duration::from_secs(1);

/// The clocks and the server. Cheap to clone: all clones are the one world.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    began: DateTime<Utc>,
    state: Mutex<State>,
}

/// What changes. All of it is only looked at between two awaits.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rng: Rng,
    pub(crate) weather: Weather,
    /// How long the machine has slept: the true time went on, tokio's did not.
    slept: TimeDelta,
    /// How far the clock on the wall is ahead.
    skew: TimeDelta,
    /// When a clock was last set, or the machine woke up, on tokio's clock.
    pub(crate) jumped: Option<Instant>,
    /// Credentials whose key is refused until then.
    pub(crate) revoked: HashMap<usize, Instant>,
    /// Since when the user has paused the pane.
    pub(crate) paused: Option<Instant>,
    /// A 429 asked to be left alone until then.
    leave_alone: Option<Instant>,
    flying: usize,
    /// The requests of the last minute.
    minute: VecDeque<Instant>,
    /// The most requests of any minute.
    pub(crate) busiest: usize,
    /// All requests, and those for the daily quota.
    pub(crate) requests: usize,
    /// When the daily quota was asked for, while that is kept.
    pub(crate) log: Option<Vec<Instant>>,
}

impl World {
    pub(crate) fn new(began: &str, seed: u64) -> Self {
        let state = State {
            rng: Rng::with_seed(seed),
            weather: Weather::Fine,
            slept: TimeDelta::zero(),
            skew: TimeDelta::zero(),
            jumped: None,
            revoked: HashMap::new(),
            paused: None,
            leave_alone: None,
            flying: 0,
            minute: VecDeque::new(),
            busiest: 0,
            requests: 0,
            log: None,
        };
        Self(Arc::new(Inner { start: Instant::now(), began: began.parse().unwrap(), state: Mutex::new(state) }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // When a check has failed, that is what is to be seen.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The true time, which the server has.
    pub(crate) fn truth(&self) -> DateTime<Utc> {
        self.0.began + self.state().slept + self.0.start.elapsed()
    }

    /// What was the true time when the clock on the wall showed that, if it has not been set since.
    pub(crate) fn truth_of(&self, wall: DateTime<Utc>) -> DateTime<Utc> {
        wall - self.state().skew
    }

    pub(crate) fn skew(&self) -> TimeDelta {
        self.state().skew
    }

    /// Sets the clock on the wall ahead (or, negative, back).
    pub(crate) fn set_clock(&self, by: TimeDelta) {
        self.jump(|state| state.skew += by);
    }

    /// The machine sleeps that long: the clock on the wall goes on, timers stand still.
    pub(crate) fn sleep(&self, duration: TimeDelta) {
        self.jump(|state| state.slept += duration);
    }

    fn jump(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        // What passed of a pause while the machine slept counts, so the server can be asked earlier on this clock.
        state.leave_alone = None;
        state.jumped = Some(Instant::now());
    }

    /// A request comes in: never too many, never while paused or asked to leave the server alone.
    fn note_request(&self) {
        let now = Instant::now();
        let mut state = self.state();
        let is_late = |since: Instant| now > since + IN_PASSING;
        assert!(!state.paused.is_some_and(is_late), "a paused pane sends nothing");
        assert!(state.leave_alone.is_none_or(|until| now >= until), "asked to be left alone, and asked all the same");
        while state.minute.front().is_some_and(|first| now - *first > MINUTE) {
            state.minute.pop_front();
        }
        state.minute.push_back(now);
        state.requests += 1;
        state.busiest = state.busiest.max(state.minute.len());
        assert!(state.minute.len() <= BAN_ABOVE, "banned");
        assert!(state.minute.len() <= REQUESTS_PER_MINUTE as usize, "over the budget");
    }

    fn latency(&self) -> Duration {
        let mut state = self.state();
        let weather = state.weather;
        weather.latency(&mut state.rng)
    }

    /// One request, of that credential or of nobody's.
    async fn ask(&self, who: Option<usize>) -> Result<(), Failure> {
        self.note_request();
        let _flight = Flight::begin(self);
        let latency = self.latency();
        sleep(latency).await;
        let now = Instant::now();
        let mut state = self.state();
        let State { rng, weather, revoked, leave_alone, .. } = &mut *state;
        if let Weather::TooMany(Some(wait)) = weather {
            *leave_alone = Some(now + *wait);
        }
        if *weather == Weather::Fine && who.and_then(|who| revoked.get(&who)).is_some_and(|until| now < *until) {
            return Err(refusal(401));
        }
        weather.failure(rng).map_or(Ok(()), Err)
    }
}

impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        self.truth() + self.skew()
    }
}

/// A request under way; it lands when it is let go, too.
struct Flight<'a>(&'a World);

impl<'a> Flight<'a> {
    fn begin(world: &'a World) -> Self {
        let mut state = world.state();
        state.flying += 1;
        assert!(state.flying <= IN_FLIGHT, "too many in flight");
        Self(world)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.state().flying -= 1;
    }
}

impl QuotaSource for World {
    async fn fetch_quota_usage(&self, key: &ApiKey) -> Result<Snapshot, Failure> {
        let (who, account) = accounts::whose(key);
        let asked_at = self.now();
        if let Some(log) = &mut self.state().log {
            log.push(Instant::now());
        }
        self.ask(Some(who)).await?;
        Ok(Snapshot::new(accounts::daily(account, self.truth()), asked_at, self.now()))
    }

    async fn fetch_subscription(&self, key: &ApiKey) -> Result<Option<Subscription>, Failure> {
        let (who, account) = accounts::whose(key);
        self.ask(Some(who)).await?;
        Ok(accounts::plan(account, self.truth()))
    }

    async fn fetch_chute_quotas(&self, key: &ApiKey) -> Result<Vec<ChuteId>, Failure> {
        let (who, account) = accounts::whose(key);
        self.ask(Some(who)).await?;
        Ok(accounts::chutes(account))
    }

    async fn fetch_chute_quota(&self, key: &ApiKey, _chute: &ChuteId) -> Result<QuotaUsage, Failure> {
        let (who, _) = accounts::whose(key);
        self.ask(Some(who)).await?;
        Ok(QuotaUsage::new(Quota::Finite(50), Some(10.5)))
    }

    async fn fetch_account(&self, key: &ApiKey) -> Result<Account, Failure> {
        let (who, account) = accounts::whose(key);
        self.ask(Some(who)).await?;
        Ok(accounts::profile(account))
    }

    async fn fetch_usage(&self, key: &ApiKey, _query: UsageQuery) -> Result<UsagePage, Failure> {
        let (who, _) = accounts::whose(key);
        self.ask(Some(who)).await?;
        Ok(UsagePage { total: 0, buckets: Vec::new() })
    }

    async fn fetch_chute_names(&self) -> Result<HashMap<ChuteId, String>, Failure> {
        self.ask(None).await?;
        let name = |id: &str| Some((ChuteId::parse(id)?, format!("owner/{id}")));
        Ok(["chute-a", "chute-b"].into_iter().filter_map(name).collect())
    }
}
