//! The built program on a pseudo-terminal: what it shows, and that it gives the terminal back.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests: to fail is their job, and a real program needs a real deadline"
)]

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chutes-top");
const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";
const COLUMNS: u16 = 100;
const ROWS: u16 = 30;

/// How long the program may take for anything; a machine under load is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal of its own.
struct Session {
    /// The terminal's outer end; `None` once it is closed.
    terminal: Option<Pty>,
    // Keeps the terminal alive, so that what the program wrote last can be read after its end.
    _pts: Pts,
    child: Child,
    parser: vt100::Parser,
    before: Termios,
    _home: TempDir,
}

impl Session {
    /// The dashboard, with these arguments and environment variables.
    fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(PROGRAM, arguments, variables)
    }

    /// The demo, once it shows numbers.
    fn demo() -> Self {
        let mut session = Self::start(&["--demo"], &[]);
        session.wait_for("the demo", |screen| screen.contents().contains("DEMO"));
        session
    }

    fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
        let before = tcgetattr(&pty).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .spawn_borrowed(&pts)
            .unwrap();
        let size = |cells| NonZeroU16::new(cells).unwrap();
        let parser = vt100::Parser::new(size(ROWS), size(COLUMNS), 100);
        Self { terminal: Some(pty), _pts: pts, child, parser, before, _home: home }
    }

    fn pty(&self) -> &Pty {
        self.terminal.as_ref().unwrap()
    }

    fn press(&mut self, keys: &str) {
        self.terminal.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Takes in what the program writes, for a moment at most.
    fn read(&mut self) -> bool {
        let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let mut polled = [PollFd::new(self.pty(), PollFlags::IN)];
        if poll(&mut polled, Some(&moment)).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = [0; 8192];
        let count = self.terminal.as_mut().unwrap().read(&mut bytes).unwrap_or(0);
        self.parser.process(bytes.get(..count).unwrap());
        count > 0
    }

    fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    fn wait_for(&mut self, what: &str, is_there: impl Fn(&vt100::Screen) -> bool) {
        let began = Instant::now();
        while !is_there(self.screen()) {
            assert!(began.elapsed() < PATIENCE, "{what} did not come; there is:\n{}", self.screen().contents());
            self.read();
        }
    }

    /// Waits for the end of the program, and takes in what it wrote last.
    fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            let ended = self.child.try_wait().unwrap();
            while self.read() {}
            if let Some(status) = ended {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "it did not end; there is:\n{}", self.screen().contents());
        }
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(self.pty()).unwrap().local_modes.contains(LocalModes::ICANON)
    }

    /// The end of the program with that code, and the terminal as it was before.
    fn ends_clean(&mut self, code: i32) {
        let status = self.end();
        assert_eq!(status.code(), Some(code), "{}", self.screen().contents());
        self.is_restored();
    }

    fn is_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is still on");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        let after = tcgetattr(self.pty()).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes, "local modes");
        assert_eq!(after.input_modes, self.before.input_modes, "input modes");
        assert_eq!(after.output_modes, self.before.output_modes, "output modes");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Most have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demo_lives_and_q_leaves_it() {
    let mut session = Session::demo();
    session.wait_for("a number", |screen| screen.contents().contains('%'));
    assert!(session.screen().alternate_screen() && session.screen().hide_cursor() && session.is_raw());
    session.press("?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    session.press("\x1b");
    session.wait_for("the list again", |screen| !screen.contents().contains("this help"));
    session.press("j\r");
    session.wait_for("the details", |screen| screen.contents().contains("Esc back"));
    session.press("\x1b");
    session.wait_for("the list again", |screen| screen.contents().contains("filter"));
    session.press("q");
    session.ends_clean(0);
    assert_eq!(session.screen().contents().trim(), "", "something was left on the screen");
}

#[test]
fn ctrl_c_as_a_key_leaves() {
    let mut session = Session::demo();
    session.press("\x03");
    session.ends_clean(0);
}

#[test]
fn signals_end_it_with_their_codes() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut session = Session::demo();
        session.signal(signal);
        session.ends_clean(code);
    }
}

#[test]
fn a_closed_terminal_ends_it() {
    let mut session = Session::demo();
    session.terminal = None;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = session.child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < PATIENCE, "it did not notice");
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(129));
}

#[test]
fn a_new_size_is_drawn_at_once() {
    let mut session = Session::demo();
    session.pty().resize(pty_process::Size::new(2, 20)).unwrap();
    session.wait_for("that it is too small", |screen| !screen.contents().contains("quit"));
    session.pty().resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
    session.wait_for("the list", |screen| screen.contents().contains("quit"));
    session.press("q");
    session.ends_clean(0);
}

/// A key that comes after a change of size was once lost until the next one came.
#[test]
fn a_key_after_a_new_size_is_answered() {
    let mut session = Session::demo();
    session.press("?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    for rows in [ROWS - 1, ROWS, ROWS - 2, ROWS] {
        session.pty().resize(pty_process::Size::new(rows, COLUMNS)).unwrap();
        session.press("\u{1b}");
        session.wait_for("the list", |screen| !screen.contents().contains("this help"));
        session.press("?");
        session.wait_for("the help", |screen| screen.contents().contains("this help"));
    }
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let script = format!("set -m; {PROGRAM} --demo; echo stopped; read line; echo line $line; fg; echo ended $?");
    let mut session = Session::run("/bin/sh", &["-c", &script], &[]);
    session.wait_for("the demo", |screen| screen.contents().contains("DEMO"));
    session.press("\x1a");
    session.wait_for("the shell", |screen| screen.contents().contains("stopped"));
    session.is_restored();
    session.press("q for the shell\n");
    session.wait_for("the demo again", |screen| screen.alternate_screen() && screen.contents().contains("DEMO"));
    assert!(session.is_raw() && session.screen().hide_cursor());
    session.press("q");
    session.wait_for("the end", |screen| screen.contents().contains("ended 0"));
    session.ends_clean(0);
    let left = session.screen().contents();
    assert!(left.contains("line q for the shell"), "the shell's input was taken away: {left}");
}

#[test]
fn ctrl_z_without_a_shell_does_not_stop_it_for_good() {
    let mut session = Session::demo();
    session.press("\x1a?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn stopped_and_continued_from_outside_it_takes_the_terminal_over_again() {
    let mut session = Session::demo();
    session.signal(Signal::STOP);
    while session.read() {}
    // What a shell does meanwhile.
    tcsetattr(session.pty(), OptionalActions::Now, &session.before).unwrap();
    session.parser.process(b"\x1b[?1049l\x1b[?25h\x1b[2J");
    session.signal(Signal::CONT);
    session.wait_for("the demo again", |screen| screen.alternate_screen() && screen.contents().contains("DEMO"));
    assert!(session.is_raw() && session.screen().hide_cursor());
    session.press("q");
    session.ends_clean(0);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_is_reported_on_the_restored_terminal_without_any_key() {
    for place in ["ui", "worker"] {
        // Port 9 of loopback refuses; nothing leaves this machine.
        let variables =
            [("CHUTES_TOP_PANIC", place), ("CHUTES_API_KEY", KEY), ("CHUTES_API_URL", "http://127.0.0.1:9")];
        let mut session = Session::start(&[], &variables);
        session.ends_clean(101);
        let report = session.screen().contents();
        assert!(report.contains(&format!("asked to panic in the {place}")), "{report}");
        assert!(report.contains("panics.rs"), "no place: {report}");
        assert!(!report.contains("S3cret") && !report.contains("456789"), "a key got out: {report}");
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(PROGRAM)
        .env_clear()
        .env("CHUTES_API_KEY", KEY)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("terminal") && said.lines().count() == 1, "{said}");
    assert!(output.stdout.is_empty());
}
