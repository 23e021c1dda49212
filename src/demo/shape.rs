//! How many requests were made by a given instant: pure arithmetic on whole numbers, so that a
//! count can never go down within a day.

use chrono::{DateTime, Utc};

/// A day is divided into slots of five minutes, each with a weight of its own.
const SLOTS: u64 = 288;
const SLOT_MS: u64 = 300_000;
const DAY_MS: i64 = 86_400_000;

/// When in the day (UTC) the requests of an account are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// People at work, with a dip at noon.
    OfficeHours,
    /// A job between one and five in the morning, next to nothing otherwise.
    NightBatch,
    /// The same all day.
    Steady,
    /// A steady trickle with half-hours of six to ten times as much.
    Bursty,
    /// This many percent within the ten minutes after the reset, the rest evenly over the day.
    AtReset(u64),
}

/// A habit of making requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// The seed of its noise.
    pub(super) seed: u64,
    /// Requests on an ordinary day from Monday to Friday.
    pub(super) weekday: u64,
    /// Requests on an ordinary Saturday or Sunday.
    pub(super) weekend: u64,
    /// Up to this many percent more or fewer on a given day.
    pub(super) spread: u64,
    /// When in the day.
    pub(super) shape: Shape,
    /// How many of 10,000 requests repeat an earlier one; such a request counts a tenth.
    pub(super) rerolls: u64,
}

/// The requests of one day.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// Weight up to the end of each slot.
    ends: Vec<u64>,
    /// Requests that are wanted in all.
    demand: u64,
    /// Requests that are let through at most.
    most: u64,
}

/// Hours of [`Shape::OfficeHours`], from 00:00 UTC.
const OFFICE: [u64; 24] = [1, 1, 1, 1, 1, 2, 4, 12, 28, 40, 44, 40, 30, 38, 44, 42, 36, 24, 12, 6, 4, 3, 2, 1];

impl Load {
    /// The requests of the day with this number, counted from 1970-01-01. Once they count for `quota`
    /// or more, no further one is let through.
    pub(super) fn day(&self, day: i64, quota: Option<u64>) -> Day {
        let ends = (0..SLOTS)
            .scan(0, |total, slot| {
                *total += self.weight(day, slot);
                Some(*total)
            })
            .collect();
        Day { ends, demand: self.demand(day), most: self.most(quota) }
    }

    /// The requests that are let through on the whole day, without regard to when.
    pub(super) fn requests_of_day(&self, day: i64, quota: Option<u64>) -> u64 {
        self.demand(day).min(self.most(quota))
    }

    fn demand(&self, day: i64) -> u64 {
        let usual = if is_weekend(day) { self.weekend } else { self.weekday };
        let percent = within(100_u64.saturating_sub(self.spread), 100 + self.spread, self.noise(day, SLOTS));
        usual * percent / 100
    }

    fn most(&self, quota: Option<u64>) -> u64 {
        quota.map_or(u64::MAX, |quota| self.requests_until(quota))
    }

    /// What so many requests of a day count for, in tenths of a request.
    pub(super) fn tenths(&self, requests: u64) -> u64 {
        let repeated = requests * self.rerolls.min(10_000) / 10_000;
        requests * 10 - repeated * 9
    }

    /// With how many requests the count reaches `quota`. The server checks before it counts, so the
    /// last one may pass the quota by up to nine tenths.
    fn requests_until(&self, quota: u64) -> u64 {
        (quota..=quota * 10).find(|requests| self.tenths(*requests) >= quota * 10).unwrap_or(quota)
    }

    fn weight(&self, day: i64, slot: u64) -> u64 {
        let hour = slot / 12;
        let noise = self.noise(day, slot);
        match self.shape {
            Shape::OfficeHours => {
                let usual = usize::try_from(hour).ok().and_then(|hour| OFFICE.get(hour)).copied().unwrap_or(1);
                usual * within(40, 160, noise)
            }
            Shape::NightBatch if (1..5).contains(&hour) => within(70, 130, noise),
            Shape::NightBatch => 1,
            Shape::Steady => within(90, 110, noise),
            Shape::Bursty if self.noise(day, SLOTS + 1 + slot / 6).is_multiple_of(5) => within(600, 1_000, noise),
            Shape::Bursty => within(95, 105, noise),
            Shape::AtReset(percent) if slot < 2 => percent.min(100) * (SLOTS - 2) / 2,
            Shape::AtReset(percent) => 100_u64.saturating_sub(percent).max(1),
        }
    }

    fn noise(&self, day: i64, item: u64) -> u64 {
        noise(self.seed, day, item)
    }
}

impl Day {
    /// Requests let through in the first `ms` milliseconds of the day. Never falls as `ms` grows.
    pub(super) fn requests_by(&self, ms: u64) -> u64 {
        let end_of = |slot: u64| usize::try_from(slot).ok().and_then(|slot| self.ends.get(slot)).copied();
        let slot = (ms / SLOT_MS).min(SLOTS - 1);
        let before = slot.checked_sub(1).and_then(end_of).unwrap_or(0);
        let after = end_of(slot).unwrap_or(before);
        let whole = self.ends.last().copied().unwrap_or(0).max(1) * SLOT_MS;
        let done = before * SLOT_MS + (after - before) * (ms - slot * SLOT_MS).min(SLOT_MS);
        (self.demand * done / whole).min(self.most)
    }
}

/// The number of the UTC day that `at` lies in, and the milliseconds since its midnight.
pub(super) fn day_and_ms(at: DateTime<Utc>) -> (i64, u64) {
    let ms = at.timestamp_millis();
    (ms.div_euclid(DAY_MS), u64::try_from(ms.rem_euclid(DAY_MS)).unwrap_or(0))
}

/// A number that looks random and is always the same for the same question (splitmix64).
pub(super) fn noise(seed: u64, day: i64, item: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ day.cast_unsigned().wrapping_mul(0xD1B5_4A32_D192_ED03);
    bits = bits.wrapping_add(item.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// `noise` as a number within `low..=high`.
pub(super) fn within(low: u64, high: u64, noise: u64) -> u64 {
    low + noise % (high.saturating_sub(low) + 1)
}

fn is_weekend(day: i64) -> bool {
    // Day 0, 1970-01-01, was a Thursday.
    (day + 3).rem_euclid(7) >= 5
}
