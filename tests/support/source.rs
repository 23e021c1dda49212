//! A source of quotas that is no server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chutes_top::api::QuotaSource;
use chutes_top::clock::Clock;
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;

use super::PausedClock;

/// What is answered to one key.
#[derive(Clone, Debug)]
pub enum Answer {
    /// That much used of that limit.
    Of(Option<f64>, u64),
    /// No limit.
    Unlimited,
    /// A failure of this kind, with this status.
    Failure(FailureKind, u16),
}

/// Answers each key by its place: the first with the first answer, and so on, over and over. The answer
/// to the key at place `n` takes `n + 1` times the pace.
#[derive(Clone, Debug)]
pub struct FakeSource {
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<usize>>>,
    pace: Duration,
    clock: Arc<PausedClock>,
}

impl FakeSource {
    /// A source that answers everyone within 10 ms: 12.3 of 2,000 used.
    pub fn new() -> Self {
        Self::answering(vec![Answer::Of(Some(12.3), 2000)])
    }

    /// A source with these answers.
    pub fn answering(answers: Vec<Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers)),
            asked: Arc::default(),
            pace: Duration::from_micros(10),
            clock: Arc::new(PausedClock::new()),
        }
    }

    /// The same, but each answer takes that much longer than the one before.
    pub fn with_pace(self, pace: Duration) -> Self {
        Self { pace, ..self }
    }

    /// Answers this from now on.
    pub fn answer(&self, answers: Vec<Answer>) {
        *self.answers.lock().unwrap() = answers;
    }

    /// Which keys were asked so far, by their places.
    pub fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }
}

impl QuotaSource for FakeSource {
    async fn fetch_quota_usage(&self, key: &ApiKey) -> Result<Snapshot, Failure> {
        // The made-up keys begin with their place, in hexadecimal.
        let place = usize::from_str_radix(&key.expose()[4..36], 16).unwrap();
        self.asked.lock().unwrap().push(place);
        let asked_at = self.clock.now();
        tokio::time::sleep(self.pace * u32::try_from(place + 1).unwrap()).await;
        let answer = {
            let answers = self.answers.lock().unwrap();
            answers[place % answers.len()].clone()
        };
        let usage = match answer {
            Answer::Of(used, limit) => QuotaUsage::new(Quota::Finite(limit), used),
            Answer::Unlimited => QuotaUsage::new(Quota::Unlimited, Some(7.0)),
            Answer::Failure(kind, status) => {
                return Err(Failure::new(kind, "the server said no").with_status(status));
            }
        };
        Ok(Snapshot::new(usage, asked_at, self.clock.now()))
    }
}

/// The labels of credentials in every state that an answer can bring about.
pub const LABELS: [&str; 8] = ["work", "batch", "alice", "lab", "bob", "free", "prepaid", "quiet"];

/// What answers them.
pub fn every_state() -> FakeSource {
    FakeSource::answering(vec![
        Answer::Of(Some(1262.3), 2000),
        Answer::Of(Some(4321.7), 5000),
        Answer::Of(Some(300.9), 300),
        Answer::Of(Some(512.0), 5001),
        Answer::Failure(FailureKind::Unauthorized, 401),
        Answer::Unlimited,
        Answer::Of(Some(0.0), 0),
        Answer::Of(None, 2000),
    ])
}
