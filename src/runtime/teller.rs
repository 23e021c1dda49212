//! Answers the app's questions about the past, from the history and without holding anything up.

use std::future::pending;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::domain::credential::Credential;
use crate::domain::past::{Past, PastQuery};
use crate::history::Fingerprint;
use crate::worker::Keeper;

/// Answers that wait to be taken.
const WAITING: usize = 4;

/// Answers questions about the past.
#[derive(Debug)]
pub struct Teller {
    keeper: Keeper,
    owners: Vec<Fingerprint>,
    told: mpsc::Sender<Past>,
    answers: mpsc::Receiver<Past>,
    notices: mpsc::Receiver<String>,
}

/// What a teller says.
#[derive(Debug)]
pub enum Told {
    /// What was asked of the past.
    Past(Past),
    /// Something about the history itself that the user should know.
    Notice(String),
}

impl Teller {
    /// Answers questions about the past of these credentials, and passes on the notices of the history.
    #[must_use]
    pub fn new(keeper: Keeper, notices: mpsc::Receiver<String>, credentials: &[Credential]) -> Self {
        let owners = credentials.iter().map(|credential| keeper.owner(&credential.key)).collect();
        let (told, answers) = mpsc::channel(WAITING);
        Self { keeper, owners, told, answers, notices }
    }

    /// Answers for these credentials from here on.
    #[must_use]
    pub fn of(self, credentials: &[Credential]) -> Self {
        Self::new(self.keeper, self.notices, credentials)
    }

    /// What records and reads the history.
    #[must_use]
    pub fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// Looks it up, in a task of its own.
    pub fn ask(&self, query: PastQuery, now: DateTime<Utc>) {
        let Some(owner) = self.owners.get(query.id.index()).copied() else { return };
        let (keeper, told) = (self.keeper.clone(), self.told.clone());
        tokio::spawn(async move {
            // When the answers wait already, this one is asked for again with the next news.
            let _full_or_gone = told.try_send(keeper.past(owner, query, now).await);
        });
    }

    /// Waits for an answer.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            Some(past) = self.answers.recv() => Told::Past(past),
            Some(notice) = self.notices.recv() => Told::Notice(notice),
            else => pending().await,
        }
    }

    /// Waits until all that was learned is written.
    pub async fn flush(&self) {
        self.keeper.history.flush().await;
    }
}
