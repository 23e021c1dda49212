//! Waiting for input and for the end with one call, without a timeout.

use std::io::PipeReader;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc;

use super::{Input, Ready};

/// Waits, for as long as it takes, until there is something to do.
pub(super) fn wait(stopped: &PipeReader, _sender: &mpsc::Sender<Input>) -> Ready {
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    loop {
        let mut polled =
            [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        match poll(&mut polled, None) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return Ready::Closed,
            Ok(_) => {}
        }
        let [terminal, stop] = polled.each_ref().map(PollFd::revents);
        if !stop.is_empty() {
            return Ready::Stopped;
        }
        if terminal.intersects(gone) {
            return Ready::Closed;
        }
        if terminal.contains(PollFlags::IN) {
            return Ready::Input;
        }
    }
}
