//! The thread that owns the connection: one job after the other, and forgetting in between.

mod gather;
mod locked;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use self::locked::Meanwhile;
use super::open::{self, Location, Opened, Opening};
use super::prune::{Progress, Pruning};
use super::schema;
use crate::domain::clean::clean;

/// How often it is looked whether there is anything to forget.
const LOOK_FOR_OLD: TimeDelta = TimeDelta::hours(1);

/// Something to write, in a transaction of the thread's, which tells it the time: it may be much later than when it was
/// handed in. It may be called again: by itself, when it was in one with another that failed, and on a new file, when
/// the old one turns out damaged.
pub(super) type Writing = Box<dyn Fn(&Connection, DateTime<Utc>) -> rusqlite::Result<()> + Send>;

/// Something to read; it sends its own reply, and gives the error if there was one.
pub(super) type Reading = Box<dyn FnOnce(Result<&mut Connection, &str>) -> Result<(), rusqlite::Error> + Send>;

/// What the thread is told to do.
pub(super) enum Job {
    /// Write what became known at that time.
    Write(DateTime<Utc>, Writing),
    /// Write it without a wait for more.
    WriteNow(DateTime<Utc>, Writing),
    /// Read.
    Read(Reading),
    /// Read what all instances write: one that set the file aside has another by now.
    ReadShared(Reading),
    /// Say when everything before this is written.
    Flush(oneshot::Sender<()>),
}

impl fmt::Debug for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Write(..) => "Write",
            Self::WriteNow(..) => "WriteNow",
            Self::Read(_) => "Read",
            Self::ReadShared(_) => "ReadShared",
            Self::Flush(_) => "Flush",
        })
    }
}

/// What the thread works with.
#[derive(Debug)]
pub(super) struct Keeper {
    location: Location,
    opened: Option<Opened>,
    notices: mpsc::Sender<String>,
    lost: Arc<AtomicU64>,
    /// It was to be in a file, and is not.
    is_alone: Arc<AtomicBool>,
    wants_file: bool,
    now: DateTime<Utc>,
    failing: bool,
    pruning: Option<Pruning>,
    /// When it is looked again whether there is anything to forget.
    look_for_old_at: Option<DateTime<Utc>>,
    /// How long what is to be written waits for more.
    pub(super) gathering: Duration,
    /// How long another process that holds the file is waited for, when it is opened.
    pub(super) patience: Duration,
    /// It is in memory as long as another process holds the file.
    meanwhile: Option<Meanwhile>,
}

impl Keeper {
    /// A keeper that has yet to open anything.
    pub(super) fn new(
        location: Location,
        now: DateTime<Utc>,
        notices: mpsc::Sender<String>,
        lost: Arc<AtomicU64>,
    ) -> Self {
        let wants_file = matches!(location, Location::File(_));
        Self {
            location,
            opened: None,
            notices,
            lost,
            is_alone: Arc::default(),
            wants_file,
            now,
            failing: false,
            pruning: None,
            look_for_old_at: None,
            gathering: gather::GATHERING,
            patience: schema::BUSY,
            meanwhile: None,
        }
    }

    /// Whether it was to be in a file, and is not, as is known from time to time.
    pub(super) fn is_alone(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_alone)
    }

    /// Opens the history and works until the last handle is gone and its jobs are done.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        #[cfg(debug_assertions)]
        panic_if_asked();
        self.begin();
        while let Some(job) = self.next(&mut jobs) {
            match job {
                Job::Write(at, writing) => self.gather(at, writing, &mut jobs),
                job => self.work(job),
            }
        }
    }

    /// Opens the history.
    pub(super) fn begin(&mut self) {
        self.open();
        self.begin_pruning();
    }

    /// Does a job.
    pub(super) fn work(&mut self, job: Job) {
        match job {
            Job::Write(at, writing) | Job::WriteNow(at, writing) => self.write_at(at, vec![writing]),
            Job::Read(reading) => self.read(reading),
            Job::ReadShared(reading) => {
                self.follow_the_others();
                self.read(reading);
            }
            Job::Flush(done) => drop(done.send(())),
        }
    }

    /// Does a job, and then all of the forgetting that is due.
    pub(super) fn work_and_tidy(&mut self, job: Job) {
        self.work(job);
        while self.pruning.is_some() {
            self.prune_a_little();
        }
    }

    /// The next job; while none is there, old rows are forgotten.
    fn next(&mut self, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
        while self.pruning.is_some() {
            match jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => self.prune_a_little(),
            }
        }
        jobs.blocking_recv()
    }

    fn open(&mut self) {
        let opening = open::open(&self.location, self.now, self.patience);
        self.meanwhile = opening.is_locked.then(|| Meanwhile::since(self.now));
        self.go_on_in(opening);
    }

    fn go_on_in(&mut self, opening: Opening) {
        self.pruning = None;
        self.is_alone.store(self.wants_file && !opening.has_file(), Ordering::Relaxed);
        self.opened = opening.opened;
        opening.notices.iter().for_each(|notice| self.tell(notice));
    }

    /// Writes what became known by then, in one transaction where it can.
    pub(super) fn write_at(&mut self, at: DateTime<Utc>, writings: Vec<Writing>) {
        self.look_whether_free(at);
        self.write(at, &writings);
        self.keep_for_the_file(writings);
        // The time of what is written is the only one there is here.
        self.now = self.now.max(at);
        if self.look_for_old_at.is_none_or(|look_at| self.now >= look_at) {
            self.begin_pruning();
        }
    }

    /// Opens the file anew that another instance has set aside.
    fn follow_the_others(&mut self) {
        if self.opened.as_ref().and_then(|opened| opened.file.as_ref()).is_some_and(open::OpenedFile::has_moved) {
            self.open();
        }
    }

    fn write(&mut self, at: DateTime<Utc>, writings: &[Writing]) {
        self.follow_the_others();
        let result = match self.attempt(at, writings) {
            // Another process holds the file: there is nothing wrong with any of them.
            Err(error) if open::is_busy(&error) => self.attempt(at, writings),
            // Each by itself: one that fails takes no other along.
            Err(_) if writings.len() > 1 => return writings.chunks(1).for_each(|one| self.write(at, one)),
            Err(error) if open::is_damage(&error) => {
                self.replace();
                self.attempt(at, writings)
            }
            result => result,
        };
        match result {
            Ok(()) => self.failing = false,
            Err(error) => {
                self.lost.fetch_add(writings.len() as u64, Ordering::Relaxed);
                self.complain(&error);
            }
        }
    }

    /// Writes all of it or nothing.
    fn attempt(&mut self, at: DateTime<Utc>, writings: &[Writing]) -> rusqlite::Result<()> {
        let Some(opened) = &mut self.opened else {
            return Err(rusqlite::Error::InvalidPath(Path::new("").to_owned()));
        };
        let transaction = opened.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        writings.iter().try_for_each(|writing| writing(&transaction, at))?;
        transaction.commit()
    }

    fn read(&mut self, reading: Reading) {
        let connection = self.opened.as_mut().map(|opened| &mut opened.connection).ok_or("no history is open");
        if let Err(error) = reading(connection)
            && open::is_damage(&error)
        {
            self.replace();
        }
    }

    /// Sets a damaged file aside and goes on with a new one.
    fn replace(&mut self) {
        let Some(file) = self.opened.take().and_then(|opened| opened.file) else { return self.open() };
        let aside = match file.set_aside(self.now) {
            Ok(aside) => {
                self.tell("The history was found damaged: it is set aside beside a new one.");
                aside
            }
            Err(error) => {
                self.tell(&format!("The history is damaged and cannot be set aside ({error}); it is kept in memory."));
                self.location = Location::Memory;
                None
            }
        };
        self.open();
        if let (Some(aside), Some(opened)) = (aside, &self.opened) {
            let _not_understood = open::carry_over(&opened.connection, &aside);
        }
    }

    fn begin_pruning(&mut self) {
        let now = self.now;
        let Some(opened) = self.opened.as_mut().filter(|_| self.pruning.is_none()) else { return };
        self.look_for_old_at = now.checked_add_signed(LOOK_FOR_OLD);
        // A failure to forget is no reason to say anything; whatever stands behind it shows in writing.
        self.pruning = Pruning::begin_if_due(&mut opened.connection, now, opened.file.is_none()).unwrap_or_default();
    }

    fn prune_a_little(&mut self) {
        let (Some(pruning), Some(opened)) = (&mut self.pruning, &mut self.opened) else {
            self.pruning = None;
            return;
        };
        match pruning.step(&mut opened.connection) {
            Ok(Progress::More) => {}
            Ok(Progress::Done) | Err(_) => self.pruning = None,
        }
    }

    /// Says once that writing fails, until it has succeeded again.
    fn complain(&mut self, error: &rusqlite::Error) {
        if !self.failing {
            self.failing = true;
            self.tell(&format!("What is measured cannot be kept just now: {error}."));
        }
    }

    /// A notice that nobody collects is no reason to wait.
    fn tell(&self, notice: &str) {
        const LONGEST: usize = 400;
        drop(self.notices.try_send(clean(notice, LONGEST)));
    }
}

/// Panics when the environment asks for it (`CHUTES_TOP_PANIC=history`), so that a test can see what that does to
/// the rest of the program.
#[cfg(debug_assertions)]
fn panic_if_asked() {
    let asked = std::env::var("CHUTES_TOP_PANIC").is_ok_and(|asked| asked == "history");
    assert!(!asked, "asked to panic in the history");
}
