//! The log: what happened, line by line, in a file of a bounded size, and never on the terminal.
//!
//! Its own thread writes it. Logging only puts the line into a bounded queue, so that no disk holds up the screen; a
//! line for which there is no room is dropped and counted. Without a log file nothing is set up, and an event costs a
//! comparison.

mod file;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::clock::Clock;
use crate::logging::file::LogFile;

/// Lines that may wait to be written.
const WAITING: usize = 1_024;
/// The longest line, in bytes; the rest is cut off.
const LONGEST: usize = 8 * 1_024;
/// How long the last lines may take to be written.
const LAST_LINES: Duration = Duration::from_millis(500);
/// The program's own events, as opposed to those of the libraries.
const OURS: &str = "chutes_top";

/// What is logged.
#[derive(Clone, Debug)]
pub struct Filter(Targets);

impl Filter {
    /// The program's own events of this level (`error`, `warn`, `info`, `debug`, `trace`) and above.
    #[must_use]
    pub fn of_level(level: LevelFilter) -> Self {
        Self(Targets::new().with_target(OURS, level))
    }

    /// What a variable such as `RUST_LOG` asks for: levels, of everything or of the modules that are named.
    ///
    /// # Errors
    ///
    /// When it is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || "expected a level such as debug, or several such as chutes_top=debug,hyper=info".to_owned();
        text.parse().map(Self).map_err(|_| expected())
    }
}

/// A running log. The last lines are written when this is dropped.
#[derive(Debug)]
pub struct Log(SyncSender<Entry>);

impl Drop for Log {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        if self.0.try_send(Entry::Flush(done)).is_ok() {
            let _given_up = written.recv_timeout(LAST_LINES);
        }
    }
}

/// Begins to log into the file at `path`, which is made if it is not there.
///
/// # Errors
///
/// Why there can be no log: the reason to print after the path.
pub fn start(path: &Path, filter: Filter, clock: Arc<dyn Clock>) -> Result<Log, String> {
    let file = LogFile::open(path)?;
    let (sender, entries) = sync_channel(WAITING);
    let dropped = Arc::<AtomicUsize>::default();
    let queue = Queue { sender: sender.clone(), dropped: Arc::clone(&dropped) };
    let write = move || write_all(&entries, &dropped, file);
    std::thread::Builder::new().name("log".to_owned()).spawn(write).map_err(|error| error.to_string())?;
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_timer(Stamp(clock)).with_writer(queue);
    let subscriber = tracing_subscriber::registry().with(lines).with(filter.0);
    tracing::subscriber::set_global_default(subscriber).map_err(|error| error.to_string())?;
    Ok(Log(sender))
}

/// What waits for the thread that writes.
enum Entry {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Writes for as long as anybody can log. A disk that is full loses lines, and nothing else.
fn write_all(entries: &Receiver<Entry>, dropped: &AtomicUsize, mut file: LogFile) {
    while let Ok(entry) = entries.recv() {
        match entry {
            Entry::Line(line) => {
                let missing = dropped.swap(0, Ordering::Relaxed);
                if missing > 0 {
                    let _lost = file.write(format!("({missing} lines are missing here)\n").as_bytes());
                }
                let _lost = file.write(&line);
            }
            Entry::Flush(done) => {
                let _nobody_waits = done.try_send(());
            }
        }
    }
}

/// The end of the queue that lines are put into.
struct Queue {
    sender: SyncSender<Entry>,
    dropped: Arc<AtomicUsize>,
}

impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let kept = match line.get(..LONGEST) {
            Some(start) => [start, b"\n"].concat(),
            None => line.to_vec(),
        };
        if self.sender.try_send(Entry::Line(kept)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// The time at the start of a line, in UTC.
struct Stamp(Arc<dyn Clock>);

impl FormatTime for Stamp {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", self.0.now().format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_holds_nobody_up_and_says_what_is_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let (sender, entries) = sync_channel(2);
        let queue = Queue { sender, dropped: Arc::default() };
        // Nobody takes anything out yet.
        for line in ["1\n", "2\n", "3\n", "4\n"] {
            (&queue).write_all(line.as_bytes()).unwrap();
        }
        let dropped = Arc::clone(&queue.dropped);
        drop(queue);
        write_all(&entries, &dropped, LogFile::open(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "(2 lines are missing here)\n1\n2\n");
    }

    #[test]
    fn a_line_of_any_length_is_one_line_of_a_bounded_length() {
        let (sender, entries) = sync_channel(1);
        let queue = Queue { sender, dropped: Arc::default() };
        (&queue).write_all(&vec![b'x'; 100_000]).unwrap();
        let Ok(Entry::Line(line)) = entries.recv() else { panic!("no line") };
        assert_eq!((line.len(), line.last()), (LONGEST + 1, Some(&b'\n')));
    }

    #[test]
    fn a_filter_is_of_levels_and_modules() {
        for text in ["debug", "chutes_top=trace,hyper=info", "off"] {
            assert!(Filter::parse(text).is_ok(), "{text}");
        }
        assert!(Filter::parse("chutes_top=loud").unwrap_err().starts_with("expected a level"));
    }
}
