use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn start() -> DateTime<Utc> {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn window(limit: f64) -> Window {
    Window { start: start(), reset: start() + TimeDelta::days(1), limit: Some(limit) }
}

fn sample(minutes: i64, used: f64) -> Sample {
    Sample { at: start() + TimeDelta::minutes(minutes), used }
}

fn steady(until: i64, a_minute: f64) -> Vec<Sample> {
    (0..=until / 10).map(|step| sample(step * 10, f64::from(i32::try_from(step).unwrap()) * 10.0 * a_minute)).collect()
}

#[test]
fn nothing_is_said_too_early() {
    let now = start() + TimeDelta::minutes(30);
    assert_eq!(forecast(&window(100.0), &steady(30, 1.0), &History::default(), now), Forecast::TooEarly);
    let noon = start() + TimeDelta::hours(12);
    assert_eq!(forecast(&window(100.0), &[sample(720, 10.0)], &History::default(), noon), Forecast::TooEarly);
    assert_eq!(forecast(&window(100.0), &[], &History::default(), noon), Forecast::Unknown);
    assert_eq!(forecast(&window(0.0), &steady(720, 1.0), &History::default(), noon), Forecast::Unknown);
}

#[test]
fn steady_use_lasts_or_runs_out_in_time() {
    let noon = start() + TimeDelta::hours(12);
    let Forecast::Lasts(outlook) = forecast(&window(2000.0), &steady(720, 1.0), &History::default(), noon) else {
        panic!("a minute's request of 2,000 a day lasts");
    };
    assert!((1300.0..1600.0).contains(&outlook.used_at_reset), "{outlook:?}");
    let Forecast::RunsOut(_, run_out) = forecast(&window(1000.0), &steady(720, 1.0), &History::default(), noon) else {
        panic!("a minute's request of 1,000 a day runs out");
    };
    let expected = start() + TimeDelta::minutes(1000);
    assert!((run_out.empty_at - expected).abs() < TimeDelta::hours(1), "{run_out:?}");
}

#[test]
fn what_is_used_up_is_empty_now() {
    let noon = start() + TimeDelta::hours(12);
    let Forecast::RunsOut(_, run_out) = forecast(&window(300.0), &[sample(700, 300.9)], &History::default(), noon)
    else {
        panic!("it is used up");
    };
    assert_eq!(run_out.empty_at, noon);
}

#[test]
fn a_counter_that_steps_down_is_no_negative_use() {
    let noon = start() + TimeDelta::hours(12);
    let mut samples = steady(700, 1.0);
    samples.push(sample(710, 400.0));
    let forecast = forecast(&window(5000.0), &samples, &History::default(), noon);
    let Forecast::Lasts(outlook) = forecast else { panic!("{forecast:?}") };
    assert!(outlook.used_at_reset >= 400.0 && outlook.low >= 400.0, "{outlook:?}");
}

fn any_sample() -> impl Strategy<Value = Sample> {
    (-3_000i64..3_000, prop_oneof![0.0..1e6f64, any::<f64>()]).prop_map(|(minutes, used)| sample(minutes, used))
}

fn any_bucket() -> impl Strategy<Value = Bucket> {
    (-1_000i64..100, -10i64..3_000, prop_oneof![0.0..1e4f64, any::<f64>()]).prop_map(|(hours, width, used)| Bucket {
        start: start() + TimeDelta::hours(hours),
        width: TimeDelta::minutes(width),
        used,
    })
}

proptest! {
    /// Whatever is measured: no panic, no number that is none, nothing negative, nothing in the past.
    #[test]
    fn no_input_makes_nonsense(
        samples in prop::collection::vec(any_sample(), 0..40),
        buckets in prop::collection::vec(any_bucket(), 0..60),
        length in -100i64..60_000,
        limit in prop_oneof![Just(None), (0.0..1e5f64).prop_map(Some), any::<f64>().prop_map(Some)],
        minutes in -200i64..60_000,
    ) {
        let reset = start() + TimeDelta::minutes(length);
        let window = Window { start: start(), reset, limit };
        let now = start() + TimeDelta::minutes(minutes);
        let judged = forecast(&window, &samples, &History::new(buckets), now);
        if let Forecast::Lasts(outlook) | Forecast::RunsOut(outlook, _) = judged {
            prop_assert!(outlook.used_at_reset.is_finite() && outlook.used_at_reset >= 0.0, "{:?}", outlook);
            prop_assert!(outlook.low <= outlook.high && outlook.low >= 0.0, "{:?}", outlook);
        }
        if let Forecast::RunsOut(_, run_out) = judged {
            prop_assert!(run_out.empty_at >= now && run_out.empty_at <= reset, "{:?}", run_out);
            prop_assert!(run_out.earliest <= run_out.empty_at);
        }
    }
}
