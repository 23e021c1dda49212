//! The terminal: taken over, given back, and never written to in between.
//!
//! Everything that is drawn goes through [`Gate`], which is open only while the terminal is ours. So a panic in any
//! thread can restore the terminal without anything drawing over it, and whatever is dropped afterwards writes nowhere,
//! even if the terminal is gone.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
#[cfg(windows)]
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::style::{Print, ResetColor, force_color_output};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Whether the terminal is ours. Read and changed under the lock of standard output.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether it was restored for good: a thread may panic before the terminal is taken over. Also guarded by that lock.
static RENOUNCED: AtomicBool = AtomicBool::new(false);
/// Whether the title is ours too, so that the earlier one must be restored.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Puts the title on the terminal's stack, and takes it from there (XTWINOPS 22 and 23).
const PUSH_TITLE: Print<&str> = Print("\x1b[22;0t");
const POP_TITLE: Print<&str> = Print("\x1b[23;0t");

/// Whether the mouse is listened to. Set before the terminal is entered for the first time.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Has the terminal report buttons and the wheel, by coordinates of any size. crossterm's own command would have it
/// report every movement too, and each would wake the program.
#[cfg(not(windows))]
const LISTEN_TO_MOUSE: Print<&str> = Print("\x1b[?1000h\x1b[?1006h");
#[cfg(not(windows))]
const LEAVE_MOUSE: Print<&str> = Print("\x1b[?1006l\x1b[?1000l");
/// A Windows console needs a call.
#[cfg(windows)]
const LISTEN_TO_MOUSE: EnableMouseCapture = EnableMouseCapture;
#[cfg(windows)]
const LEAVE_MOUSE: DisableMouseCapture = DisableMouseCapture;

/// Room for a whole frame, so that one frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

/// The terminal the dashboard draws on.
pub type RealTerminal = Terminal<CrosstermBackend<BufWriter<Gate>>>;

/// Standard output while the terminal is ours; nothing otherwise.
#[derive(Debug)]
pub struct Gate(());

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = io::stdout().lock();
        if ENTERED.load(Ordering::SeqCst) {
            out.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if ENTERED.load(Ordering::SeqCst) { out.flush() } else { Ok(()) }
    }
}

/// Says that the title of the terminal is taken over with it. To be called before that.
pub fn take_title() {
    TITLED.store(true, Ordering::SeqCst);
}

/// Whether both standard input and standard output are a terminal.
#[must_use]
pub fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The terminal, for drawing. It must have been entered for anything to be seen.
///
/// # Errors
///
/// When its size cannot be learned.
pub fn open() -> io::Result<RealTerminal> {
    // Under NO_COLOR crossterm would write `ESC[;m` for every colour, which undoes bold and reverse.
    // The theme sees to it that there is no colour then.
    force_color_output(true);
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, Gate(()))))
}

/// Takes the terminal over: raw mode, alternate screen, no cursor, bracketed paste. Also after a stop,
/// when the shell has changed its modes. Nothing after [`renounce`].
///
/// # Errors
///
/// When the terminal is gone.
pub fn enter() -> io::Result<()> {
    let mut out = io::stdout().lock();
    if RENOUNCED.load(Ordering::SeqCst) {
        return Ok(());
    }
    // crossterm takes a terminal it once made raw for raw; what the shell did meanwhile it does not see.
    disable_raw_mode()?;
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    if TITLED.load(Ordering::SeqCst) {
        queue!(out, PUSH_TITLE)?;
    }
    execute!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    if MOUSE.load(Ordering::SeqCst) { execute!(out, LISTEN_TO_MOUSE) } else { Ok(()) }
}

/// Gives the terminal back as it was; nothing when it is not ours. Never prints, so it is safe in a
/// panic hook and on a dead terminal.
///
/// # Errors
///
/// When the terminal is gone. The gate is closed all the same.
pub fn leave() -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    // One that fails is gone for what follows too.
    let _gone = if TITLED.load(Ordering::SeqCst) { queue!(out, POP_TITLE) } else { Ok(()) };
    let let_go = if MOUSE.load(Ordering::SeqCst) { execute!(out, LEAVE_MOUSE) } else { Ok(()) };
    let written = execute!(out, DisableBracketedPaste, ResetColor, LeaveAlternateScreen, Show);
    disable_raw_mode().and(let_go).and(written)
}

/// Gives the terminal back, and never takes it again: what is printed from now on stays.
///
/// # Errors
///
/// When the terminal is gone. The gate is closed all the same.
pub fn renounce() -> io::Result<()> {
    // Whoever is just taking it has this lock; after that it is taken, and given back here.
    let _out = io::stdout().lock();
    RENOUNCED.store(true, Ordering::SeqCst);
    leave()
}

/// Puts `text` on the clipboard, by an escape sequence (OSC 52) that also works over ssh.
///
/// # Errors
///
/// When the terminal is gone.
pub fn copy(text: &str) -> io::Result<()> {
    execute!(Gate(()), CopyToClipboard::to_clipboard_from(text))
}

/// Writes an escape sequence that moves no cursor and changes no colour.
///
/// # Errors
///
/// When the terminal is gone.
pub fn send(sequence: &str) -> io::Result<()> {
    let mut out = Gate(());
    out.write_all(sequence.as_bytes())?;
    out.flush()
}

/// Gives the terminal back when it is dropped, whatever happened.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes over the terminal, and its mouse if `mouse`.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        let guard = Self(());
        enter()?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // If this fails, nobody can be told.
        let _ = leave();
    }
}
