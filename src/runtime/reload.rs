//! The configuration file, watched while the dashboard runs.
//!
//! The system reports changes in the file's directory; until then nothing wakes up. The file itself cannot be watched:
//! an editor may replace it by a new one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::app::configured::Configured;
use crate::app::themes::Themes;
use crate::clock::Clock;
use crate::credentials::Found;
use crate::domain::threshold::Rules;
use crate::domain::view::View;

/// An editor writes a file in several steps: it is read this long after the last of them.
const QUIET: Duration = Duration::from_millis(100);

/// The settings as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The poll interval.
    pub interval: Duration,
    /// Whether names and balances are masked from the start.
    pub masked: bool,
    /// How rows are sorted and which are shown.
    pub view: View,
    /// The themes, and which of them is configured.
    pub themes: Themes,
    /// What counts as low for whom.
    pub rules: Rules,
    /// A hash of the credentials and where their keys come from: the arguments of a program that prints a key should not
    /// be kept here.
    pub credentials: u64,
    /// The other settings by their keys, as text to compare: they count at the next start.
    pub later: Vec<(&'static str, String)>,
    /// What the user should know, a line each.
    pub notices: Vec<String>,
}

/// Gives the settings as they are now, or a line that says what is wrong with them.
pub type Read = Arc<dyn Fn() -> Result<Live, String> + Send + Sync>;

/// Finds the keys that the configuration names now, or says what is wrong. It may run programs and wait for them.
pub type Find = Arc<dyn Fn() -> Result<Found, String> + Send + Sync>;

/// A configuration that may change.
#[derive(Clone)]
pub struct Configuration {
    /// Its file; it need not be there.
    pub path: PathBuf,
    /// The settings that the dashboard starts with.
    pub live: Live,
    /// How they are read again.
    pub read: Read,
    /// How the keys are found again.
    pub find: Find,
    /// Whether a configured key could not be read.
    pub is_short: bool,
}

impl fmt::Debug for Configuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Configuration")
            .field("path", &self.path)
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

/// The settings, and the credentials if their configuration changed.
type Answer = Result<(Live, Option<Found>), String>;

/// What came of reading the file again.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// What changes; `None`: the file says what it said, and only the keys were found again.
    pub configured: Option<Configured>,
    /// What the user should know, a line each.
    pub notices: Vec<String>,
    /// The credentials, if their configuration changed.
    pub found: Option<Found>,
}

/// Waits for changes of a configuration.
#[derive(Debug)]
pub struct Reloads {
    configuration: Configuration,
    /// What the dashboard runs with until its end, by its keys.
    in_force: Vec<(&'static str, String)>,
    clock: Arc<dyn Clock>,
    changes: mpsc::Receiver<()>,
    /// When the file is to be read.
    due: Option<Instant>,
    /// Whether to find the keys again then, even if the file has not changed.
    finds: bool,
    reading: Option<JoinHandle<Answer>>,
    /// Watches until it is dropped; none in tests.
    _watcher: Option<RecommendedWatcher>,
}

impl Reloads {
    /// Begins to watch. `None` where there is no directory to watch, or no way to: edits then count at the next start.
    #[must_use]
    pub fn watch(configuration: Configuration, clock: Arc<dyn Clock>) -> Option<Self> {
        let (sender, changes) = mpsc::channel(1);
        // A link is watched at both of its ends.
        let mut files = vec![configuration.path.clone()];
        files.extend(configuration.path.canonicalize());
        let names: Vec<_> = files.iter().filter_map(|file| Some(file.file_name()?.to_owned())).collect();
        let tell = move |event: notify::Result<Event>| {
            let is_ours = |event: Event| {
                is_change(event.kind)
                    && event
                        .paths
                        .iter()
                        .any(|path| path.file_name().is_some_and(|name| names.iter().any(|one| one == name)))
            };
            if event.is_ok_and(is_ours) {
                // A message that is waiting covers this one.
                let _waits_already = sender.try_send(());
            }
        };
        let mut watcher = notify::recommended_watcher(tell).ok()?;
        let mut directories: Vec<&Path> = files.iter().map(|file| directory_of(file)).collect();
        directories.dedup();
        let begun = directories.into_iter().filter(|path| watcher.watch(path, RecursiveMode::NonRecursive).is_ok());
        (begun.count() > 0).then(|| Self::of(configuration, clock, changes, Some(watcher)))
    }

    /// Takes each message of `changes` as a change of the file.
    fn of(
        configuration: Configuration,
        clock: Arc<dyn Clock>,
        changes: mpsc::Receiver<()>,
        watcher: Option<RecommendedWatcher>,
    ) -> Self {
        let in_force = configuration.live.later.clone();
        Self { configuration, in_force, clock, changes, due: None, finds: false, reading: None, _watcher: watcher }
    }

    /// Looks again for keys that could not be read, if there are any.
    pub fn look_again(&mut self) {
        if self.configuration.is_short {
            self.find_anew();
        }
    }

    /// Finds the keys again, even if the file says what it said.
    pub fn find_anew(&mut self) {
        self.finds = true;
        self.due.get_or_insert_with(Instant::now);
    }

    /// Waits for a change. Cancel-safe.
    ///
    /// # Errors
    ///
    /// A line for the user, when the file is wrong: nothing changes.
    pub async fn next(&mut self) -> Result<Reloaded, String> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = reading.await;
                self.reading = None;
                match read.unwrap_or_else(|_| Err("the configuration cannot be read".to_owned())) {
                    Ok((live, None)) if live == self.configuration.live => {}
                    Ok((live, found)) => return Ok(self.take(live, found)),
                    Err(line) => return Err(format!("{line}: the settings stay as they were")),
                }
            } else if let Some(due) = self.due {
                tokio::select! {
                    biased;
                    Some(()) = self.changes.recv() => self.due = Some(Instant::now() + QUIET),
                    () = self.clock.sleep_until(due) => {
                        self.due = None;
                        self.reading = Some(self.read());
                    }
                }
            } else if self.changes.recv().await.is_some() {
                self.due = Some(Instant::now() + QUIET);
            } else {
                // Nobody watches any more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Reads the file, and finds the keys if their configuration changed, on a thread that may block.
    fn read(&mut self) -> JoinHandle<Answer> {
        let finds = std::mem::take(&mut self.finds);
        let Configuration { live, read, find, .. } = &self.configuration;
        let (before, read, find) = (live.credentials, Arc::clone(read), Arc::clone(find));
        tokio::task::spawn_blocking(move || {
            let live = read()?;
            let found = if live.credentials == before && !finds { None } else { Some(find()?) };
            Ok((live, found))
        })
    }

    /// What is different from before.
    fn take(&mut self, live: Live, found: Option<Found>) -> Reloaded {
        if let Some(found) = &found {
            self.configuration.is_short = !found.missing.is_empty();
        }
        let is_edited = live != self.configuration.live;
        let before = std::mem::replace(&mut self.configuration.live, live);
        let Live { interval, masked, view, themes, rules, later, notices, credentials: _ } = &self.configuration.live;
        let configured = Configured {
            interval: (*interval != before.interval).then_some(*interval),
            masked: (*masked != before.masked).then_some(*masked),
            view: (*view != before.view).then(|| view.clone()),
            themes: (*themes != before.themes).then(|| themes.clone()),
            rules: (*rules != before.rules).then(|| rules.clone()),
        };
        let mut notices = notices.clone();
        notices.retain(|notice| !before.notices.contains(notice));
        let is_news = |setting: &&_| !before.later.contains(setting) && !self.in_force.contains(setting);
        let waiting: Vec<&str> = later.iter().filter(is_news).map(|(key, _)| *key).collect();
        if !waiting.is_empty() {
            notices.push(format!("restart chutes-top to apply what was changed: {}", waiting.join(", ")));
        }
        Reloaded { configured: is_edited.then_some(configured), notices, found }
    }
}

/// Whether something was written, and not only read.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
