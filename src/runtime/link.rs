//! The line to the worker: commands one way, updates the other, and news of its end.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use crate::api::QuotaSource;
use crate::clock::Clock;
use crate::domain::credential::ApiKey;
use crate::domain::failure::Failure;
use crate::domain::past::{Past, PastQuery};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::Update;
use crate::runtime::panics;
use crate::runtime::teller::{Teller, Told};
use crate::worker::{self, Command};

/// How many commands, and how many updates, may be under way.
const WAITING: usize = 64;

/// A running worker. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Link {
    commands: mpsc::Sender<Command>,
    updates: mpsc::Receiver<Update>,
    task: JoinHandle<()>,
    unsent: VecDeque<Command>,
    teller: Option<Teller>,
}

/// What a worker has to say.
#[derive(Debug)]
pub enum Report {
    /// News of a credential.
    Update(Update),
    /// What was asked of the past.
    Past(Box<Past>),
    /// Something about the history that the user should know.
    Notice(String),
    /// It is no more. An error is a panic.
    Ended(Result<(), JoinError>),
}

impl Link {
    /// Starts a worker that asks `source`.
    #[must_use]
    pub fn to<S: QuotaSource>(setup: worker::Setup, source: S, clock: Arc<dyn Clock>) -> Self {
        Self::spawn(None, |commands, updates| worker::run(setup, source, clock, commands, updates))
    }

    /// Starts a worker whose source is first made, on another thread, by `make`: building an HTTP client reads the
    /// system's certificates, for which no key press should wait. If it cannot be made, every credential fails with
    /// that failure.
    #[must_use]
    pub fn to_made<S, F>(setup: worker::Setup, teller: Teller, make: F, clock: Arc<dyn Clock>) -> Self
    where
        S: QuotaSource,
        F: FnOnce() -> Result<S, Failure> + Send + 'static,
    {
        let first_key = setup.credentials.first().map(|credential| credential.key.clone());
        Self::spawn(Some(teller), async move |commands, updates| {
            panics::if_asked("worker", first_key.as_ref());
            match tokio::task::spawn_blocking(make).await {
                Ok(Ok(source)) => worker::run(setup, source, clock, commands, updates).await,
                Ok(Err(failure)) => worker::run(setup, Unavailable(failure), clock, commands, updates).await,
                // The panic hook has reported it, and ends the program.
                Err(_) => {}
            }
        })
    }

    fn spawn<F, W>(teller: Option<Teller>, work: W) -> Self
    where
        W: FnOnce(mpsc::Receiver<Command>, mpsc::Sender<Update>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let (commands, told) = mpsc::channel(WAITING);
        let (report, updates) = mpsc::channel(WAITING);
        let task = tokio::spawn(work(told, report));
        Self { commands, updates, task, unsent: VecDeque::new(), teller }
    }

    /// Tells the worker, without waiting: what it cannot take now is kept, and sent while
    /// [`Link::next`] waits. A command that is already on its way is not repeated, and one that is
    /// overtaken is dropped.
    pub fn tell(&mut self, command: Command) {
        self.unsent.retain(|earlier| !is_overtaken(earlier, &command));
        self.unsent.push_back(command);
        while let (Some(next), Ok(permit)) = (self.unsent.front().copied(), self.commands.try_reserve()) {
            permit.send(next);
            self.unsent.pop_front();
        }
    }

    /// Waits for what the worker has to say. Not to be called again after its end.
    pub async fn next(&mut self) -> Report {
        loop {
            tokio::select! {
                biased;
                Some(update) = self.updates.recv() => return Report::Update(update),
                Some(told) = async { Some(self.teller.as_mut()?.next().await) } => return match told {
                    Told::Past(past) => Report::Past(Box::new(past)),
                    Told::Notice(notice) => Report::Notice(notice),
                },
                ended = &mut self.task => return Report::Ended(ended),
                Ok(permit) = self.commands.reserve(), if !self.unsent.is_empty() => {
                    if let Some(command) = self.unsent.pop_front() {
                        permit.send(command);
                    }
                }
            }
        }
    }

    /// Asks for the past of a window; [`Link::next`] brings it. Without a history nothing comes.
    pub fn ask_past(&self, query: PastQuery, now: DateTime<Utc>) {
        if let Some(teller) = &self.teller {
            teller.ask(query, now);
        }
    }

    /// Takes the teller out, for another worker to go on with the same history.
    pub fn take_teller(&mut self) -> Option<Teller> {
        self.teller.take()
    }

    /// Waits until all that was learned is written.
    pub async fn flush(&self) {
        if let Some(teller) = &self.teller {
            teller.flush().await;
        }
    }

    /// What more the worker has said already.
    pub fn try_next(&mut self) -> Option<Update> {
        self.updates.try_recv().ok()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn is_overtaken(earlier: &Command, later: &Command) -> bool {
    use Command::{Pause, Resume, SetInterval};
    earlier == later || matches!((earlier, later), (SetInterval(_), SetInterval(_)) | (Pause | Resume, Pause | Resume))
}

/// Stands in for a client that could not be built.
struct Unavailable(Failure);

impl QuotaSource for Unavailable {
    async fn fetch_quota_usage(&self, _key: &ApiKey) -> Result<Snapshot, Failure> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::credential::CredentialId;

    fn idle() -> Link {
        // A worker that takes nothing.
        Link::spawn(None, async |told, _report| {
            std::future::pending::<()>().await;
            drop(told);
        })
    }

    #[tokio::test]
    async fn a_worker_that_is_slow_blocks_nobody_and_loses_nothing() {
        let mut link = idle();
        for index in 0..200 {
            link.tell(Command::Refresh(CredentialId::new(index)));
        }
        assert_eq!(link.unsent.len(), 200 - WAITING);
    }

    #[tokio::test]
    async fn commands_that_wait_are_not_repeated_and_the_last_one_counts() {
        let mut link = idle();
        for index in 0..WAITING {
            link.tell(Command::Refresh(CredentialId::new(index)));
        }
        let last = Command::SetInterval(Duration::from_mins(2));
        for command in [Command::RefreshAll, Command::RefreshAll, Command::Pause, Command::Resume, Command::Pause] {
            link.tell(command);
        }
        link.tell(Command::SetInterval(Duration::from_mins(1)));
        link.tell(last);
        assert_eq!(link.unsent, [Command::RefreshAll, Command::Pause, last]);
    }

    #[tokio::test]
    async fn the_end_of_the_worker_is_reported_after_its_last_words() {
        let mut link = Link::spawn(None, async |_told, report| {
            let _ = report.send(Update::HostPaused(None)).await;
        });
        assert!(matches!(link.next().await, Report::Update(Update::HostPaused(None))));
        assert!(matches!(link.next().await, Report::Ended(Ok(()))));
    }
}
