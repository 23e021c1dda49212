//! Keys, pasted text and the mouse, read by one thread of its own.
//!
//! crossterm alone spins at full load when the terminal dies. So the thread itself waits for standard input, without a
//! timeout, and lets crossterm read only what is there.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io::{self, PipeReader, PipeWriter};
use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::mpsc;

#[cfg(unix)]
use self::unix::wait;
#[cfg(windows)]
use self::windows::wait;
use crate::domain::typed::Typed;
use crate::runtime::panics;

/// What came from the terminal. No `Debug`: it may be a key.
#[derive(Clone, PartialEq)]
pub enum Input {
    /// A key was pressed, or is held.
    Key(KeyEvent),
    /// The wheel was turned, or the left button pressed.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(Typed),
    /// The terminal has another size, in columns and rows. Only where no signal says so.
    Resized(u16, u16),
    /// The terminal is gone.
    Closed,
}

/// How many inputs may wait for the event loop. More than that wait in the terminal.
const WAITING: usize = 256;

/// The thread that reads. It ends when this is dropped.
#[derive(Debug)]
pub struct Reader {
    _running: PipeWriter,
}

/// Starts to read standard input, which must be a terminal in raw mode.
///
/// # Errors
///
/// When no pipe or no thread can be had.
pub fn start() -> io::Result<(Reader, impl Stream<Item = Input> + Unpin)> {
    let (stopped, running) = io::pipe()?;
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::Builder::new().name("input".to_owned()).spawn(move || read(&stopped, &sender))?;
    let inputs = stream::unfold(receiver, async |mut receiver| {
        let input = receiver.recv().await?;
        Some((input, receiver))
    });
    Ok((Reader { _running: running }, Box::pin(inputs)))
}

/// Reads until the terminal is gone, `stopped` reports that the other end was dropped, or nobody listens.
fn read(stopped: &PipeReader, sender: &mpsc::Sender<Input>) {
    panics::if_asked("input", None);
    loop {
        match wait(stopped, sender) {
            Ready::Stopped => return,
            Ready::Closed => break,
            Ready::Input => match drain(sender) {
                Ok(true) => {}
                Ok(false) => return,
                Err(_) => break,
            },
        }
    }
    // If the event loop is gone, nobody needs to know.
    let _ = sender.blocking_send(Input::Closed);
}

/// What there is to do.
enum Ready {
    /// To read what came in.
    Input,
    /// To say that the terminal is gone.
    Closed,
    /// To end.
    Stopped,
}

/// How long to wait for an event that is known to be there: with no timeout crossterm does not look.
const MOMENT: Duration = Duration::from_millis(1);

/// Hands over everything that is there now; false when nobody listens.
///
/// crossterm is built with `use-dev-tty`: its other way of reading loses a key that comes right after a change of size,
/// and then reports no event while the terminal reports one.
fn drain(sender: &mpsc::Sender<Input>) -> io::Result<bool> {
    while event::poll(MOMENT)? {
        if let Some(input) = translate(event::read()?)
            && sender.blocking_send(input).is_err()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What of crossterm's events concerns the program. A new size comes by signal, at once; crossterm would
/// report it only with the next key. Windows has no such signal.
fn translate(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Input::Key(key)),
        Event::Mouse(mouse) if is_of_use(mouse.kind) => Some(Input::Mouse(mouse)),
        Event::Paste(text) => Some(Input::Paste(Typed::new(text))),
        Event::Resize(columns, rows) if cfg!(windows) => Some(Input::Resized(columns, rows)),
        _ => None,
    }
}

/// Other events are dropped here, so that nothing is redrawn for them.
fn is_of_use(kind: MouseEventKind) -> bool {
    matches!(kind, MouseEventKind::ScrollUp | MouseEventKind::ScrollDown | MouseEventKind::Down(MouseButton::Left))
}
