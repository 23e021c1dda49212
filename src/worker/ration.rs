//! How the budget is shared out: how often each credential can be asked, and how often what changes seldom.
//!
//! Pure. A round is what every refresh takes: the daily quota of each credential, the caps of each account, the
//! count of each chute with a quota of its own. When the budget is too small for a round an interval, the interval
//! is stretched, never the budget; and what changes seldom has to do with what a round leaves.

use std::time::Duration;

use crate::domain::usage::Stretch;
use crate::worker::budget;

/// The intervals that can be worked with. What a user may ask for is narrower, and checked elsewhere.
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(24 * 30));
/// How old what changes seldom may become: the account, the rows, the usage; and the caps of an account that has
/// none.
const SELDOM: Duration = Duration::from_hours(1);
/// The requests of an account that are sent seldom.
const SELDOM_REQUESTS: usize = 3;

/// What there is to ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Daily quotas.
    pub(super) credentials: usize,
    /// Accounts, each with its caps; none when only the daily quotas are asked for.
    pub(super) accounts: usize,
    /// Chutes with a quota of their own.
    pub(super) chutes: usize,
}

/// How often what is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ration {
    /// How often each credential is asked, and the caps of its account.
    pub(super) interval: Duration,
    /// How old what changes seldom may become.
    pub(super) seldom: Duration,
    /// The requests of a round.
    pub(super) requests: usize,
    /// How long a round takes when nothing but the refill is left: nothing without a budget.
    pub(super) round: Duration,
}

impl Ration {
    /// What `load` gets of a budget of so many requests a minute, where `wished` is the interval asked for.
    pub(super) fn of(load: Load, wished: Duration, requests_per_minute: Option<u32>) -> Self {
        let requests = load.credentials + load.accounts + load.chutes;
        let round = budget::round(requests, requests_per_minute);
        let interval = stretched(wished, round);
        let others = budget::round(load.accounts * SELDOM_REQUESTS, requests_per_minute);
        // A tenth of the interval is left at least, so this does not divide by nothing.
        let share = others.as_secs_f64() / interval.saturating_sub(round).as_secs_f64().max(f64::MIN_POSITIVE);
        let seldom = Duration::try_from_secs_f64(interval.as_secs_f64() * share).unwrap_or(INTERVALS.1);
        Self { interval, seldom: seldom.clamp(SELDOM, INTERVALS.1), requests, round }
    }

    /// How the interval that was asked for is stretched, if the budget is too small for it.
    pub(super) fn stretch(&self, wished: Duration, requests_per_minute: Option<u32>) -> Option<Stretch> {
        let (interval, requests) = (self.interval, self.requests);
        let per_minute = budget::refilled_a_minute(requests_per_minute?);
        (interval > wished.max(INTERVALS.0)).then_some(Stretch { interval, requests, per_minute })
    }
}

/// As often as wished, unless a round takes longer. Then the interval is stretched, with a tenth to spare for what
/// is asked seldom and out of turn.
fn stretched(wished: Duration, round: Duration) -> Duration {
    wished.clamp(INTERVALS.0, INTERVALS.1).max(round.saturating_mul(11) / 10)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const INTERVAL: Duration = Duration::from_mins(5);

    #[rstest]
    #[case::there_is_enough(10, Some(45), 5, 60)]
    #[case::stretched(100, Some(45), 8, 132)]
    #[case::stretched_more(180, Some(45), 15, 237)]
    #[case::no_budget(10_000, None, 5, 60)]
    fn the_interval_stretches_and_what_is_seldom_takes_the_rest(
        #[case] count: usize,
        #[case] per_minute: Option<u32>,
        #[case] interval: u64,
        #[case] seldom: u64,
    ) {
        let load = Load { credentials: count, accounts: count, chutes: 0 };
        let ration = Ration::of(load, INTERVAL, per_minute);
        assert_eq!((ration.interval.as_secs() / 60, ration.seldom.as_secs() / 60), (interval, seldom));
        let stretch =
            (interval > 5).then_some(Stretch { interval: ration.interval, requests: 2 * count, per_minute: 25 });
        assert_eq!(ration.stretch(INTERVAL, per_minute), stretch);
    }

    #[test]
    fn all_of_it_fits_into_the_refill() {
        for count in [1_u16, 7, 50, 62, 63, 100, 180, 1_000, 20_000] {
            let places = usize::from(count);
            let load = Load { credentials: places, accounts: places, chutes: places / 10 };
            let ration = Ration::of(load, INTERVAL, Some(45));
            let often = f64::from(count) * 2.1 / ration.interval.as_secs_f64();
            let seldom = f64::from(count) * 3.0 / ration.seldom.as_secs_f64();
            let refill = 25.0 / MINUTE.as_secs_f64();
            assert!(often + seldom <= refill * 1.01, "{count}: {often} + {seldom} > {refill}");
        }
    }
}
