//! What every command shares that asks each credential once.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Client, QuotaSource};
use crate::cli::AskArgs;
use crate::clock::Clock;
use crate::commands::Console;
use crate::commands::collect::Source;
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::domain::usage::UsageManager;
use crate::history::Location;
use crate::worker::{self, Keeper, Look, Setup};

/// How old an answer of another instance may be, when nothing else is said.
const MAX_AGE: Duration = Duration::from_mins(1);
/// How long a look may take, when nothing else is said.
pub(super) const TIMEOUT: Duration = Duration::from_mins(1);
/// The last answers are given so long to be written.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// How much is asked for of each credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Its daily quota, with one request.
    Quota,
    /// The whole account.
    Account,
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
    // Who asks a server on this machine is trying something out, and wants to see it.
    let default = if settings.requests_per_minute.is_none() { Duration::ZERO } else { MAX_AGE };
    let max_age = args.max_age.as_deref().map_or(Ok(default), |text| duration("--max-age", text))?;
    Ok(Look { max_age, timeout: duration("--timeout", &args.timeout)? })
}

/// Asks the server of the settings, or the simulated one of the demo, which has credentials of its own.
/// The error is a line for the user.
pub(super) async fn server(
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
        whole_account: extent == Extent::Account,
        keeper: keeper.clone(),
    };
    let usage = source(setup, &client, Arc::clone(clock), look, console).await;
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
    console: &mut Console<'_>,
) -> UsageManager {
    let mut usage = UsageManager::new(setup.credentials.iter().map(|credential| credential.identity.clone()));
    let (count, budget) = (setup.credentials.len(), setup.requests_per_minute.unwrap_or_default());
    let seconds = look.timeout.as_secs();
    let delayed = |asked| {
        console.notices(&[format!(
            "{asked} of {count} asked: waiting for the budget of {budget} requests a minute, at most {seconds} s"
        )]);
    };
    worker::ask_once(setup, source, clock, &mut usage, look, delayed).await;
    usage
}
