//! Programs run for alerts: one after the other, each with a time limit, and nothing waits for them.

use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use shared_child::SharedChild;

use crate::credentials::KEY_VARIABLE;
use crate::runtime::attention::Run;

/// How many may wait; any more are dropped and logged.
const WAITING: usize = 32;
/// How long each may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs programs on its own thread, which the first one starts.
#[derive(Debug, Default)]
pub struct Runner {
    runs: Option<SyncSender<Run>>,
}

impl Runner {
    /// Runs a program when those before it are done.
    pub fn run(&mut self, run: Run) {
        let runs = self.runs.get_or_insert_with(|| {
            let (sender, receiver) = sync_channel(WAITING);
            // Without a thread nothing receives, which is logged below.
            let _thread = std::thread::Builder::new().name("alerts".to_owned()).spawn(move || work(&receiver, LIMIT));
            sender
        });
        if runs.try_send(run).is_err() {
            tracing::warn!("the command for alerts is too slow: an alert was dropped");
        }
    }
}

fn work(runs: &Receiver<Run>, limit: Duration) {
    for run in runs {
        if let Err(reason) = finish(&run, limit) {
            tracing::warn!(reason, "the command for alerts failed");
        }
    }
}

/// Runs a program to its end, or to the end of its time. It gets no keys, no input and no terminal to write to.
fn finish(run: &Run, limit: Duration) -> Result<(), String> {
    let Some((program, arguments)) = run.command.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with(KEY_VARIABLE) {
            command.env_remove(name);
        }
    }
    command.envs(run.facts.iter().map(|(name, value)| (name, value)));
    let child = SharedChild::spawn(&mut command).map_err(|error| format!("it cannot be run: {}", error.kind()))?;
    let ended = child.wait_timeout(limit).map_err(|error| format!("it cannot be watched: {}", error.kind()))?;
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(status.to_string()),
        None => {
            let _ended_by_itself = child.kill().and_then(|()| child.wait());
            Err(format!("it took longer than {} s", limit.as_secs()))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn run(command: &[&str]) -> Run {
        let facts = vec![("CHUTES_ALERT_LABEL", "$HOME;`id`".to_owned())];
        Run { command: command.iter().map(|&word| word.to_owned()).collect(), facts }
    }

    #[test]
    fn a_program_finds_the_facts_in_its_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told");
        let script = format!("printf %s \"$CHUTES_ALERT_LABEL\" > '{}'", path.display());
        assert_eq!(finish(&run(&["sh", "-c", &script]), LIMIT), Ok(()));
        assert_eq!(std::fs::read_to_string(path).unwrap(), "$HOME;`id`");
    }

    #[test]
    fn one_that_fails_or_hangs_is_ended_and_said() {
        assert_eq!(finish(&run(&["/no/such/program"]), LIMIT).unwrap_err(), "it cannot be run: entity not found");
        assert_eq!(finish(&run(&["sh", "-c", "exit 3"]), LIMIT).unwrap_err(), "exit status: 3");
        let hangs = finish(&run(&["sleep", "600"]), Duration::from_millis(50));
        assert_eq!(hangs.unwrap_err(), "it took longer than 0 s");
    }

    #[test]
    fn nobody_waits_for_programs_that_are_slow() {
        let (sender, waiting) = sync_channel(1);
        let mut runner = Runner { runs: Some(sender) };
        for program in ["first", "second"] {
            runner.run(run(&[program]));
        }
        assert_eq!(waiting.try_iter().collect::<Vec<_>>(), [run(&["first"])], "what there is no room for is dropped");
    }
}
