//! The poll intervals that the keys `+` and `-` go through.

use std::time::Duration;

use crate::app::App;
use crate::domain::usage::CredentialUsage;

/// From the shortest that is allowed to the longest.
const LADDER: [Duration; 12] = [
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(12),
    Duration::from_hours(24),
];

impl App {
    /// How often a credential is asked, if the budget of requests stretches that beyond the user's interval. `None` if
    /// it does not, or if that is not known since the user changed the interval.
    #[must_use]
    pub fn stretched_interval(&self, entry: &CredentialUsage) -> Option<Duration> {
        let read = entry.baseline()?.fetched_at;
        let is_of_this_wish = self.interval_since.is_none_or(|since| read > since);
        // None is known before this instance's first answer.
        let told = Some(entry.interval()).filter(|interval| is_of_this_wish && *interval < Duration::MAX);
        told.filter(|interval| *interval > self.interval)
    }
}

/// The next longer interval; `None` at the longest.
#[must_use]
pub fn longer(interval: Duration) -> Option<Duration> {
    LADDER.into_iter().find(|step| *step > interval)
}

/// The next shorter interval; `None` at the shortest.
#[must_use]
pub fn shorter(interval: Duration) -> Option<Duration> {
    LADDER.into_iter().rev().find(|step| *step < interval)
}

/// An interval as it is written: `30s`, `5m`, `1m 30s`, `24h`.
#[must_use]
pub fn text(interval: Duration) -> String {
    let seconds = interval.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(30, Some(60), None)]
    #[case(300, Some(600), Some(120))]
    #[case::between_two_steps(90, Some(120), Some(60))]
    #[case(86_400, None, Some(43_200))]
    #[case::beyond(100_000, None, Some(86_400))]
    fn each_step_leads_to_the_next(#[case] from: u64, #[case] up: Option<u64>, #[case] down: Option<u64>) {
        let from = Duration::from_secs(from);
        assert_eq!(longer(from).map(|step| step.as_secs()), up);
        assert_eq!(shorter(from).map(|step| step.as_secs()), down);
    }

    #[rstest]
    #[case(30, "30s")]
    #[case(300, "5m")]
    #[case(90, "1m 30s")]
    #[case(5400, "1h 30m")]
    #[case(86_400, "24h")]
    #[case(0, "0s")]
    fn intervals_are_written_in_short(#[case] seconds: u64, #[case] written: &str) {
        assert_eq!(text(Duration::from_secs(seconds)), written);
    }
}
