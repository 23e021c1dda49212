//! What is said when the quota of a single chute is used up.

use std::sync::Arc;

use super::account::{cap, caps, learn};
use super::*;
use crate::domain::activity::ChuteId;
use crate::domain::quota::Headroom;
use crate::domain::usage::part::{ChuteQuota, PartAnswer, PartState};

/// `team` has used all of a chute's own quota, and so much of its day's 300 requests.
fn team(day: f64) -> App {
    team_read_at(day, now())
}

/// The same, of which the chute's count was read then.
fn team_read_at(day: f64, at: DateTime<Utc>) -> App {
    let mut app = super::app(&["team"]);
    answer(&mut app, 0, Quota::Finite(300), Some(day), 10);
    let chute = ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a").unwrap();
    let count = PartState::learned(QuotaUsage::new(Quota::Finite(50), Some(50.0)), at);
    learn(&mut app, 0, PartAnswer::Quotas(vec![ChuteQuota { chute: chute.clone(), count }]));
    tell(&mut app, Update::Names(Arc::new([(chute, "demo/large-instruct".to_owned())].into())));
    app
}

#[test]
fn a_chute_that_is_used_up_is_named_and_what_the_day_leaves() {
    let mut app = team(75.0);
    assert_eq!(app.usage().credentials()[0].headroom(now()), Headroom::NearlyOut, "others are served all the same");
    let list = screen(&mut app, (180, 24));
    assert!(list.contains("‼  team") && list.contains("large-instruct used up, day 75 % left"), "{list}");
    assert_eq!(app.title(now()), "team large-instruct used up - chutes-top");
    press(&mut app, "vv");
    let line = screen(&mut app, (80, 1));
    assert!(line.contains("‼ team chute used up"), "{line}");
    press(&mut app, "/is:exhausted\n");
    assert!(!screen(&mut app, (80, 1)).contains("team"));
}

#[test]
fn a_day_that_is_used_up_is_said_before_a_chute() {
    let mut app = team(300.0);
    let list = screen(&mut app, (140, 24));
    assert!(list.contains("■  team") && !list.contains("large-instruct used up"), "{list}");
    assert_eq!(app.title(now()), "team used up - chutes-top");
}

/// Of a month whose reset the server leaves out nothing can be foretold.
#[test]
fn a_month_that_is_used_up_is_said_before_a_chute_whatever_is_known_of_its_reset() {
    let mut app = team(75.0);
    caps(&mut app, 0, None, Some(cap(100.0, 100.0, None)));
    assert_eq!(app.usage().credentials()[0].headroom(now()), Headroom::Exhausted);
}

#[test]
fn the_line_tells_an_old_count_of_a_chute_as_an_old_number() {
    let mut app = team_read_at(75.0, now() - TimeDelta::hours(2));
    press(&mut app, "vv");
    let line = screen(&mut app, (80, 1));
    assert!(line.contains("team 0 %") && !line.contains("used up"), "{line}");
}
