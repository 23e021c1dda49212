//! The real program in a pseudo-terminal.

use std::io::{Read as _, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use super::{AnyError, Shot, svg};

/// Output is taken to be complete when nothing came for this long.
const QUIET: Duration = Duration::from_millis(700);

/// Runs the program, presses the keys, and writes the picture.
pub(crate) fn make(shot: &Shot<'_>, program: &[String]) -> Result<(), AnyError> {
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
