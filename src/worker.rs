//! The refresh worker: commands in, updates out. The only part that talks to the network.
//!
//! [`run`] is one task: it waits for a command, an answer or the next deadline, whichever comes first, and does
//! what is to be done then. `schedule` knows when each credential is due, `budget` what may be sent.

mod actor;
mod backoff;
mod budget;
mod collector;
mod company;
mod errand;
mod errands;
mod keeper;
mod leave;
mod log;
mod moment;
mod once;
mod parts;
mod pause;
mod queue;
mod ration;
mod schedule;
mod sending;
mod start;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::api::QuotaSource;
use crate::clock::Clock;
use crate::domain::credential::{Credential, CredentialId};
use crate::domain::usage::Update;
use crate::worker::actor::{Event, Worker};
use crate::worker::ration::{Load, Ration};

pub use crate::domain::api_base::REQUESTS_PER_MINUTE;
pub use crate::worker::keeper::Keeper;
pub use crate::worker::once::{Look, ask_once};

/// At most so many requests are in flight.
pub const IN_FLIGHT: usize = 5;

/// What the worker starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The credentials, in the order of the configuration. Their ids are their places.
    pub credentials: Vec<Credential>,
    /// How often each is asked.
    pub interval: Duration,
    /// How many requests may be sent in any sixty seconds; `None`: no limit, for a server on this machine.
    pub requests_per_minute: Option<u32>,
    /// Where chance starts.
    pub seed: u64,
    /// Whether the whole account is asked for, and not only the daily quota.
    pub whole_account: bool,
    /// Where what is learned is kept.
    pub keeper: Option<Keeper>,
    /// What another worker has left, in whose place this one comes; `None`: it is the first.
    pub after: Option<After>,
}

/// What a worker leaves to the one that comes in its place: the host is the same, and so is the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Until when the host wants to be left alone.
    pub paused_until: Option<DateTime<Utc>>,
}

/// What the worker is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask for one credential now.
    Refresh(CredentialId),
    /// Ask for every credential now.
    RefreshAll,
    /// Ask every credential this often from now on.
    SetInterval(Duration),
    /// Send nothing until resumed.
    Pause,
    /// Go on after a pause.
    Resume,
}

/// How often each of `credentials` is asked, where `accounts` of them are asked for their caps too: every `interval`,
/// or less often when the budget is too small for that.
#[must_use]
pub fn effective_interval(
    credentials: usize,
    accounts: usize,
    interval: Duration,
    requests_per_minute: Option<u32>,
) -> Duration {
    Ration::of(Load { credentials, accounts, chutes: 0 }, interval, requests_per_minute).interval
}

/// Keeps the credentials' quotas up to date and reports what it learns, until the commands end or nobody reads the
/// updates any more. What is in flight then is dropped.
///
/// Each answer is reported at once. While the reader is slow nothing new is sent, and nothing is lost.
/// A panic of `source` is a panic of this task.
pub async fn run<S: QuotaSource>(
    setup: Setup,
    source: S,
    clock: Arc<dyn Clock>,
    mut commands: mpsc::Receiver<Command>,
    updates: mpsc::Sender<Update>,
) {
    let mut worker = Worker::new(&setup, &source, &*clock, &updates);
    worker.share_out_anew();
    worker.remember().await;
    worker.go_on();
    loop {
        worker.send_due();
        match worker.next_event(&mut commands).await {
            Event::Command(command) => worker.obey(command),
            Event::Answer(id, result) => worker.take_answer(id, result),
            Event::Errand(errand, result) => worker.take_errand(&errand, result).await,
            Event::Leave(request, given) => worker.take_given(request, given),
            Event::Awake => {}
            Event::End => return,
        }
        worker.look_at_the_clocks();
    }
}
