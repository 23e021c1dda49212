//! The built program, run to its end.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

use std::path::Path;

use assert_cmd::Command;

/// How a run ended, and what it said.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Runs `command` to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The built program, with an empty environment but for this home, which is its directory too.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home).current_dir(home);
    command
}
