//! A long wait that costs one wake-up.
//!
//! A timer of tokio's that is a minute away wakes the process three times, as it moves from wheel to wheel. A pane that
//! is left open for days should not, so long waits are left to the kernel (`timerfd`). The kernel's clock goes on while
//! the machine sleeps, so a wait that ends meanwhile ends on waking.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

/// A shorter wait is not worth a kernel timer.
const LONG: Duration = Duration::from_secs(2);

/// Waits until `deadline`.
pub(super) async fn sleep_until(deadline: Instant) {
    let rest = deadline.saturating_duration_since(Instant::now());
    match alarm(rest) {
        // An alarm that cannot be read must not become one that never rings.
        Some(Ok(alarm)) if alarm.readable().await.is_ok() => {}
        _ => tokio::time::sleep_until(deadline).await,
    }
}

/// A kernel timer that rings after `rest`, when that is long.
fn alarm(rest: Duration) -> Option<io::Result<AsyncFd<OwnedFd>>> {
    (rest >= LONG).then(|| {
        let timer = timerfd_create(TimerfdClockId::Boottime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        let once = Itimerspec { it_interval: Timespec::default(), it_value: timespec(rest) };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
        watch(timer)
    })
}

/// Has the runtime watch the timer.
#[expect(
    deprecated,
    reason = "its successor is unsafe, for owners that swap their descriptor; an `OwnedFd` never does"
)]
fn watch(timer: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(timer, Interest::READABLE)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), tv_nsec: duration.subsec_nanos().into() }
}
