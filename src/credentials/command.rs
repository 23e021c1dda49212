//! A key that a program prints: `key_command`.

use std::io::{self, Read as _};
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use shared_child::SharedChild;

/// The most that is read of what it prints, in bytes.
const SIZE_LIMIT: u64 = 64 * 1024;
/// What it printed is there this soon after it has ended, unless something else holds its output open.
const GRACE: Duration = Duration::from_secs(1);

/// What a program prints, run without a shell and ended after `limit`. It has no standard input, and what it writes
/// to standard error is not shown: it may hold anything, and the dashboard may be on the screen.
///
/// # Errors
///
/// Why there is no key: a reason that holds nothing of what was printed.
pub(super) fn output_of(command: &[String], limit: Duration) -> Result<Vec<u8>, String> {
    let Some((program, arguments)) = command.split_first() else { return Err("no program is named".to_owned()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // In a group of its own, behind the one of the terminal: a program that would ask something there, over the
    // dashboard, is stopped when it reads the answer, and ended.
    // GnuPG's agent is told of no terminal for the same reason.
    #[cfg(unix)]
    command.process_group(0);
    command.env_remove("GPG_TTY");
    let child = SharedChild::spawn(&mut command).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        kind => format!("the program cannot be run: {kind}"),
    })?;
    let Some(stdout) = child.take_stdout() else { return Err("the program has no output".to_owned()) };
    let (sender, output) = sync_channel(1);
    // A thread of its own: what is left of the program may hold the pipe open for ever. When more is printed than is
    // read, the pipe is closed and the program with it.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).map(|_| bytes);
        let _nobody_waits = sender.send(read);
    });
    let cannot = |error: io::Error| format!("the program cannot be watched: {}", error.kind());
    let Some(status) = child.wait_timeout(limit).map_err(cannot)? else {
        let _ended_by_itself = child.kill().and_then(|()| child.wait());
        return Err(format!("the program took longer than {} s", limit.as_secs()));
    };
    let bytes = output.recv_timeout(GRACE).map_err(|_| "what the program printed does not end".to_owned())?;
    let bytes = bytes.map_err(|error| format!("what the program printed cannot be read: {}", error.kind()))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err("the program printed more than 64 KiB".to_owned());
    }
    if status.success() { Ok(bytes) } else { Err(format!("the program failed ({status})")) }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn run(command: &[&str]) -> Result<String, String> {
        let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        output_of(&command, Duration::from_mins(1)).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_is_printed_is_given_and_no_shell_reads_the_arguments() {
        assert_eq!(run(&["printf", "%s", "$HOME;`id`"]), Ok("$HOME;`id`".to_owned()));
        assert_eq!(run(&["cat"]), Ok(String::new()), "it must not read the terminal");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_cannot_ask_anything_on_the_terminal() {
        let group = run(&["sh", "-c", "cut -d' ' -f5 /proc/$$/stat; echo $$; echo ${GPG_TTY-none}"]).unwrap();
        let [group, own, tty] = group.lines().collect::<Vec<_>>()[..] else { panic!("{group}") };
        assert_eq!((group, tty), (own, "none"));
    }

    #[test]
    fn failures_are_said_without_what_was_printed() {
        assert_eq!(run(&["/no/such/program"]), Err("there is no such program".to_owned()));
        assert_eq!(run(&["/"]), Err("the program cannot be run: permission denied".to_owned()));
        let failed = run(&["sh", "-c", "echo cpk_secret; echo cpk_secret >&2; exit 3"]).unwrap_err();
        assert_eq!(failed, "the program failed (exit status: 3)");
    }

    #[test]
    fn one_that_hangs_is_ended() {
        let command = ["sleep".to_owned(), "600".to_owned()];
        assert_eq!(output_of(&command, Duration::from_millis(50)), Err("the program took longer than 0 s".to_owned()));
    }

    #[test]
    fn one_that_never_stops_printing_is_ended() {
        let error = run(&["yes", "cpk_secret"]).unwrap_err();
        assert_eq!(error, "the program printed more than 64 KiB");
    }
}
