//! What is written within a moment goes into one transaction: a commit costs more than what is in it.

use std::thread::park_timeout;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{Job, Keeper, Writing};

/// How long what is to be written waits for more. Nobody waits for it: who reads, or wants it written, unparks the
/// thread; and other instances look again after a second.
pub(super) const GATHERING: Duration = Duration::from_millis(100);
/// So many writes at most are one transaction, in which no other process can write.
pub(super) const TOGETHER: usize = 128;

/// What is to be written together.
struct Gathered {
    /// The newest time of any of it.
    at: DateTime<Utc>,
    writings: Vec<Writing>,
    /// The job that ended the wait.
    last: Option<Job>,
}

impl Gathered {
    /// Takes what was handed in. Whether there may be more to wait for.
    fn take(&mut self, jobs: &mut mpsc::Receiver<Job>) -> bool {
        while self.writings.len() < TOGETHER {
            match jobs.try_recv() {
                Ok(Job::Write(at, writing)) => {
                    self.at = self.at.max(at);
                    self.writings.push(writing);
                }
                Ok(job) => {
                    self.last = Some(job);
                    return false;
                }
                Err(_) => return true,
            }
        }
        false
    }
}

impl Keeper {
    /// Writes what is handed in within a moment, all at once, and then does the job that ended the wait.
    pub(super) fn gather(&mut self, at: DateTime<Utc>, first: Writing, jobs: &mut mpsc::Receiver<Job>) {
        // Whoever unparked the thread while it was at work has handed in its job, which is taken next. Left standing,
        // that would be the end of the next wait.
        park_timeout(Duration::ZERO);
        let mut gathered = Gathered { at, writings: vec![first], last: None };
        if gathered.take(jobs) {
            park_timeout(self.gathering);
            gathered.take(jobs);
        }
        self.write_at(gathered.at, gathered.writings);
        if let Some(job) = gathered.last {
            self.work(job);
        }
    }
}
