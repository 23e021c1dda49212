//! The built program on a terminal of its own: what is typed goes in, and what comes out is on a screen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests: to fail is their job, and a real program needs a real deadline"
)]
#![allow(dead_code, unreachable_pub, reason = "shared by tests, each of which is a crate and uses a part")]

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Termios, tcgetattr};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_chutes-top");
pub const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";
pub const COLUMNS: u16 = 100;
pub const ROWS: u16 = 30;

/// How long the program may take for anything; a machine under load is no reason to fail.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A program on a terminal of its own.
pub struct Session {
    /// The terminal's outer end; `None` once it is closed.
    pub terminal: Option<Pty>,
    // Keeps the terminal alive, so that what the program wrote last can be read after its end.
    _pts: Pts,
    pub child: Child,
    pub parser: vt100::Parser,
    /// Everything that the program ever wrote.
    pub written: Vec<u8>,
    pub before: Termios,
    /// The program's home directory.
    pub home: TempDir,
}

impl Session {
    /// The dashboard, with these arguments and environment variables.
    pub fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(PROGRAM, arguments, variables)
    }

    /// The demo, once it shows numbers.
    pub fn demo() -> Self {
        let mut session = Self::start(&["--demo"], &[]);
        session.wait_for("the demo", |screen| screen.contents().contains("DEMO"));
        session
    }

    pub fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
        let before = tcgetattr(&pty).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .current_dir(home.path())
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .spawn_borrowed(&pts)
            .unwrap();
        let size = |cells| NonZeroU16::new(cells).unwrap();
        let parser = vt100::Parser::new(size(ROWS), size(COLUMNS), 100);
        Self { terminal: Some(pty), _pts: pts, child, parser, before, written: Vec::new(), home }
    }

    pub fn pty(&self) -> &Pty {
        self.terminal.as_ref().unwrap()
    }

    pub fn press(&mut self, keys: &str) {
        self.terminal.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Takes in what the program writes, for a moment at most.
    pub fn read(&mut self) -> bool {
        let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let mut polled = [PollFd::new(self.pty(), PollFlags::IN)];
        if poll(&mut polled, Some(&moment)).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = [0; 8192];
        let count = self.terminal.as_mut().unwrap().read(&mut bytes).unwrap_or(0);
        self.parser.process(bytes.get(..count).unwrap());
        self.written.extend(bytes.get(..count).unwrap());
        count > 0
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub fn wait_for(&mut self, what: &str, is_there: impl Fn(&vt100::Screen) -> bool) {
        let began = Instant::now();
        while !is_there(self.screen()) {
            assert!(began.elapsed() < PATIENCE, "{what} did not come; there is:\n{}", self.screen().contents());
            self.read();
        }
    }

    /// Waits for the end of the program, and takes in what it wrote last.
    pub fn end(&mut self) -> ExitStatus {
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

    pub fn is_raw(&self) -> bool {
        !tcgetattr(self.pty()).unwrap().local_modes.contains(LocalModes::ICANON)
    }

    /// The end of the program with that code, and the terminal as it was before.
    pub fn ends_clean(&mut self, code: i32) {
        let status = self.end();
        assert_eq!(status.code(), Some(code), "{}", self.screen().contents());
        self.is_restored();
    }

    pub fn is_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is still on");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still listened to");
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
