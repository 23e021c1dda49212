//! What forecasts are made from is read in few steps, and nothing that they hang on is left out.

use pretty_assertions::assert_eq;

use super::*;
use crate::history::Course;

/// A month with a reading every five minutes that grows by one each time.
fn month(owner: Fingerprint) -> Vec<Sample> {
    let at = |place: i32| now() + TimeDelta::minutes(5 * i64::from(place));
    let sample = |place: i32| Sample {
        owner,
        kind: WindowKind::Monthly,
        at: at(place),
        used: Some(f64::from(place)),
        limit: Limit::Dollars(10_000.0),
        reset_at: None,
    };
    (0..31 * 288).map(sample).collect()
}

#[tokio::test]
async fn a_month_is_read_in_steps_with_every_reading_of_its_last_hour() {
    let (history, _notices) = History::open(Location::Memory, now());
    let mut all = month(owner());
    // The last two are not known: what was before them counts.
    for sample in all.iter_mut().rev().take(2) {
        sample.used = None;
    }
    history.record(all.clone());
    let windows = vec![(WindowKind::Monthly, now()), (WindowKind::Daily, now())];
    let courses = history.courses(vec![another(), owner()], now(), windows).await.unwrap();

    let [nothing, course] = &courses[..] else { panic!("{courses:?}") };
    assert_eq!(*nothing, Course::default());
    let [(WindowKind::Monthly, readings)] = &course.windows[..] else { panic!("{course:?}") };
    assert!((40..60).contains(&readings.len()), "{}", readings.len());
    let last: Vec<_> = all.iter().rev().skip(2).take(11).rev().map(|one| (one.at, one.used.unwrap())).collect();
    assert!(readings.ends_with(&last), "{readings:?}");
    assert!(readings.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[1].0 - pair[0].0 <= TimeDelta::hours(48)));
}

#[tokio::test]
async fn a_day_is_read_whole() {
    let (history, _notices) = History::open(Location::Memory, now());
    let day: Vec<_> = month(owner()).into_iter().take(288).collect();
    history.record(day.clone());
    let since = now() + TimeDelta::minutes(5);
    let courses = history.courses(vec![owner()], now(), vec![(WindowKind::Monthly, since)]).await.unwrap();
    let expected: Vec<_> = day.iter().skip(1).map(|one| (one.at, one.used.unwrap())).collect();
    assert_eq!(courses[0].windows, [(WindowKind::Monthly, expected)]);
}
