//! What must be true of every row, at every minute.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::app::Screen;
use chutes_top::clock::Clock;
use chutes_top::domain::clean::is_invisible;
use chutes_top::domain::text;
use chutes_top::domain::usage::{CredentialUsage, Freshness};
use chutes_top::domain::window::{Window, WindowKind};
use chutes_top::worker::IN_FLIGHT;
use tokio::time::Instant;

use crate::accounts::{self, OWNERS};
use crate::pane::Pane;

const MINUTE: Duration = Duration::from_mins(1);
/// How long it takes at most until a jump of a clock is noticed, and what it put off is asked for.
const NOTICED: Duration = Duration::from_mins(4);
/// The longest that a row can be without a good answer when all is well: its backoff, its turn, and the budget.
const RECOVERED: Duration = Duration::from_mins(45);
/// A key that was refused is asked again hourly.
const HOURLY: Duration = Duration::from_mins(65);
/// The longest time to the next try: a pause of a day that the server asked for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(25);

/// Checks all rows.
pub(crate) fn check(pane: &Pane) {
    let now = pane.world.now();
    for (index, entry) in pane.app.usage().credentials().iter().enumerate() {
        check_age(pane, index, entry, now);
        check_windows(entry, now);
        check_next(pane, index, entry, now);
    }
    let asking = pane.asking.iter().flatten();
    assert!(asking.clone().count() <= IN_FLIGHT);
    assert!(asking.clone().all(|since| since.elapsed() <= MINUTE), "a row that is asked for ever");
    let summary = pane.app.usage().summary(now);
    assert!(summary.failed <= summary.total_credentials);
}

/// A number that is shown as current is young, of this day, and what the server said.
fn check_age(pane: &Pane, index: usize, entry: &CredentialUsage, now: DateTime<Utc>) {
    if entry.freshness(now) != Freshness::Fresh {
        return;
    }
    let snapshot = entry.baseline().expect("fresh numbers are numbers");
    let interval = TimeDelta::from_std(pane.intervals[index]).unwrap_or(TimeDelta::MAX);
    let age = now - snapshot.fetched_at;
    assert!(age <= interval + interval / 2, "{index}: shown as current after {age} at {now}: {entry:?}");
    assert!(age >= -TimeDelta::minutes(1), "{index}: of the future: {entry:?}");
    assert!(now < snapshot.reset_at, "{index}: of the day before: {entry:?}");
    let is_of_today = snapshot.fetched_at.date_naive() == now.date_naive();
    assert!(is_of_today || snapshot.fetched_at > now, "{index}: not of this day at {now}: {entry:?}");
    if pane.is_steady_since(snapshot.fetched_at) {
        let fetched_at = pane.world.truth_of(snapshot.fetched_at);
        let said = accounts::daily(OWNERS[index], fetched_at);
        assert_eq!(snapshot.usage, said, "{index}: not what the server said");
    }
}

fn check_windows(entry: &CredentialUsage, now: DateTime<Utc>) {
    if let Some(usage) = entry.usage(now) {
        assert!(usage.remaining_fraction().is_none_or(|left| (0.0..=1.0).contains(&left)));
        assert!(entry.baseline().is_some_and(|snapshot| now < snapshot.reset_at));
    }
    for state in entry.windows() {
        let window = &state.window;
        assert!(window.remaining_fraction().is_none_or(|left| (0.0..=1.0).contains(&left)), "{window:?}");
        if let Some(reset_at) = window.reset_at {
            assert!(!text::countdown(reset_at, now).starts_with('-'));
            assert!(!window.is_current(now) || reset_at > now || is_pending(window), "{window:?} at {now}");
        }
    }
    if let Some(binding) = entry.binding(now) {
        assert!(binding.window.is_current(now), "a window that is over does not bind: {binding:?}");
    }
}

/// A month that is over, but whose renewal the server has not noted.
fn is_pending(window: &Window) -> bool {
    window.kind == WindowKind::Monthly && window.is_renewal_pending()
}

/// What failed has a next try, and nothing is overdue.
fn check_next(pane: &Pane, index: usize, entry: &CredentialUsage, now: DateTime<Utc>) {
    let jumped = pane.world.state().jumped;
    let paused = pane.world.state().paused;
    let is_settled = jumped.is_none_or(|at| at.elapsed() > NOTICED);
    if paused.is_some_and(|since| since.elapsed() > MINUTE) {
        assert_eq!(entry.next_refresh(), None, "{index}: a paused pane plans nothing");
        return;
    }
    if entry.is_asking() || !is_settled || paused.is_some() {
        return;
    }
    let next = entry.next_refresh();
    assert!(next.is_some() || entry.failure().is_none(), "{index}: failed, and no next try: {entry:?}");
    if let Some(next) = next {
        assert!(next <= now + LONGEST_WAIT, "{index}: {next} at {now}");
        assert!(next >= now - NOTICED, "{index}: overdue since {next} at {now}: {entry:?}");
    }
}

/// When all has been well for long enough, every row is current.
pub(crate) fn check_recovered(pane: &Pane, well_since: Instant) {
    let now = pane.world.now();
    let jumped = pane.world.state().jumped;
    let is_settled = jumped.is_none_or(|at| at.elapsed() > RECOVERED);
    let is_midnight = (now - TimeDelta::minutes(2)).date_naive() != now.date_naive();
    if well_since.elapsed() < RECOVERED || !is_settled || is_midnight {
        return;
    }
    assert!(pane.app.usage().host_paused_until().is_none(), "all is well, and nothing is asked");
    for (index, entry) in pane.app.usage().credentials().iter().enumerate() {
        let revoked = pane.world.state().revoked.get(&index).copied();
        let is_back = revoked.is_none_or(|until| Instant::now() > until + HOURLY);
        assert!(!is_back || entry.freshness(now) == Freshness::Fresh, "{index}: not current at {now}: {entry:?}");
    }
}

/// What is drawn says nothing that is not so.
pub(crate) fn check_screen(pane: &Pane, lines: &[String]) {
    let now = pane.world.now();
    for line in lines {
        assert!(!line.chars().any(is_invisible), "{line:?}");
        assert!(!line.contains("NaN") && !line.contains("inf "), "{line:?}");
        let is_negative =
            line.match_indices(" -").any(|(at, _)| line[at + 2..].starts_with(|c: char| c.is_ascii_digit()));
        assert!(!is_negative, "a negative number: {line:?}");
    }
    let shows_rows = pane.app.screen() == Screen::Dashboard && !pane.app.is_help_open() && !pane.app.is_masked();
    if pane.app.size() != (120, 40) || !shows_rows {
        return;
    }
    for id in pane.app.rows() {
        let entry = pane.app.usage().get(*id).unwrap();
        let name = pane.app.name(*id);
        // Another row may name this one too, as a key of the same account.
        let line = lines
            .iter()
            .find(|line| line.chars().take(20).collect::<String>().contains(&name))
            .unwrap_or_else(|| panic!("{name} is not shown"));
        let is_over = entry.freshness(now) == Freshness::PendingReset;
        assert!(!is_over || tells_no_count(entry, line), "shown as today's at {now}: {line:?}");
        let is_failed = entry.failure().is_some() && entry.freshness(now) == Freshness::Failed;
        assert!(!is_failed || ["retry", "again", "paused"].iter().any(|word| line.contains(word)), "{line:?}");
    }
}

/// Without a limit, or without requests included, there is no count that could be of another day.
fn tells_no_count(entry: &CredentialUsage, line: &str) -> bool {
    let limit = entry.baseline().and_then(|snapshot| snapshot.usage.limit());
    limit.is_none_or(|limit| limit == 0) || line.contains("? /")
}
