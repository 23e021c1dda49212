//! Makes the pictures of the README: runs the real program in a pseudo-terminal, presses keys, and
//! draws what stands on the screen as an SVG.
//!
//! ```text
//! cargo build --release && cargo run --release --example screenshot
//! ```
//!
//! writes every picture of [`SHOTS`] to `assets/`. With arguments it makes one picture of anything:
//!
//! ```text
//! cargo run --release --example screenshot -- OUT.svg COLUMNSxROWS EXPECTED KEYS PROGRAM [ARG ...]
//! ```
//!
//! `EXPECTED` is a text to wait for before the keys are pressed.

use std::io::Write as _;
use std::process::ExitCode;

#[cfg(unix)]
#[path = "screenshot/pane.rs"]
mod pane;
#[cfg(unix)]
#[path = "screenshot/svg.rs"]
mod svg;

use pane::make;

/// One picture: file, columns, rows, the text to wait for, and the keys to press.
struct Shot<'a> {
    file: &'a str,
    size: (u16, u16),
    expected: &'a str,
    keys: &'a str,
}

/// The pictures of the README.
const SHOTS: [Shot<'_>; 2] = [
    Shot { file: "assets/dashboard.svg", size: (120, 33), expected: "invoiced account", keys: "" },
    Shot { file: "assets/details.svg", size: (120, 26), expected: "invoiced account", keys: "j\r" },
];

type AnyError = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let made = match arguments.as_slice() {
        [] => built_program().and_then(|program| SHOTS.iter().try_for_each(|shot| make(shot, &program))),
        [file, size, expected, keys, program @ ..] if !program.is_empty() => {
            parse_size(size).and_then(|size| make(&Shot { file, size, expected, keys }, program))
        }
        _ => Err("usage: screenshot [OUT.svg COLUMNSxROWS EXPECTED KEYS PROGRAM [ARG ...]]".into()),
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "screenshot: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The program that was built beside this example, as a demo.
fn built_program() -> Result<[String; 2], AnyError> {
    let here = std::env::current_exe()?;
    let program = here.ancestors().nth(2).ok_or("no folder above")?.join("chutes-top");
    Ok([program.to_string_lossy().into_owned(), "--demo".to_owned()])
}

fn parse_size(text: &str) -> Result<(u16, u16), AnyError> {
    let (columns, rows) = text.split_once('x').ok_or("expected a size such as 120x40")?;
    Ok((columns.parse()?, rows.parse()?))
}

/// Windows has no pseudo-terminals that the crates for them here know.
#[cfg(not(unix))]
mod pane {
    pub(crate) fn make(_: &super::Shot<'_>, _: &[String]) -> Result<(), super::AnyError> {
        Err("pictures are made on Unix".into())
    }
}
