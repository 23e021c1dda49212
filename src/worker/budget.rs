//! What may be sent to the host: so many requests a minute, and nothing while it wants to be left alone.
//!
//! The edge in front of Chutes bans an address that passes about sixty requests a minute, for longer each time.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::history::Allowance;
use crate::worker::backoff;

const MINUTE: Duration = Duration::from_mins(1);

/// The first pause after a 429 that does not say how long.
const FIRST_PAUSE: Duration = MINUTE;
/// The longest pause that is chosen here.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);
/// The shortest and the longest pause that a server may ask for.
const SHORTEST_WISH: Duration = Duration::from_secs(1);
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// What is left of the budget while other instances cannot be seen: of so many equal parts one.
const CAREFUL: u32 = 3;

/// What may be sent to the host.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    per_minute: Option<u32>,
    is_careful: bool,
    bucket: Option<Bucket>,
    paused_until: Option<Instant>,
    refusals: u32,
    on_trial: bool,
}

/// A bucket of tokens, one a request, kept as the instant at which it is full again (the generic cell rate
/// algorithm): exact, without a fraction to round.
///
/// In sixty seconds it gives at most what it holds plus what is refilled meanwhile, and those two are together the
/// requests a minute that are allowed.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Option<Instant>,
    refill: Duration,
    slack: Duration,
}

impl Bucket {
    fn new(per_minute: u32) -> Self {
        let (burst, refill) = split(per_minute);
        Self { full_at: None, refill, slack: refill.saturating_mul(burst.saturating_sub(1)) }
    }

    /// Nothing is in it.
    fn empty(per_minute: u32, now: Instant) -> Self {
        let full = Self::new(per_minute);
        Self { full_at: Some(now + full.slack + full.refill), ..full }
    }

    fn ready_at(&self, now: Instant) -> Instant {
        self.full_at.and_then(|full_at| full_at.checked_sub(self.slack)).map_or(now, |ready_at| ready_at.max(now))
    }

    fn take(&mut self, now: Instant) {
        self.full_at = Some(self.full_at.map_or(now, |full_at| full_at.max(now)) + self.refill);
    }
}

/// How many requests may go at once, four ninths of those of a minute, and how long it takes for one more: the rest
/// comes back evenly over the minute.
fn split(per_minute: u32) -> (u32, Duration) {
    match per_minute {
        // Nothing would be left to refill: one a minute, and a little more, since a minute holds both its ends.
        0 | 1 => (1, MINUTE + Duration::from_secs(1)),
        _ => {
            let burst = u32::try_from(u64::from(per_minute) * 4 / 9).unwrap_or(u32::MAX).max(1);
            // Rounded up: a refill that is early would let one request too many into a minute. To the millisecond, as
            // the ledger of all instances counts.
            (burst, Duration::from_millis(60_000_u64.div_ceil(u64::from(per_minute - burst)) + 1))
        }
    }
}

/// How many requests come back in a minute.
pub(super) fn refilled_a_minute(per_minute: u32) -> u32 {
    u32::try_from(MINUTE.as_millis().div_ceil(split(per_minute).1.as_millis())).unwrap_or(u32::MAX)
}

/// How long one request for each of `count` credentials takes when nothing but the refill is left: nothing without
/// a budget.
pub(super) fn round(count: usize, requests_per_minute: Option<u32>) -> Duration {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    requests_per_minute.map_or(Duration::ZERO, |per_minute| split(per_minute).1.saturating_mul(count))
}

impl Budget {
    /// A full budget of so many requests in any sixty seconds; `None`: as many as one likes.
    pub(super) fn new(requests_per_minute: Option<u32>) -> Self {
        let bucket = requests_per_minute.map(Bucket::new);
        let per_minute = requests_per_minute;
        Self { per_minute, is_careful: false, bucket, paused_until: None, refusals: 0, on_trial: false }
    }

    /// Takes it that all of it was just spent.
    pub(super) fn empty(&mut self, now: Instant) {
        self.bucket = self.per_minute().map(|per_minute| Bucket::empty(per_minute, now));
    }

    /// How many requests may be sent in any sixty seconds, at present.
    pub(super) fn per_minute(&self) -> Option<u32> {
        self.per_minute.map(|number| if self.is_careful { (number / CAREFUL).max(1) } else { number })
    }

    /// Spends a third from now on, since others may be spending too, or all of it again. True when that changes
    /// anything. What was spent before was by another measure, so that nothing is left of it.
    pub(super) fn set_careful(&mut self, is_careful: bool, now: Instant) -> bool {
        let before = self.per_minute();
        self.is_careful = is_careful;
        let Some(per_minute) = self.per_minute().filter(|number| Some(*number) != before) else { return false };
        let is_unused = self.bucket.is_some_and(|bucket| bucket.full_at.is_none());
        self.bucket = Some(if is_unused { Bucket::new(per_minute) } else { Bucket::empty(per_minute, now) });
        true
    }

    /// The soonest instant at which a request may be sent; `now` when it may be sent now.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        let ready_at = self.bucket.map_or(now, |bucket| bucket.ready_at(now));
        self.paused_until.map_or(ready_at, |until| until.max(ready_at))
    }

    /// Counts a request that is sent now.
    pub(super) fn take(&mut self, now: Instant) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(now);
        }
    }

    /// The server answered 429: sends nothing until the instant given back. What the server asked for is honoured
    /// up to a day; else the pause doubles from a minute up to six hours, until an answer is good again.
    pub(super) fn pause(&mut self, now: Instant, retry_after: Option<Duration>, rng: &mut Rng) -> Instant {
        self.refusals = self.refusals.saturating_add(1);
        self.on_trial = true;
        let wait = retry_after.map_or_else(
            || backoff::delay(self.refusals, FIRST_PAUSE, LONGEST_PAUSE, rng),
            |wish| wish.clamp(SHORTEST_WISH, LONGEST_WISH),
        );
        let until = now + wait;
        self.paused_until = Some(until);
        until
    }

    /// The budget as the bucket that all instances share.
    pub(super) fn allowance(&self) -> Option<Allowance> {
        self.bucket.map(|bucket| Allowance { refill: bucket.refill, slack: bucket.slack })
    }

    /// What the instances know of the host together.
    pub(super) fn agree(&mut self, refusals: u32, is_on_trial: bool) {
        (self.refusals, self.on_trial) = (refusals, is_on_trial);
    }

    /// Another instance was answered 429: sends nothing before `until`.
    pub(super) fn pause_until(&mut self, until: Instant) {
        self.paused_until = Some(self.paused_until.map_or(until, |own| own.max(until)));
        self.on_trial = true;
    }

    /// The 429 in a row.
    pub(super) fn refusals(&self) -> u32 {
        self.refusals
    }

    /// Until when nothing is sent.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Whether a pause has just ended; it is told once.
    pub(super) fn take_pause_end(&mut self, now: Instant) -> bool {
        self.paused_until.take_if(|until| *until <= now).is_some()
    }

    /// The wall clock ran ahead by `passed` while the monotonic one stood still: that much of a pause is over. Were
    /// it the clock that was set and not a sleep, the one request on trial is what it costs.
    pub(super) fn time_passed(&mut self, passed: Duration, now: Instant) {
        self.paused_until =
            self.paused_until.map(|until| until.checked_sub(passed).map_or(now, |until| until.max(now)));
    }

    /// Takes in an answer other than a 429.
    pub(super) fn answered(&mut self, good: bool) {
        self.on_trial = false;
        if good {
            self.refusals = 0;
        }
    }

    /// Whether the host has not been heard of since the last pause: one request at a time is enough to find out
    /// whether it is well again.
    pub(super) fn is_on_trial(&self) -> bool {
        self.on_trial
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[rstest]
    #[case(45, 20, 25)]
    #[case(9, 4, 5)]
    #[case(2, 1, 1)]
    #[case(60, 26, 34)]
    fn four_ninths_may_go_at_once_and_the_rest_over_the_minute(
        #[case] per_minute: u32,
        #[case] burst: u32,
        #[case] refill: u32,
    ) {
        assert_eq!(split(per_minute), (burst, Duration::from_millis(60_000_u64.div_ceil(u64::from(refill)) + 1)));
    }

    /// Sends whatever the budget allows at each of `steps` and gives the instants.
    fn lean_on(per_minute: u32, steps: &[u64], now: Instant) -> Vec<Instant> {
        let mut budget = Budget::new(Some(per_minute));
        let (mut now, mut sent) = (now, Vec::new());
        for step in steps {
            now += Duration::from_millis(*step);
            while budget.ready_at(now) <= now {
                budget.take(now);
                sent.push(now);
            }
        }
        sent
    }

    fn busiest_minute(sent: &[Instant]) -> usize {
        (0..sent.len())
            .map(|from| sent[from..].iter().take_while(|at| **at - sent[from] <= MINUTE).count())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_minute_ever_holds_more(per_minute in 1_u32..200, steps in prop::collection::vec(0_u64..20_000, 1..200)) {
            let sent = lean_on(per_minute, &steps, Instant::now());
            prop_assert!(busiest_minute(&sent) <= per_minute as usize, "{}", busiest_minute(&sent));
        }
    }

    #[test]
    fn the_budget_can_be_used_to_the_last_request() {
        let sent = lean_on(45, &vec![1; 600_000], Instant::now());
        assert!((43..=45).contains(&busiest_minute(&sent)), "{}", busiest_minute(&sent));
        assert!((268..=270).contains(&sent.len()), "{}", sent.len());
    }

    /// Leans on the budget with the others in sight, without, and with them again: twice for two minutes, and a minute
    /// between in which it fills.
    #[test]
    fn while_the_others_cannot_be_seen_a_third_is_spent() {
        let (start, mut budget) = (Instant::now(), Budget::new(Some(45)));
        let mut sent = [Vec::new(), Vec::new(), Vec::new()];
        for (span, sent) in sent.iter_mut().enumerate() {
            let begin = start + u32::try_from(span).unwrap() * 5 * MINUTE;
            assert_eq!(budget.set_careful(span == 1, begin), span > 0, "told where it changes");
            for now in (0..120).chain(180..300).map(|second| begin + second * SECOND) {
                while budget.ready_at(now) <= now {
                    budget.take(now);
                    sent.push(now);
                }
            }
        }
        let busiest = sent.each_ref().map(|sent| busiest_minute(sent));
        assert!((43..=45).contains(&busiest[0]) && (43..=45).contains(&busiest[2]), "{busiest:?}");
        assert!((13..=15).contains(&busiest[1]), "{busiest:?}");
        assert!(busiest_minute(&sent.concat()) <= 45, "nor more when it changes: {}", busiest_minute(&sent.concat()));
    }

    #[test]
    fn without_a_budget_there_is_no_limit() {
        let (mut budget, now) = (Budget::new(None), Instant::now());
        for _ in 0..1000 {
            budget.take(now);
        }
        assert_eq!(budget.ready_at(now), now);
    }

    #[rstest]
    #[case::as_asked(Duration::from_secs(90), Duration::from_secs(90))]
    #[case::never_nothing(Duration::ZERO, SECOND)]
    #[case::at_most_a_day(Duration::from_hours(1000), LONGEST_WISH)]
    fn the_wish_of_the_server_is_honoured(#[case] wish: Duration, #[case] wait: Duration) {
        let (mut budget, now) = (Budget::new(None), Instant::now());
        assert_eq!(budget.pause(now, Some(wish), &mut Rng::with_seed(1)), now + wait);
        assert_eq!(budget.ready_at(now), now + wait);
        assert!(!budget.take_pause_end(now + wait - SECOND / 2));
        assert!(budget.take_pause_end(now + wait));
        assert!(!budget.take_pause_end(now + wait));
    }

    #[test]
    fn pauses_grow_until_an_answer_is_good() {
        let (mut budget, now, mut rng) = (Budget::new(None), Instant::now(), Rng::with_seed(1));
        let mut wait = |budget: &mut Budget| budget.pause(now, None, &mut rng) - now;
        let first = wait(&mut budget);
        assert!((MINUTE..=2 * MINUTE).contains(&first), "{first:?}");
        budget.answered(false);
        assert!(!budget.is_on_trial());
        assert!(wait(&mut budget) >= 2 * MINUTE);
        for _ in 0..40 {
            assert!(wait(&mut budget) <= LONGEST_PAUSE);
        }
        assert!(wait(&mut budget) >= LONGEST_PAUSE / 2);
        budget.answered(true);
        assert!(wait(&mut budget) <= 2 * MINUTE);
    }
}
