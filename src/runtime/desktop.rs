//! Desktop notifications: one after the other, each with a time limit, and nothing waits for them.

use std::future::pending;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How many may wait; any more are dropped and logged.
const WAITING: usize = 8;
/// How long each may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Shows notifications in its own task, which the first one starts.
#[derive(Debug, Default)]
pub struct Desktop {
    notes: Option<mpsc::Sender<String>>,
    failure: Option<oneshot::Receiver<String>>,
}

impl Desktop {
    /// Shows a line when those before it are shown.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn show(&mut self, note: String) {
        let notes = self.notes.get_or_insert_with(|| {
            let ((sender, receiver), (failed, failure)) = (mpsc::channel(WAITING), oneshot::channel());
            self.failure = Some(failure);
            tokio::spawn(work(receiver, failed, LIMIT, show));
            sender
        });
        if notes.try_send(note).is_err() {
            tracing::warn!("the desktop is too slow: a notification was dropped");
        }
    }

    /// Waits for the first failure, which is reported once, as a line for the user; for ever if nothing fails.
    /// Cancel-safe.
    pub async fn failed(&mut self) -> String {
        if let Some(failure) = &mut self.failure {
            let told = failure.await;
            self.failure = None;
            if let Ok(reason) = told {
                return format!("no notification can be shown on the desktop: {reason}");
            }
        }
        pending().await
    }
}

async fn work(
    mut notes: mpsc::Receiver<String>,
    failed: oneshot::Sender<String>,
    limit: Duration,
    show: impl Fn(&str) -> Result<(), String> + Clone + Send + 'static,
) {
    let mut failed = Some(failed);
    while let Some(note) = notes.recv().await {
        let show = show.clone();
        let mut shown = spawn_blocking(move || show(&note));
        let is_late = |_| Ok(Err(format!("it did not answer within {} s", limit.as_secs())));
        // The panic hook has reported a panic, and ends the program.
        let Ok(done) = timeout(limit, &mut shown).await.unwrap_or_else(is_late) else { return };
        if let Err(reason) = done {
            tracing::warn!(reason, "the desktop shows no notification");
            // Nobody receives it once the program ends.
            let _told = failed.take().map(|failed| failed.send(reason));
        }
        // One that hangs holds a thread: there is never a second.
        if !shown.is_finished() {
            let _late = shown.await;
        }
    }
}

#[cfg(feature = "desktop")]
fn show(note: &str) -> Result<(), String> {
    // The summary is plain text everywhere; in a body, a label could be taken for markup.
    let shown = notify_rust::Notification::new().appname("chutes-top").summary(note).show();
    shown.map(drop).map_err(|error| crate::domain::clean::clean(&error.to_string(), 120))
}

#[cfg(not(feature = "desktop"))]
fn show(_note: &str) -> Result<(), String> {
    Err("this program was built without the feature desktop".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt;
    use pretty_assertions::assert_eq;
    use tokio::task::JoinHandle;

    use super::*;

    type Showing = (JoinHandle<()>, mpsc::Sender<String>, oneshot::Receiver<String>);

    /// Notes that are shown so; each is given no time at all, or enough.
    fn showing(limit: Duration, show: impl Fn(&str) -> Result<(), String> + Clone + Send + 'static) -> Showing {
        let ((sender, receiver), (failed, failure)) = (mpsc::channel(WAITING), oneshot::channel());
        (tokio::spawn(work(receiver, failed, limit, show)), sender, failure)
    }

    #[tokio::test]
    async fn the_first_failure_is_told_and_the_next_is_tried_all_the_same() {
        let (sender, shown) = std::sync::mpsc::channel();
        let show = move |note: &str| {
            sender.send(note.to_owned()).unwrap();
            if note == "a" { Ok(()) } else { Err(format!("{note} is refused")) }
        };
        let (work, notes, failure) = showing(Duration::from_mins(1), show);
        for note in ["a", "b", "c"] {
            notes.send(note.to_owned()).await.unwrap();
        }
        drop(notes);
        work.await.unwrap();
        assert_eq!(failure.await, Ok("b is refused".to_owned()));
        assert_eq!(shown.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn one_that_hangs_is_told_and_no_other_hangs_beside_it() {
        let (opened, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        // Each waits until nobody could open it any more.
        let show = move |_: &str| gate.lock().unwrap().recv().or(Ok(()));
        let (mut work, notes, failure) = showing(Duration::ZERO, show);
        for note in ["a", "b", "c"] {
            notes.send(note.to_owned()).await.unwrap();
        }
        drop(notes);
        assert_eq!(failure.await, Ok("it did not answer within 0 s".to_owned()));
        for _ in 0..10 {
            // As long as each of them is given.
            timeout(Duration::ZERO, pending::<()>()).await.unwrap_err();
            assert!((&mut work).now_or_never().is_none(), "the second waits for the first");
        }
        drop(opened);
        work.await.unwrap();
    }
}
