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

use std::io::{Read, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

#[path = "screenshot/svg.rs"]
mod svg;

/// One picture: file, columns, rows, the text to wait for, and the keys to press.
struct Shot<'a> {
    file: &'a str,
    size: (u16, u16),
    expected: &'a str,
    keys: &'a str,
}

/// The pictures of the README.
const SHOTS: [Shot<'_>; 2] = [
    Shot { file: "assets/dashboard.svg", size: (120, 20), expected: "legacy", keys: "" },
    Shot { file: "assets/details.svg", size: (120, 26), expected: "legacy", keys: "j\r" },
];

/// Output is taken to be complete when nothing came for this long.
const QUIET: Duration = Duration::from_millis(700);

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

fn make(shot: &Shot<'_>, program: &[String]) -> Result<(), AnyError> {
    let (columns, rows) = shot.size;
    let (pty, pts) = pty_process::blocking::open()?;
    pty.resize(pty_process::Size::new(rows, columns))?;
    let (name, arguments) = program.split_first().ok_or("no program")?;
    let mut child = pty_process::blocking::Command::new(name)
        .args(arguments)
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env_remove("NO_COLOR")
        .spawn(pts)?;
    let mut screen = vt100::Parser::new(rows.try_into()?, columns.try_into()?, 0);
    let mut pty = std::fs::File::from(std::os::fd::OwnedFd::from(pty));
    let output = read_in_background(pty.try_clone()?);
    follow(&output, &mut screen, Some(shot.expected))?;
    for key in shot.keys.chars() {
        pty.write_all(key.to_string().as_bytes())?;
        follow(&output, &mut screen, None)?;
    }
    if let Some(folder) = std::path::Path::new(shot.file).parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(shot.file, svg::picture(screen.screen()))?;
    pty.write_all(b"\x03")?;
    let _ = child.wait()?;
    writeln!(std::io::stdout(), "{}", shot.file)?;
    Ok(())
}

/// Whatever the program writes, as it comes.
fn read_in_background(mut from: std::fs::File) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let chunk = buffer.get(..read).unwrap_or_default().to_vec();
            if sender.send(chunk).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Feeds the screen until `expected` stands on it and nothing more comes.
fn follow(
    output: &mpsc::Receiver<Vec<u8>>,
    screen: &mut vt100::Parser,
    expected: Option<&str>,
) -> Result<(), AnyError> {
    const PATIENCE: u32 = 20;
    for _ in 0..PATIENCE {
        while let Ok(chunk) = output.recv_timeout(QUIET) {
            screen.process(&chunk);
        }
        if expected.is_none_or(|text| screen.screen().contents().contains(text)) {
            return Ok(());
        }
    }
    Err(format!("{:?} did not come; the screen is\n{}", expected.unwrap_or_default(), screen.screen().contents())
        .into())
}
