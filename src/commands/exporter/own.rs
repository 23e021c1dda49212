//! Metrics of the exporter itself: how its requests went, how long they took, what it is.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use super::process::Process;
use crate::domain::credential::CredentialId;
use crate::domain::failure::FailureKind;
use crate::domain::usage::Update;
use crate::domain::usage::part::Part;

/// Which question, and how it went.
type Outcomes = Family<[(&'static str, &'static str); 2], Counter>;

const SUCCESS: &str = "success";
const LET_GO: &str = "let_go";

/// How long an answer takes, in seconds: the server hashes a password at each request, some 0.3 s; a request is
/// given up after some ten.
const DURATIONS: [f64; 8] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The exporter's own metrics.
pub(super) struct Own {
    registry: Registry,
    answers: Outcomes,
    durations: Histogram,
    scrapes: Counter,
    /// Since when each credential is being asked.
    asked: HashMap<CredentialId, Instant>,
}

impl Own {
    /// Those of an exporter of so many credentials that started at `started`.
    pub(super) fn new(credentials: usize, started: DateTime<Utc>) -> Self {
        let (answers, scrapes) = (Outcomes::default(), Counter::default());
        let durations = Histogram::new(DURATIONS);
        for part in [Part::Quota].into_iter().chain(Part::OPTIONAL) {
            // A counter that is there from the start shows its first step.
            drop(answers.get_or_create(&labels(part, SUCCESS)));
        }
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix("chutes_top");
        own.register("build", "The version of chutes-top", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        own.register("credentials", "Credentials that are asked", ConstGauge::<u64>::new(credentials as u64));
        own.register("answers", "Answers to what was asked of the server, and failures", answers.clone());
        own.register_with_unit(
            "refresh_duration",
            "How long the answers to the daily quota took",
            Unit::Seconds,
            durations.clone(),
        );
        own.register("scrapes", "Times that these metrics were read", scrapes.clone());
        registry.register_collector(Box::new(Process::started(started)));
        Self { registry, answers, durations, scrapes, asked: HashMap::new() }
    }

    /// All of them.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn count_scrape(&self) {
        self.scrapes.inc();
    }

    /// Counts what the worker reports at `at`.
    pub(super) fn note(&mut self, update: &Update, at: Instant) {
        match update {
            Update::Asking(id) => {
                self.asked.insert(*id, at);
            }
            Update::LetGo { id, .. } => {
                self.asked.remove(id);
                self.count(Part::Quota, LET_GO);
            }
            Update::Answered { id, result, .. } => {
                if let Some(asked) = self.asked.remove(id) {
                    self.durations.observe(at.saturating_duration_since(asked).as_secs_f64());
                }
                self.count(Part::Quota, outcome(result.as_ref().err().map(|failure| failure.kind)));
            }
            Update::Part { result: Ok(answer), .. } => self.count(answer.part(), SUCCESS),
            Update::Part { result: Err((part, failure)), .. } => self.count(*part, outcome(Some(failure.kind))),
            Update::Names(_)
            | Update::Remembered(_)
            | Update::Scheduled(_)
            | Update::Stretched(_)
            | Update::HostPaused(_)
            | Update::Notice(_) => {}
        }
    }

    fn count(&self, part: Part, outcome: &'static str) {
        self.answers.get_or_create(&labels(part, outcome)).inc();
    }
}

fn labels(part: Part, outcome: &'static str) -> [(&'static str, &'static str); 2] {
    [("part", part.as_str()), ("outcome", outcome)]
}

fn outcome(failure: Option<FailureKind>) -> &'static str {
    failure.map_or(SUCCESS, FailureKind::as_str)
}

impl fmt::Debug for Own {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Own").finish_non_exhaustive()
    }
}
