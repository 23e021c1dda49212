//! Who may ask what: the one budget and the one collector of all instances on this machine.
//!
//! There is no leader and no lock. An instance that wants to ask takes leave in one transaction: the answer of
//! another that is young enough is taken in place of asking; a request that another has just sent is waited for; a
//! pause holds for all; and a request takes the next place in the one budget, which may be a little later: so none is
//! starved by another that is quicker. What an instance claims expires by itself, so one that is killed leaves nothing
//! behind but a place that was not used.
//!
//! Times are of the wall clock, which all instances share. It may be set: a time too far ahead to have been written
//! by a right clock counts for nothing.

mod told;
mod turn;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Result, Transaction, TransactionBehavior, params};

pub use self::told::Outcome;
pub(in crate::history) use self::told::{pause, settle};
pub use self::turn::{Standing, Turn};
pub(in crate::history) use self::turn::{release, standing};
use super::answers::{self, LastKnown};
use super::{owner_or_new, time};
use crate::domain::failure::Failure;
use crate::history::fingerprint::Fingerprint;
use crate::history::record;

/// How long a claim holds: as long as a request may take, and a little.
const CLAIM: i64 = 15_000;
/// The longest that one may be: its turn in the budget may be a while away.
const LONGEST_CLAIM: i64 = 10 * 60_000;
/// So many requests at most wait for their turn in the budget, one an instance: more is a clock that was set back.
const MOST_AHEAD: i64 = 100;
/// How soon it is worth looking again whether the other has its answer, in milliseconds.
const LOOK_AGAIN: i64 = 1_000;
/// The longest pause, a day.
const LONGEST_PAUSE: i64 = 24 * 3_600_000 + 60_000;

/// The budget of a host, as its bucket of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How long it takes for one request more.
    pub refill: Duration,
    /// How far ahead of the refill one may be.
    pub slack: Duration,
}

/// A request that someone wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// To which host: scheme, name and port.
    pub host: String,
    /// Whose answer it is.
    pub owner: Fingerprint,
    /// Which request, by a name of the caller's.
    pub what: String,
    /// The time of the last answer that the caller has seen.
    pub seen_at: Option<DateTime<Utc>>,
    /// An answer since then serves as well; `None`: only a new one does.
    pub serves_since: Option<DateTime<Utc>>,
    /// That another instance failed is an answer, too.
    pub takes_failures: bool,
    /// It can wait: while more than one other waits for its place in the budget, it is told to come again.
    pub can_wait: bool,
    /// The host's budget; `None`: as many as one likes.
    pub allowance: Option<Allowance>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Whether it may be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Leave {
    /// It may. What comes of it is to be told with [`crate::history::History::settle`].
    Granted {
        /// From then on: this is its place in the budget, and nobody else's.
        at: DateTime<Utc>,
        /// The 429 in a row that the host has answered.
        refusals: u32,
        /// Nothing was heard of the host since its last pause.
        is_on_trial: bool,
    },
    /// It need not be: another instance has its answer.
    Known {
        /// When that was in.
        at: DateTime<Utc>,
        /// Why there was none, if there was none.
        failure: Option<Failure>,
        /// What is known of the owner.
        known: Box<LastKnown>,
    },
    /// Another instance is asking: look again then.
    Busy(DateTime<Utc>),
    /// Others, that cannot wait, are before it in the budget until then.
    Later(DateTime<Utc>),
    /// The host wants to be left alone until then.
    Paused(DateTime<Utc>),
}

/// What is known of a host. Times are milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Host {
    full_at: i64,
    paused_until: i64,
    refusals: u32,
    on_trial: bool,
    trial_until: i64,
}

/// Asks for leave, and takes it.
pub(in crate::history) fn leave(connection: &mut Connection, wish: &Wish) -> Result<Leave> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let leave = decide(&transaction, wish)?;
    transaction.commit()?;
    Ok(leave)
}

fn decide(transaction: &Transaction<'_>, wish: &Wish) -> Result<Leave> {
    let now = wish.now.timestamp_millis();
    let mut host = host(transaction, &wish.host)?;
    if let Some(until) = paused_until(transaction, &wish.host, wish.now)? {
        return Ok(Leave::Paused(until));
    }
    let owner = owner_or_new(transaction, wish.owner)?;
    if let Some(leave) = of_another(transaction, owner, wish)? {
        return Ok(leave);
    }
    let mut at = now;
    if host.on_trial && (now + 1..=now + LONGEST_CLAIM).contains(&host.trial_until) {
        return Ok(Leave::Busy(soon(now, host.trial_until)));
    }
    if let Some(allowance) = wish.allowance {
        let (refill, slack) = (millis(allowance.refill), millis(allowance.slack));
        // Further ahead than any right clock could have set it: an empty bucket.
        let is_plausible = host.full_at <= now + slack + MOST_AHEAD * refill;
        let full_at = if is_plausible { host.full_at } else { now + slack };
        at = (full_at - slack).max(now);
        if wish.can_wait && at > now + 2 * refill {
            return Ok(Leave::Later(time(at - 2 * refill).unwrap_or(wish.now)));
        }
        host.full_at = full_at.max(now) + refill;
    }
    if host.on_trial {
        host.trial_until = at + CLAIM;
    }
    if host.on_trial || wish.allowance.is_some() {
        keep_host(transaction, &wish.host, host)?;
    }
    claim(transaction, owner, &wish.what, at + CLAIM)?;
    Ok(Leave::Granted { at: time(at).unwrap_or(wish.now), refusals: host.refusals, is_on_trial: host.on_trial })
}

/// What another instance has asked, or is asking.
fn of_another(transaction: &Transaction<'_>, owner: i64, wish: &Wish) -> Result<Option<Leave>> {
    let now = wish.now.timestamp_millis();
    let row: Option<(i64, i64, Option<String>)> = transaction
        .prepare_cached("SELECT claimed_until, answered_at, failure FROM asked WHERE owner = ?1 AND what = ?2")?
        .query_row(params![owner, wish.what], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((claimed_until, answered_at, failure)) = row else { return Ok(None) };
    let (has_failed, failure) = (failure.is_some(), failure.as_deref().and_then(record::read_failure));
    // One that a later version wrote, and that is not understood, is no answer.
    let is_usable = !has_failed || (wish.takes_failures && failure.is_some());
    let is_news = wish.seen_at.is_none_or(|seen_at| answered_at > seen_at.timestamp_millis());
    let serves = wish.serves_since.is_some_and(|since| answered_at >= since.timestamp_millis());
    if let Some(at) = time(answered_at).filter(|_| is_usable && is_news && serves && answered_at <= now) {
        let known = Box::new(answers::last_known_of(transaction, wish.owner)?);
        return Ok(Some(Leave::Known { at, failure, known }));
    }
    let is_asking = claimed_until > now && claimed_until <= now + LONGEST_CLAIM;
    Ok(is_asking.then(|| Leave::Busy(soon(now, claimed_until))))
}

/// Takes it upon the caller to have everything refreshed, unless another process has done so within `interval`, or the
/// host wants to be left alone. It is not given back: what fails is tried again after the interval, like any refresh.
pub(in crate::history) fn take_refresh(
    connection: &mut Connection,
    host: &str,
    fingerprint: Fingerprint,
    interval: TimeDelta,
    now: DateTime<Utc>,
) -> Result<bool> {
    const WHAT: &str = "refresh";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if paused_until(&transaction, host, now)?.is_some() {
        return Ok(false);
    }
    let owner = owner_or_new(&transaction, fingerprint)?;
    let until: Option<i64> = transaction
        .prepare_cached("SELECT claimed_until FROM asked WHERE owner = ?1 AND what = ?2")?
        .query_row(params![owner, WHAT], |row| row.get(0))
        .optional()?;
    let (now, interval) = (now.timestamp_millis(), interval.num_milliseconds());
    if until.is_some_and(|until| until > now && until <= now.saturating_add(interval)) {
        return Ok(false);
    }
    claim(&transaction, owner, WHAT, now.saturating_add(interval))?;
    transaction.commit()?;
    Ok(true)
}

/// Until when the host wants to be left alone; `None`: it does not.
pub(in crate::history) fn paused_until(
    connection: &Connection,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let (until, now) = (host(connection, name)?.paused_until, now.timestamp_millis());
    Ok(time(until).filter(|_| is_paused(until, now)))
}

fn is_paused(until: i64, now: i64) -> bool {
    (now + 1..=now + LONGEST_PAUSE).contains(&until)
}

fn soon(now: i64, until: i64) -> DateTime<Utc> {
    time(until.min(now + LOOK_AGAIN)).unwrap_or_default()
}

fn claim(transaction: &Transaction<'_>, owner: i64, what: &str, until: i64) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO asked VALUES (?1, ?2, ?3, 0, NULL) ON CONFLICT DO UPDATE SET claimed_until = excluded.claimed_until",
        )?
        .execute(params![owner, what, until])
        .map(drop)
}

fn host(connection: &Connection, name: &str) -> Result<Host> {
    let row = connection
        .prepare_cached("SELECT full_at, paused_until, refusals, on_trial, trial_until FROM host WHERE name = ?1")?
        .query_row([name], |row| {
            Ok(Host {
                full_at: row.get(0)?,
                paused_until: row.get(1)?,
                refusals: row.get(2)?,
                on_trial: row.get(3)?,
                trial_until: row.get(4)?,
            })
        })
        .optional()?;
    Ok(row.unwrap_or_default())
}

fn keep_host(connection: &Connection, name: &str, host: Host) -> Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO host VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![name, host.full_at, host.paused_until, host.refusals, host.on_trial, host.trial_until])
        .map(drop)
}

/// Milliseconds, rounded up: a refill that is early would let one request too many into a minute.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX / 4)
}
