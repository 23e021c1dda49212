//! What a panic does, in any thread or task: the terminal is restored, the report is printed, and the program ends.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use color_eyre::config::{HookBuilder, Theme};
use tokio::sync::Notify;

use crate::domain::credential::ApiKey;
use crate::runtime::terminal;

static PANICKED: AtomicBool = AtomicBool::new(false);
static PANIC: Notify = Notify::const_new();
/// What is taken out of every report.
static KEYS: Mutex<Vec<ApiKey>> = Mutex::new(Vec::new());

/// Installs the panic hook and the error report handler. `keys` are taken out of every report of a panic.
pub fn install(keys: Vec<ApiKey>) {
    let colour = io::stderr().is_terminal() && !anstyle_query::no_color() && anstyle_query::term_supports_color();
    let theme = if colour { Theme::dark() } else { Theme::new() };
    let (report, errors) = HookBuilder::default().theme(theme).display_env_section(false).into_hooks();
    hide(keys);
    // It fails only when one is installed already, and then that one reports.
    let _ = errors.install();
    std::panic::set_hook(Box::new(move |panic| {
        // A terminal that is gone cannot be restored, and nobody can be told.
        let _ = terminal::renounce();
        let text = report.panic_report(panic).to_string();
        let text = hidden().iter().fold(text, |text, key| key.redact(&text));
        // `eprintln!` would panic again when standard error is gone.
        let _ = writeln!(io::stderr(), "{text}");
        tracing::error!(at = panic.location().map(tracing::field::display), "panic");
        PANICKED.store(true, Ordering::SeqCst);
        PANIC.notify_one();
    }));
}

/// Takes these keys too out of every report of a panic.
pub fn hide(keys: impl IntoIterator<Item = ApiKey>) {
    hidden().extend(keys);
}

fn hidden() -> MutexGuard<'static, Vec<ApiKey>> {
    // Nothing panics while it holds the lock; even then the keys would still be right.
    KEYS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether any thread or task has panicked since the hook was installed.
#[must_use]
pub fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Waits for a panic in any thread or task.
pub async fn panicked() {
    PANIC.notified().await;
}

/// Panics when the environment asks for it (`CHUTES_TOP_PANIC`), quoting `secret`, so that a test can see
/// what a panic at `place` does to the terminal and that no key gets out. Debug builds only.
///
/// # Panics
///
/// When asked to.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "a panic is what is asked for")]
pub fn if_asked(place: &str, secret: Option<&ApiKey>) {
    if std::env::var("CHUTES_TOP_PANIC").is_ok_and(|asked| asked == place) {
        let secret = secret.map_or("", ApiKey::expose);
        panic!("asked to panic in the {place} ({secret})");
    }
}

/// Nothing: only debug builds panic when asked.
#[cfg(not(debug_assertions))]
pub fn if_asked(_place: &str, _secret: Option<&ApiKey>) {}
