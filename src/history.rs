//! What was measured, kept: one SQLite file, shared by every instance on the machine.
//!
//! A [`History`] is a handle to a thread of its own that owns the connection. Whatever is written is put
//! into a bounded queue and never waited for; whatever is read comes back as a future. So neither a slow
//! disk nor another process that is writing can hold up the screen or a refresh.
//!
//! Nothing here is fatal. A damaged file, and one of a later version, is set aside under another name and
//! a new one begun; where that fails the history goes on in memory, and where another process holds the file only until
//! it is free. What happened is said in a notice.
//!
//! Nothing of a key is stored: owners are told by their [`Fingerprint`].

mod files;
mod fingerprint;
mod jobs;
mod open;
mod prune;
mod record;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod thread;
mod together;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

pub use self::fingerprint::{Fingerprint, owner_of};
use self::jobs::Jobs;
pub use self::open::Location;
pub use self::prune::RETENTION;
pub use self::store::answers::LastKnown;
pub use self::store::courses::Course;
pub use self::store::failures::LastFailure;
pub use self::store::ledger::{Allowance, Leave, Outcome, Standing, Turn, Wish};
pub use self::store::names::StoredNames;
pub use self::store::samples::Sample;
use self::store::{answers, buckets, names, samples};
use self::thread::{Job, Keeper, Reading, Writing};
use crate::domain::activity::{Bucket, ChuteId, ChuteShare, HourlyRequests};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::part::{Part, PartAnswer};
use crate::domain::window::WindowKind;

/// Jobs that may wait. A refresh of one credential is a handful.
const QUEUE: usize = 1_024;

/// How long an answer is waited for: a disk that hangs must not hang the program.
const PATIENCE: Duration = Duration::from_secs(5);

/// Notices that may wait to be collected.
const NOTICES: usize = 8;

/// A handle to the history. Cheap to clone; when the last one is dropped the thread writes what is
/// queued and ends.
#[derive(Clone, Debug)]
pub struct History {
    jobs: Jobs,
    lost: Arc<AtomicU64>,
    is_alone: Arc<AtomicBool>,
    notices: mpsc::Sender<String>,
}

/// Why nothing could be read. The caller goes on as if nothing had been kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryError(String);

impl fmt::Display for HistoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the history cannot be read: {}", self.0)
    }
}

impl std::error::Error for HistoryError {}

impl History {
    /// A history at `location`, and the notices of it: plain sentences, safe to show, seldom any. The
    /// receiver ends when the thread does; it may be dropped.
    ///
    /// Returns at once: opening, like everything else, happens on the thread, and jobs wait for it.
    /// `now` decides what is too old and names what is set aside; later on, the times of what is written do.
    #[must_use]
    pub fn open(location: Location, now: DateTime<Utc>) -> (Self, mpsc::Receiver<String>) {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (notices, receiver) = mpsc::channel(NOTICES);
        let lost = Arc::new(AtomicU64::new(0));
        let keeper = Keeper::new(location, now, notices.clone(), Arc::clone(&lost));
        let is_alone = keeper.is_alone();
        let started = std::thread::Builder::new().name("history".to_owned()).spawn(move || keeper.run(queue));
        let thread = match started {
            Ok(started) => Some(started.thread().clone()),
            Err(error) => {
                drop(notices.try_send(format!("No history is kept: its thread cannot be started ({error}).")));
                None
            }
        };
        (Self { jobs: Jobs::Thread(jobs, thread), lost, is_alone, notices }, receiver)
    }

    /// A history in memory without a thread: whoever hands in a job does it, there and then. For simulations, where
    /// time must not run on while a thread works.
    #[must_use]
    pub fn inline(now: DateTime<Utc>) -> Self {
        let (notices, _) = mpsc::channel(NOTICES);
        let lost = Arc::new(AtomicU64::new(0));
        let mut keeper = Keeper::new(Location::Memory, now, notices.clone(), Arc::clone(&lost));
        keeper.begin();
        let is_alone = keeper.is_alone();
        Self { jobs: Jobs::Inline(Arc::new(Mutex::new(keeper))), lost, is_alone, notices }
    }

    /// Keeps what one refresh measured, all of it or (when the process is killed) nothing. Waits for
    /// nothing; when the queue is full it is dropped and counted in [`History::lost`].
    pub fn record(&self, samples: Vec<Sample>) {
        if let Some(at) = samples.iter().map(|sample| sample.at).max() {
            self.write(at, Box::new(move |connection, _| samples::record(connection, &samples)));
        }
    }

    /// Keeps the daily quota as last answered. Waits for nothing.
    pub fn keep_snapshot(&self, owner: Fingerprint, snapshot: &Snapshot) {
        let at = snapshot.fetched_at;
        self.keep(owner, Part::Quota.as_str(), record::write_snapshot(snapshot), at);
    }

    /// Keeps the answer of an optional part, fetched at `at`. Waits for nothing. The usage is not kept
    /// this way but with [`History::import_buckets`], and the account's id is left out.
    pub fn keep_answer(&self, owner: Fingerprint, answer: &PartAnswer, at: DateTime<Utc>) {
        self.keep(owner, answer.part().as_str(), record::write_answer(answer), at);
    }

    /// Keeps what requests went to, as fetched at `at`; an hour and chute that is known is replaced, unless a newer answer
    /// is kept. Waits for nothing, and what is read after it has it.
    pub fn import_buckets(&self, owner: Fingerprint, buckets: Vec<Bucket>, at: DateTime<Utc>) {
        self.write(at, Box::new(move |connection, now| buckets::import(connection, owner, &buckets, at, now)));
    }

    /// Keeps the names of chutes, fetched at `at`. Waits for nothing.
    pub fn store_names(&self, names: Arc<HashMap<ChuteId, String>>, at: DateTime<Utc>) {
        self.write(at, Box::new(move |connection, now| names::store(connection, &names, at, now)));
    }

    /// How many writes were dropped, because the queue was full or the disk would not have them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether it was to be in a file, which other instances see, and is not. Known once anything was read.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.is_alone.load(Ordering::Relaxed)
    }

    /// Puts a sentence of the caller's among the notices. One that nobody collects is no reason to wait.
    pub fn tell(&self, notice: String) {
        drop(self.notices.try_send(notice));
    }

    /// The samples of one window from `since` on, oldest first. More than some 2,000 are thinned out; the
    /// last one before each reset stays.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn samples(
        &self,
        owner: Fingerprint,
        kind: WindowKind,
        since: DateTime<Utc>,
    ) -> Result<Vec<Sample>, HistoryError> {
        self.read(move |connection| samples::since(connection, owner, &kind, since)).await
    }

    /// What was last known of each owner, in the order asked; one of whom nothing is known is there too.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn remember(&self, owners: Vec<Fingerprint>) -> Result<Vec<LastKnown>, HistoryError> {
        self.read(move |connection| answers::last_known(connection, &owners)).await
    }

    /// The last hour for which buckets are known. It may have been running when they were fetched, so ask
    /// the server from this hour on.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn last_bucket(&self, owner: Fingerprint) -> Result<Option<DateTime<Utc>>, HistoryError> {
        self.read(move |connection| buckets::last(connection, owner)).await
    }

    /// The requests of each hour from `since` on, oldest first. Hours without requests are not in it.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn hourly(&self, owner: Fingerprint, since: DateTime<Utc>) -> Result<Vec<HourlyRequests>, HistoryError> {
        self.read(move |connection| buckets::hourly(connection, owner, since)).await
    }

    /// The buckets from `since` on, oldest first.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn buckets(&self, owner: Fingerprint, since: DateTime<Utc>) -> Result<Vec<Bucket>, HistoryError> {
        self.read(move |connection| buckets::since(connection, owner, since)).await
    }

    /// What the requests from `since` on went to, the largest share first.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn shares(&self, owner: Fingerprint, since: DateTime<Utc>) -> Result<Vec<ChuteShare>, HistoryError> {
        self.read(move |connection| buckets::shares(connection, owner, since)).await
    }

    /// The names of chutes that are known, and when they were last fetched.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn names(&self) -> Result<StoredNames, HistoryError> {
        self.read(names::load).await
    }

    /// Keeps up to which hour the usage of an owner is known without a gap. Waits for nothing.
    pub fn keep_usage_until(&self, owner: Fingerprint, hour: DateTime<Utc>, at: DateTime<Utc>) {
        self.keep(owner, Part::Usage.as_str(), record::write_hour(hour), at);
    }

    /// Keeps which chutes of an owner have a quota of their own. Waits for nothing.
    pub fn keep_rows(&self, owner: Fingerprint, chutes: &[ChuteId], at: DateTime<Utc>) {
        self.keep(owner, answers::ROWS, record::write_rows(chutes), at);
    }

    /// Keeps a text as the last answer of a part; where none could be written, what there is stays.
    fn keep(&self, owner: Fingerprint, part: &'static str, body: Option<String>, at: DateTime<Utc>) {
        if let Some(body) = body {
            self.write(at, Box::new(move |connection, now| answers::keep(connection, owner, part, &body, at, now)));
        }
    }

    /// Waits until everything handed in before is written (or lost). To be awaited before the program
    /// ends, within a time of the caller's choice.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.jobs.hand_in(Job::Flush(done)).await {
            // An error is a thread that has ended: there is nothing left to wait for.
            drop(written.await);
        }
    }

    fn write(&self, at: DateTime<Utc>, writing: Writing) {
        self.hand_in(Job::Write(at, writing));
    }

    fn hand_in(&self, job: Job) {
        if !self.jobs.try_hand_in(job) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        self.ask(Job::Read, |connection| query(connection)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: fn(Reading) -> Job,
        query: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (reply, answer) = oneshot::channel();
        let reading: Reading = Box::new(move |connection: Result<&mut Connection, &str>| {
            let result = match connection {
                Ok(connection) => query(connection),
                Err(reason) => {
                    drop(reply.send(Err(HistoryError(reason.to_owned()))));
                    return Ok(());
                }
            };
            let (answer, outcome) = match result {
                Ok(value) => (Ok(value), Ok(())),
                Err(error) => (Err(HistoryError(error.to_string())), Err(error)),
            };
            // Whoever asked may have gone.
            drop(reply.send(answer));
            outcome
        });
        let asked = async {
            let closed = || HistoryError("it is closed".to_owned());
            if !self.jobs.hand_in(job(reading)).await {
                return Err(closed());
            }
            answer.await.map_err(|_| closed())?
        };
        timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(HistoryError("it does not answer".to_owned())))
    }
}
