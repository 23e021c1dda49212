//! What the forecast says, and that nothing it is given can make it say nonsense.

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

const MIDNIGHT: &str = "2026-11-24T00:00:00Z";

fn midnight() -> DateTime<Utc> {
    MIDNIGHT.parse().unwrap()
}

fn hours(hours: f64) -> TimeDelta {
    time(hours * 3600.0).unwrap() - DateTime::UNIX_EPOCH
}

/// A day of 24 hours with this limit.
fn day(limit: f64) -> Window {
    Window { start: midnight(), reset: midnight() + TimeDelta::days(1), limit: Some(limit) }
}

/// So many readings, evenly up to `now` o'clock, of a count that rises evenly to `used`.
fn rising(now: f64, used: f64, count: u32) -> Vec<Sample> {
    let reading = |part: f64| Sample { at: midnight() + hours(now * part), used: used * part };
    (1..=count).map(|step| reading(f64::from(step) / f64::from(count))).collect()
}

/// Days that used `shape(hour)` in each hour.
fn days_before(days: i64, shape: impl Fn(i64) -> f64) -> History {
    let bucket = |hour: i64| Bucket {
        start: midnight() - TimeDelta::hours(hour),
        width: TimeDelta::hours(1),
        used: shape((24 - hour).rem_euclid(24)),
    };
    History::new((1..=24 * days).map(bucket))
}

fn office(hour: i64) -> f64 {
    if (9..17).contains(&hour) { 100.0 } else { 0.0 }
}

fn ask(window: &Window, samples: &[Sample], history: &History, now: f64) -> Forecast {
    forecast(window, samples, history, midnight() + hours(now))
}

/// `lasts, 620 used` or `empty 18:34`, in UTC.
fn said(forecast: Forecast) -> String {
    match forecast {
        Forecast::Lasts(outlook) => format!("lasts, {:.0} used", outlook.used_at_reset),
        Forecast::RunsOut(_, run_out) => run_out.empty_at.format("empty %H:%M").to_string(),
        other => format!("{other:?}"),
    }
}

#[rstest]
#[case::by_the_line(1000.0, "lasts, 620 used")]
#[case::too_little(480.0, "empty 18:34")]
#[case::next_to_nothing(1e9, "lasts, 620 used")]
#[case::used_up(200.0, "empty 12:00")]
fn without_history_today_goes_on_as_it_began(#[case] limit: f64, #[case] text: &str) {
    let judged = ask(&day(limit), &rising(12.0, 310.0, 12), &History::default(), 12.0);
    assert_eq!(said(judged), text);
}

#[test]
fn with_history_the_hours_to_come_are_counted_as_usual() {
    let history = days_before(7, office);
    // At 9 nothing is used: a line would say that nothing will be. At 17 all is.
    let morning = ask(&day(1000.0), &rising(9.0, 0.0, 9), &history, 9.0).outlook().unwrap();
    assert!((morning.used_at_reset - 800.0).abs() < 1.0, "{morning:?}");
    let mut worked = rising(9.0, 0.0, 9);
    worked.extend(
        (10..=17)
            .map(|hour| Sample { at: midnight() + TimeDelta::hours(hour.into()), used: 100.0 * f64::from(hour - 9) }),
    );
    let evening = ask(&day(1000.0), &worked, &history, 17.0).outlook().unwrap();
    assert!((evening.used_at_reset - 800.0).abs() < 1.0, "{evening:?}");
}

#[test]
fn the_time_it_is_empty_follows_the_usual_hours() {
    let judged = ask(&day(400.0), &rising(6.0, 0.0, 6), &days_before(7, office), 6.0);
    let Forecast::RunsOut(_, run_out) = judged else { panic!("{judged:?}") };
    assert!((run_out.empty_at - (midnight() + hours(13.0))).abs() < hours(0.75), "{run_out:?}");
    assert!(run_out.earliest <= run_out.empty_at);
}

#[rstest]
#[case::a_minute(0.1, 5)]
#[case::one_sample(6.0, 1)]
fn it_says_when_it_is_too_early(#[case] now: f64, #[case] samples: u32) {
    let judged = ask(&day(100.0), &rising(now, 1.0, samples), &History::default(), now);
    assert_eq!(judged, Forecast::TooEarly);
}

#[test]
fn one_sample_is_enough_where_there_is_history() {
    assert!(ask(&day(1000.0), &rising(6.0, 1.0, 1), &days_before(7, office), 6.0).outlook().is_some());
}

#[rstest]
#[case::no_samples(day(100.0), 0)]
#[case::no_quota(day(0.0), 5)]
#[case::no_number(day(f64::NAN), 5)]
#[case::over(Window { start: midnight() - TimeDelta::days(1), reset: midnight(), limit: Some(9.0) }, 5)]
#[case::backwards(Window { start: midnight(), reset: midnight() - TimeDelta::days(1), limit: Some(9.0) }, 5)]
fn what_cannot_be_told_is_unknown(#[case] window: Window, #[case] samples: u32) {
    let judged = ask(&window, &rising(6.0, 1.0, samples), &days_before(3, office), 6.0);
    assert_eq!(judged, Forecast::Unknown);
}

#[test]
fn no_limit_lasts() {
    let window = Window { limit: None, ..day(1.0) };
    let judged = ask(&window, &rising(12.0, 310.0, 12), &History::default(), 12.0);
    assert_eq!(said(judged), "lasts, 620 used");
}

#[test]
fn a_count_that_steps_down_is_not_negative_use() {
    let mut samples = rising(12.0, 300.0, 72);
    samples.push(Sample { at: midnight() + hours(12.1), used: 120.0 });
    let dipped = ask(&day(1000.0), &samples, &History::default(), 12.1).outlook().unwrap();
    assert!(dipped.low >= 300.0 && dipped.used_at_reset > 500.0, "{dipped:?}");
}

#[test]
fn a_reset_is_not_negative_use() {
    let mut samples = vec![Sample { at: midnight() + hours(0.05), used: 1900.0 }];
    samples.extend(rising(6.0, 60.0, 30));
    let judged = ask(&day(1000.0), &samples, &History::default(), 6.0).outlook().unwrap();
    assert!((judged.used_at_reset - 240.0).abs() < 1.0, "{judged:?}");
}

#[test]
fn a_short_window_knows_the_time_of_day() {
    let window = Window { start: midnight() + hours(8.0), reset: midnight() + hours(12.0), limit: Some(1e3) };
    let samples = [Sample { at: midnight() + hours(9.0), used: 0.0 }];
    let judged = ask(&window, &samples, &days_before(7, office), 9.0).outlook().unwrap();
    assert!((judged.used_at_reset - 300.0).abs() < 1.0, "{judged:?}");
}

#[test]
fn a_long_window_adds_up_days() {
    let (start, reset) = (midnight() - TimeDelta::days(10), midnight() + TimeDelta::days(20));
    let window = Window { start, reset, limit: Some(15_000.0) };
    let samples = [-2.0, -1.0, 0.0].map(|now| Sample { at: midnight() + hours(now), used: 8000.0 + now });
    let judged = ask(&window, &samples, &days_before(35, office), 0.0);
    let Forecast::RunsOut(outlook, run_out) = judged else { panic!("{judged:?}") };
    assert!((outlook.used_at_reset - 24_000.0).abs() < 100.0, "{outlook:?}");
    assert!((run_out.empty_at - (midnight() + TimeDelta::hours(210))).abs() < hours(3.0), "{run_out:?}");
}

#[test]
fn it_is_never_empty_in_the_past() {
    // By nine it had used 90 of 100, ten an hour; nobody has read it since.
    let samples = rising(9.0, 90.0, 20);
    let judged = ask(&day(100.0), &samples, &History::default(), 12.0);
    let Forecast::RunsOut(_, run_out) = judged else { panic!("{judged:?}") };
    let now = midnight() + TimeDelta::hours(12);
    assert_eq!((run_out.empty_at, run_out.earliest), (now, now));
}

/// Numbers as they should not be.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1000.0, -10.0..1e16, any::<f64>(), Just(0.0)]
}

/// Times around the window, and sometimes anywhere.
fn at() -> impl Strategy<Value = DateTime<Utc>> {
    let near = (-40_000_i64..4_000).prop_map(|minutes| midnight() + TimeDelta::minutes(minutes));
    let within = (0_i64..1440).prop_map(|minutes| midnight() + TimeDelta::minutes(minutes));
    prop_oneof![4 => within, 2 => near, 1 => Just(DateTime::<Utc>::MAX_UTC), 1 => Just(DateTime::<Utc>::MIN_UTC)]
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec((at(), number()).prop_map(|(at, used)| Sample { at, used }), 0..40)
}

fn history() -> impl Strategy<Value = History> {
    let width = prop_oneof![0_i64..3000, Just(60), Just(i64::MAX / 60_000_000)];
    let bucket = (at(), width, number());
    let bucket = bucket.prop_map(|(start, minutes, used)| Bucket { start, width: TimeDelta::minutes(minutes), used });
    let regular = (0_i64..40, prop::collection::vec(0.0..500.0, 24));
    let regular = regular.prop_map(|(days, hours)| days_before(days, |hour| hours[usize::try_from(hour).unwrap()]));
    prop_oneof![prop::collection::vec(bucket, 0..80).prop_map(History::new), regular]
}

fn window() -> impl Strategy<Value = Window> {
    let any = (at(), at(), prop::option::of(number()));
    let any = any.prop_map(|(start, reset, limit)| Window { start, reset, limit });
    prop_oneof![number().prop_map(day), any]
}

proptest! {
    #[test]
    fn nothing_it_is_given_makes_it_talk_nonsense(
        window in window(), samples in samples(), history in history(), now in at(),
    ) {
        let judged = forecast(&window, &samples, &history, now);
        if let Some(outlook) = judged.outlook() {
            let used = Counter::read(&window, &samples, seconds(now)).at(seconds(now));
            prop_assert!(outlook.high.is_finite());
            prop_assert!(0.0 <= used && used <= outlook.low, "{outlook:?} of {used}");
            prop_assert!(outlook.low <= outlook.used_at_reset && outlook.used_at_reset <= outlook.high);
        }
        if let Forecast::RunsOut(_, run_out) = judged {
            prop_assert!(now <= run_out.earliest && run_out.earliest <= run_out.empty_at);
            prop_assert!(run_out.empty_at <= window.reset);
            prop_assert!(run_out.latest.is_none_or(|latest| run_out.empty_at <= latest && latest <= window.reset));
        }
    }

    /// With the same use a greater limit is never empty sooner.
    #[test]
    fn more_lasts_longer(used in 1.0..500.0, limit in 1.0..2000.0, more in 0.0..500.0, history in history()) {
        let samples = rising(10.0, used, 20);
        let empty = |limit: f64| ask(&day(limit), &samples, &history, 10.0).empty_at();
        let never = midnight() + TimeDelta::days(1);
        prop_assert!(empty(limit).unwrap_or(never) <= empty(limit + more).unwrap_or(never));
    }

    /// The order of the samples does not matter, nor do samples of other windows.
    #[test]
    fn only_the_samples_of_the_window_count(used in 1.0..500.0, strange in samples()) {
        let mine = rising(10.0, used, 20);
        let within = |sample: &Sample| (midnight()..midnight() + TimeDelta::days(1)).contains(&sample.at);
        let mut mixed: Vec<Sample> = strange.into_iter().filter(|sample| !within(sample)).collect();
        mixed.extend(mine.iter().rev());
        let history = days_before(5, office);
        prop_assert_eq!(ask(&day(500.0), &mixed, &history, 10.0), ask(&day(500.0), &mine, &history, 10.0));
    }
}
