//! What every command shares that asks each credential once.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Client, QuotaSource};
use crate::cli::AskArgs;
use crate::clock::Clock;
use crate::commands::collect::Source;
use crate::commands::{self, Console, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::usage::{Update, UsageManager};
use crate::history::Location;
use crate::worker::{self, Keeper, Look, Setup};

/// How old an answer of another instance may be, by default.
const MAX_AGE: Duration = Duration::from_mins(1);
/// How long asking may take, by default.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);
/// How long the last answers may take to be written.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// How much is asked for of each credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Its daily quota, with one request.
    Quota,
    /// The whole account.
    Account,
    /// The whole account, with what was kept of its past: what forecasts are made from.
    Forecast,
}

/// What the arguments say of the look. The error is a line for the user.
pub(super) fn look(args: &AskArgs, settings: &Settings) -> Result<Look, String> {
    let duration = |flag: &str, text: &str| {
        let text = text.trim();
        let seconds = text.parse().ok().map(Duration::from_secs);
        seconds
            .or_else(|| humantime::parse_duration(text).ok())
            .ok_or_else(|| format!("{flag} {text:?}: expected seconds, or a duration such as 90s or 5m"))
    };
    // With a server on this machine the user is trying something out, and wants a fresh answer.
    let default = if settings.requests_per_minute.is_none() { Duration::ZERO } else { MAX_AGE };
    let max_age = args.max_age.as_deref().map_or(Ok(default), |text| duration("--max-age", text))?;
    Ok(Look { max_age, timeout: duration("--timeout", &args.timeout)? })
}

/// Asks as the arguments say. The error is how the command ends, after it has been said.
pub(super) fn usage(
    settings: &Settings,
    credentials: Vec<Credential>,
    args: &AskArgs,
    extent: Extent,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Result<UsageManager, Outcome> {
    let look = look(args, settings).map_err(|line| commands::refuse(console, &line))?;
    now(settings, credentials, extent, clock, look, console)
}

/// [`usage`], for as long and as new as `look` says.
///
/// # Errors
///
/// As [`usage`].
pub(super) fn now(
    settings: &Settings,
    credentials: Vec<Credential>,
    extent: Extent,
    clock: &Arc<dyn Clock>,
    look: Look,
    console: &mut Console<'_>,
) -> Result<UsageManager, Outcome> {
    let asked = commands::block_on(server(settings, credentials, extent, clock, look, console));
    asked.map_err(|error| console.cannot_run(&error))?.map_err(|reason| commands::refuse(console, &reason))
}

/// Takes in what the history remembers, as the dashboard does at its start: forecasts are made from it. What cannot be
/// read now still counts as failed.
async fn remember(
    keeper: &Keeper,
    credentials: &[Credential],
    interval: Duration,
    clock: &dyn Clock,
    usage: &mut UsageManager,
) {
    for (remembered, _) in keeper.remember(credentials, interval, clock.now()).await.unwrap_or_default() {
        usage.apply(Update::Remembered(Box::new(remembered)));
    }
}

/// Takes in earlier measurements only: the report has today's answers, but forecasts from the past, as in the dashboard.
async fn look_back(
    keeper: &Keeper,
    credentials: &[Credential],
    interval: Duration,
    clock: &dyn Clock,
    usage: &mut UsageManager,
) {
    for past in keeper.look_back(credentials, interval, clock.now()).await.unwrap_or_default() {
        usage.apply(Update::Remembered(Box::new(past)));
    }
}

/// Asks the server of the settings, or the simulated one of the demo, which has credentials of its own.
/// The error is a line for the user.
async fn server(
    settings: &Settings,
    credentials: Vec<Credential>,
    extent: Extent,
    clock: &Arc<dyn Clock>,
    look: Look,
    console: &mut Console<'_>,
) -> Result<UsageManager, String> {
    let asked = Source::of(settings, credentials, clock).await?;
    let client = Client::new(&asked.base, Arc::clone(clock)).map_err(|error| error.to_string())?;
    let opened = settings.history.clone().map(|path| Keeper::open(Location::File(path), &asked.base, &**clock));
    let (keeper, mut notices) = opened.unzip();
    let setup = Setup {
        credentials: asked.credentials.clone(),
        interval: settings.interval,
        requests_per_minute: settings.requests_per_minute,
        seed: clock.now().timestamp_subsec_nanos().into(),
        whole_account: extent != Extent::Quota,
        keeper: keeper.clone(),
        after: None,
    };
    let mut usage = UsageManager::new(asked.credentials.iter().map(|credential| credential.identity.clone()));
    if let Some(keeper) = keeper.as_ref().filter(|_| extent == Extent::Forecast) {
        remember(keeper, &asked.credentials, settings.interval, &**clock, &mut usage).await;
    }
    source(setup, &client, Arc::clone(clock), look, &mut usage, console).await;
    if let Some(keeper) = keeper.as_ref().filter(|_| extent == Extent::Account) {
        look_back(keeper, &asked.credentials, settings.interval, &**clock, &mut usage).await;
    }
    if let Some(keeper) = keeper {
        // A disk that hangs must not hold the report back.
        let _given_up = tokio::time::timeout(LAST_WRITES, keeper.history.flush()).await;
    }
    while let Some(notice) = notices.as_mut().and_then(|notices| notices.try_recv().ok()) {
        console.notices(&[notice]);
    }
    Ok(usage)
}

/// Asks `source` once for each credential, and says so when the budget makes it wait.
pub(super) async fn source<S: QuotaSource>(
    setup: Setup,
    source: &S,
    clock: Arc<dyn Clock>,
    look: Look,
    usage: &mut UsageManager,
    console: &mut Console<'_>,
) {
    let (count, budget) = (setup.credentials.len(), setup.requests_per_minute.unwrap_or_default());
    let seconds = look.timeout.as_secs();
    let delayed = |asked| {
        console.notices(&[format!(
            "{asked} of {count} asked: waiting for the budget of {budget} requests a minute, at most {seconds} s"
        )]);
    };
    worker::ask_once(setup, source, clock, usage, look, delayed).await;
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::domain::credential::{ApiKey, CredentialId};
    use crate::domain::forecast::Forecast;
    use crate::domain::quota::{Quota, QuotaUsage};
    use crate::domain::snapshot::Snapshot;
    use crate::domain::window::{Limit, WindowKind, day_before, next_daily_reset};
    use crate::history::{History, Sample};

    #[derive(Debug)]
    struct Evening;

    impl Clock for Evening {
        fn now(&self) -> DateTime<Utc> {
            "2026-11-23T22:00:00Z".parse().unwrap()
        }
    }

    /// As `check` and the dashboard do: else the one would say `lasts`, and the other that it is too early.
    #[tokio::test]
    async fn what_is_to_be_expected_goes_by_what_was_measured_before() {
        let now = Evening.now();
        let reset_at = next_daily_reset(now);
        let begin = day_before(reset_at).unwrap();
        let key = ApiKey::new("key");
        let credential = Credential::new(CredentialId::new(0), vec!["work".to_owned()], key.clone());
        let keeper = Keeper { history: History::inline(now), base: "http://127.0.0.1".to_owned() };
        let read = |hours: i32, used| {
            let at = begin + TimeDelta::hours(hours.into());
            Snapshot::new(QuotaUsage::new(Quota::Finite(2_000), Some(used)), at, at)
        };
        let sample = |hours: i32| Sample {
            owner: keeper.owner(&key),
            kind: WindowKind::Daily,
            at: begin + TimeDelta::hours(hours.into()),
            used: Some(f64::from(hours) * 20.0),
            limit: Limit::Requests(2_000),
            reset_at: Some(reset_at),
        };
        keeper.history.record((1..22).map(sample).collect());
        keeper.history.keep_snapshot(keeper.owner(&key), &read(21, 420.0));
        let id = credential.identity.id;
        let mut usage = UsageManager::new([credential.identity.clone()]);
        let interval = Duration::from_mins(5);
        let answered = Update::Answered { id, result: Ok(read(22, 440.0)), at: now, next_refresh: None, interval };
        usage.apply(answered);
        let forecast = |usage: &UsageManager| usage.get(id).unwrap().windows()[0].forecast;
        assert!(matches!(forecast(&usage), Forecast::TooEarly), "{:?}", forecast(&usage));
        look_back(&keeper, &[credential], interval, &Evening, &mut usage).await;
        assert!(matches!(forecast(&usage), Forecast::Lasts { .. }), "{:?}", forecast(&usage));
        assert_eq!(usage.get(id).unwrap().baseline().unwrap().fetched_at, now, "the answer is that of now");
    }
}
