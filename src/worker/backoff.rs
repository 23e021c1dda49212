//! How long to wait after failures in a row.

use std::time::Duration;

use fastrand::Rng;

/// The wait after the `failures`-th failure in a row, counted from 1: it starts between `first` and twice that,
/// doubles with each failure, and is never above `ceiling`.
///
/// The part left to chance keeps many that failed together from coming back together.
pub(super) fn delay(failures: u32, first: Duration, ceiling: Duration, rng: &mut Rng) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    if doubled >= ceiling {
        return ceiling.mul_f64(1.0 - rng.f64() / 5.0);
    }
    doubled.mul_f64(1.0 + rng.f64()).min(ceiling)
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::*;

    use super::*;

    const FIRST: Duration = Duration::from_secs(15);
    const CEILING: Duration = Duration::from_mins(15);

    #[test]
    fn it_doubles_up_to_the_ceiling() {
        let mut rng = Rng::with_seed(7);
        let floors = [15, 30, 60, 120, 240, 480, 720, 720];
        for (failures, floor) in (1..).zip(floors) {
            let wait = delay(failures, FIRST, CEILING, &mut rng);
            assert!(wait >= Duration::from_secs(floor), "{failures}: {wait:?}");
            assert!(wait <= Duration::from_secs(floor * 2).min(CEILING), "{failures}: {wait:?}");
        }
    }

    proptest! {
        #[test]
        fn it_never_leaves_its_bounds(failures in any::<u32>(), seed in any::<u64>()) {
            let wait = delay(failures, FIRST, CEILING, &mut Rng::with_seed(seed));
            prop_assert!((FIRST..=CEILING).contains(&wait));
        }
    }
}
