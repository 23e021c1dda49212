//! The optional requests: when they are sent, what they must leave alone, and what is kept of them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::api::UsagePage;
use chutes_top::clock::Clock as _;
use chutes_top::domain::activity::{Bucket, ChuteId};
use chutes_top::domain::credential::CredentialId;
use chutes_top::domain::failure::FailureKind;
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::usage::Update;
use chutes_top::domain::usage::part::{Part, PartAnswer};
use chutes_top::domain::window::WindowKind;
use chutes_top::history::History;
use chutes_top::worker::{Command, Keeper, REQUESTS_PER_MINUTE, effective_interval};
use pretty_assertions::assert_eq;
use rstest::rstest;

use crate::rig::{
    Asked, HOUR, INTERVAL, MINUTE, Plan, Rig, SECOND, Told, What, assert_soon, good, plain, plus, refusal, too_many,
};

const WALL: &str = "2026-11-23T08:00:00Z";

fn whole(count: usize) -> Plan {
    Plan { whole_account: true, ..Plan::of(count) }
}

fn keeper() -> Keeper {
    Keeper { history: History::inline(WALL.parse().unwrap()), base: "https://api.example.com".to_owned() }
}

fn is_usage(what: &What) -> bool {
    matches!(what, What::Usage(..))
}

fn parts(rig: &Rig) -> Vec<(usize, Part, bool)> {
    let part = |update: &Update| match update {
        Update::Part { id, result: Ok(answer), .. } => Some((id.index(), answer.part(), true)),
        Update::Part { id, result: Err((part, _)), .. } => Some((id.index(), *part, false)),
        _ => None,
    };
    rig.seen.iter().filter_map(|(_, update)| part(update)).collect()
}

#[tokio::test(start_paused = true)]
async fn every_daily_quota_comes_before_anything_else() {
    let mut rig = Plan { per_minute: Some(REQUESTS_PER_MINUTE), ..whole(60) }.start(good);
    rig.run_until(5 * MINUTE - SECOND).await;
    let last = (0..60).map(|who| rig.server.times(who)[0]).max().unwrap();
    let asked = rig.server.asked();
    assert!(asked.len() > 30, "{}", asked.len());
    assert!(asked.iter().all(|asked| asked.at >= last), "{last:?} {:?}", asked[0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_asked_for_when_it_is_not_wanted() {
    let mut rig = Plan { keys_an_account: 2, ..Plan::of(4) }.start(good);
    rig.run_until(3 * HOUR).await;
    assert_eq!(rig.server.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn the_caps_are_asked_once_an_account_after_each_refresh() {
    let mut rig = Plan { keys_an_account: 2, ..whole(8) }.start(good);
    rig.run_until(MINUTE / 4).await;
    let caps = |rig: &Rig, account: usize| {
        let is_it = |asked: &&Asked| asked.what == What::Caps && asked.who.unwrap() / 2 == account;
        rig.server.asked().iter().filter(is_it).count()
    };
    for account in 0..4 {
        assert_eq!(caps(&rig, account), 1, "{account}");
    }
    rig.run_until(10 * INTERVAL + SECOND).await;
    for account in 0..4 {
        assert!((10..=11).contains(&caps(&rig, account)), "{account}: {}", caps(&rig, account));
    }
    assert!(rig.usage.credentials().iter().all(|one| one.caps().value().is_some()), "one answer serves both");
}

#[tokio::test(start_paused = true)]
async fn what_changes_seldom_is_asked_hourly_and_names_daily() {
    let mut rig = Plan { keys_an_account: 2, ..whole(4) }.start(good);
    rig.run_until(49 * HOUR).await;
    for is_it in [|what: &What| *what == What::Account, |what: &What| *what == What::Rows, is_usage] {
        let times = rig.server.times_of(is_it);
        // Two accounts, each after the first refresh that is an hour later.
        assert!((2 * 44..=2 * 49).contains(&times.len()), "{}", times.len());
        for account in 0..2 {
            let asked = rig.server.asked().into_iter().filter(|asked| is_it(&asked.what));
            let own: Vec<_> = asked.filter(|asked| asked.who.unwrap() / 2 == account).map(|asked| asked.at).collect();
            assert!(own.windows(2).all(|pair| pair[1] - pair[0] >= HOUR - SECOND), "{own:?}");
        }
    }
    let names = rig.server.times_of(|what| *what == What::Names);
    assert_eq!(names.len(), 3, "{names:?}");
    // Sent when it is its turn, which was a little later the first time.
    assert!(names.windows(2).all(|pair| pair[1] - pair[0] >= 24 * HOUR - SECOND), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn all_is_asked_at_once_when_the_user_asks() {
    let mut rig = Plan { keys_an_account: 2, ..whole(4) }.start(good);
    rig.run_until(MINUTE).await;
    let before = rig.server.asked().len();
    rig.tell(Command::RefreshAll).await;
    rig.run_until(MINUTE + SECOND).await;
    let asked = rig.server.asked().split_off(before);
    for is_it in [|what: &What| *what == What::Account, |what: &What| *what == What::Rows, is_usage] {
        assert_eq!(asked.iter().filter(|asked| is_it(&asked.what)).count(), 2, "{asked:?}");
    }
    assert_eq!(asked.iter().filter(|asked| asked.what == What::Caps).count(), 2, "{asked:?}");
    assert_eq!(asked.iter().filter(|asked| asked.what == What::Names).count(), 0, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn the_counts_of_chutes_follow_their_rows() {
    let mut rig = whole(1).start_telling(good, |asked| match asked.what {
        What::Rows => Ok(Told::Rows(["a", "b"].into_iter().filter_map(ChuteId::parse).collect())),
        _ => plain(asked),
    });
    rig.run_until(3 * INTERVAL + SECOND).await;
    for chute in ["a", "b"] {
        let times = rig.server.times_of(|what| *what == What::Chute(chute.to_owned()));
        assert_eq!(times.len(), 4, "{times:?}");
    }
    assert_eq!(rig.server.times_of(|what| *what == What::Rows).len(), 1);
    assert_eq!(rig.usage.get(CredentialId::new(0)).unwrap().quotas().value().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_changes_nothing_else() {
    let answered = |rig: &Rig| -> Vec<_> {
        let is_it = |(_, update): &&(Duration, Update)| matches!(update, Update::Answered { .. });
        rig.seen.iter().filter(is_it).cloned().collect()
    };
    // Every third answer fails as well, so that there is a backoff to leave alone.
    let daily = |request, nth: usize| if nth % 3 == 1 { refusal(503) } else { good(request, nth) };
    let mut sound = whole(2).start(daily);
    sound.run_until(55 * MINUTE).await;
    let expected = (answered(&sound), sound.server.log());
    let mut rig = whole(2).start_telling(daily, |asked| match asked.what {
        What::Account => refusal(500).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(55 * MINUTE).await;
    assert_eq!((answered(&rig), rig.server.log()), expected);
    assert!(answered(&rig).len() > 20);
    let failed: Vec<_> = parts(&rig).into_iter().filter(|(_, _, is_good)| !is_good).collect();
    assert_eq!(failed, [(0, Part::Account, false), (1, Part::Account, false)]);
    assert_eq!(rig.server.times_of(|what| *what == What::Account).len(), 2, "not before an hour");
    let one = rig.usage.get(CredentialId::new(0)).unwrap();
    assert_eq!(one.part_failure(Part::Account).unwrap().kind, FailureKind::ServerError);
    assert!(one.caps().value().is_some());
    rig.run_until(75 * MINUTE).await;
    assert_eq!(rig.server.times_of(|what| *what == What::Account).len(), 4, "but then");
}

#[tokio::test(start_paused = true)]
async fn a_429_to_an_optional_request_stops_everything() {
    let mut rig = whole(4).start_telling(good, |asked| match (&asked.what, asked.at < MINUTE) {
        (What::Account, true) => too_many(Some(10 * MINUTE)).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(10 * MINUTE).await;
    assert!(rig.usage.host_paused_until().is_some());
    let (daily, asked) = (rig.server.log().len(), rig.server.asked().len());
    assert_eq!(daily, 4);
    assert!(rig.server.asked().iter().all(|asked| asked.at < SECOND), "nothing is sent meanwhile");
    assert!(rig.usage.credentials().iter().all(|one| one.baseline().is_some() && one.failure().is_none()));
    assert!((0..4).all(|who| rig.promised(who).unwrap() >= 10 * MINUTE), "the rows know");
    rig.tell(Command::RefreshAll).await;
    rig.run_until(10 * MINUTE + SECOND / 100).await;
    assert_eq!((rig.server.log().len(), rig.server.asked().len()), (daily, asked), "a key does not break it");
    rig.run_until(12 * MINUTE).await;
    assert!(rig.usage.host_paused_until().is_none());
    assert_eq!(rig.server.log().len(), 8);
    assert!(rig.usage.credentials().iter().all(|one| one.account().value().is_some()));
}

#[tokio::test(start_paused = true)]
async fn what_is_let_go_by_a_429_is_asked_for_again() {
    let mut rig = whole(1).start_telling(good, |asked| match (&asked.what, asked.at < MINUTE) {
        (What::Caps, true) => too_many(Some(MINUTE)).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(10 * MINUTE).await;
    let names = rig.server.times_of(|what| *what == What::Names);
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(rig.counts()["names"], 1);
    assert!(rig.usage.get(CredentialId::new(0)).unwrap().account().value().is_some());
}

#[tokio::test(start_paused = true)]
async fn names_that_are_not_told_are_asked_again_in_an_hour() {
    let mut rig = whole(1).start_telling(good, |asked| match asked.what {
        What::Names if asked.at < MINUTE => refusal(502).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(12 * HOUR).await;
    let names = rig.server.times_of(|what| *what == What::Names);
    assert_eq!(names.len(), 2, "{names:?}");
    assert_soon(names[1], HOUR, SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_four_hours_is_looked_at_soon_after() {
    let reset_at: DateTime<Utc> = "2026-11-23T08:10:00Z".parse().unwrap();
    let mut rig = Plan { interval: HOUR, ..whole(1) }.start_telling(good, move |asked| match asked.what {
        What::Caps if asked.at < 10 * MINUTE => Ok(Told::Caps(Some(plus(Some(reset_at))))),
        What::Caps => Ok(Told::Caps(Some(plus(Some(reset_at + TimeDelta::hours(4)))))),
        _ => plain(asked),
    });
    rig.run_until(9 * MINUTE).await;
    assert_eq!(rig.server.times(0).len(), 1);
    rig.run_until(11 * MINUTE).await;
    let caps = rig.server.times_of(|what| *what == What::Caps);
    for times in [rig.server.times(0), caps] {
        assert_eq!(times.len(), 2, "{times:?}");
        assert_soon(times[1], 10 * MINUTE + 2 * SECOND, 18 * SECOND + SECOND / 5);
    }
    rig.run_until(59 * MINUTE).await;
    assert_eq!(rig.server.times(0).len(), 2, "once");
}

#[rstest]
#[case::alone(false)]
#[case::leaned_on(true)]
#[tokio::test(start_paused = true)]
async fn the_budget_holds_for_requests_of_every_kind(#[case] leans: bool) {
    let count = 100;
    let mut rig = Plan { per_minute: Some(REQUESTS_PER_MINUTE), ..whole(count) }.start(good);
    let end = 4 * HOUR;
    while rig.start.elapsed() < end {
        if leans {
            rig.tell(Command::RefreshAll).await;
        }
        rig.run_until(rig.start.elapsed() + if leans { SECOND } else { HOUR }).await;
    }
    assert!(rig.server.busiest(MINUTE) <= 45, "{}", rig.server.busiest(MINUTE));
    let interval = effective_interval(count, count, INTERVAL, Some(REQUESTS_PER_MINUTE));
    for who in 0..count {
        let gap = rig.server.times(who).windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(gap <= interval * 3 / 2, "{who}: {gap:?}");
    }
    if !leans {
        // In the first hour all there is to know has to be asked for at once.
        for who in 0..count {
            let is_it = |asked: &&Asked| asked.what == What::Caps && asked.who == Some(who) && asked.at > HOUR;
            let caps = rig.server.asked().iter().filter(is_it).count();
            let daily = rig.server.times(who).iter().filter(|at| **at > HOUR).count();
            assert!(daily.abs_diff(caps) <= 1, "{who}: caps at every refresh: {caps} of {daily}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_gets_no_other_request() {
    let mut rig = whole(1).start(|_, _| refusal(401));
    rig.run_until(3 * HOUR).await;
    assert_eq!(rig.server.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_account_has_no_caps_to_ask_for() {
    let mut rig = whole(1).start(|_, _| Ok(QuotaUsage::new(Quota::Unlimited, Some(12.0))));
    rig.run_until(3 * HOUR).await;
    assert_eq!(rig.server.times_of(|what| *what == What::Caps), []);
    assert!(rig.server.times_of(|what| *what == What::Account).len() >= 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_subscription_the_caps_are_asked_hourly() {
    let mut rig = whole(1).start_telling(good, |asked| match asked.what {
        What::Caps => Ok(Told::Caps(None)),
        _ => plain(asked),
    });
    rig.run_until(3 * HOUR - MINUTE).await;
    assert_eq!(rig.server.times_of(|what| *what == What::Caps).len(), 3);
}

/// Three pages of usage, newest first; each is an hour.
fn page(page: u32) -> UsagePage {
    let hour: DateTime<Utc> = "2026-11-23T07:00:00Z".parse().unwrap();
    let bucket = Bucket {
        hour: hour - TimeDelta::hours(page.into()),
        chute: ChuteId::parse("chute-a"),
        requests: f64::from(page + 1),
        dollars: 0.0,
        input_tokens: 10,
        output_tokens: 1,
    };
    UsagePage { total: 1_200, buckets: vec![bucket] }
}

fn paged(asked: &Asked) -> Result<Told, chutes_top::domain::failure::Failure> {
    match asked.what {
        What::Usage(_, number) => Ok(Told::Usage(page(number))),
        _ => plain(asked),
    }
}

fn kept(keeper: &Keeper) -> Plan {
    Plan { keeper: Some(keeper.clone()), latency: Duration::ZERO, ..whole(1) }
}

fn pages(rig: &Rig) -> Vec<u32> {
    let page = |asked: Asked| if let What::Usage(_, page) = asked.what { Some(page) } else { None };
    rig.server.asked().into_iter().filter_map(page).collect()
}

fn hours(update: &Update) -> Option<Vec<f64>> {
    match update {
        Update::Part { result: Ok(PartAnswer::Usage(hours)), .. } => {
            Some(hours.iter().map(|hour| hour.requests).collect())
        }
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_pages_of_usage_are_asked_one_after_another() {
    let mut rig = kept(&keeper()).start_telling(good, paged);
    rig.run_until_seen(|update| hours(update).is_some_and(|hours| hours.len() == 3)).await;
    assert_eq!(pages(&rig), [0, 1, 2]);
    let seen: Vec<_> = rig.seen.iter().filter_map(|(_, update)| hours(update)).collect();
    assert_eq!(seen, [vec![1.0], vec![2.0, 1.0], vec![3.0, 2.0, 1.0]]);
    let usage = rig.usage.get(CredentialId::new(0)).unwrap();
    assert_eq!(usage.hours().value().unwrap().len(), 3);
    let since = |asked: Asked| if let What::Usage(since, _) = asked.what { Some(since) } else { None };
    let since: Vec<_> = rig.server.asked().into_iter().filter_map(since).collect();
    assert_eq!(since, ["2026-11-16T08:00:00Z".parse::<DateTime<Utc>>().unwrap(); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_leaves_no_gap() {
    let mut rig = whole(1).start_telling(good, |asked| match asked.what {
        What::Usage(_, 1) if asked.at < MINUTE => refusal(500).map(Told::Chute),
        _ => paged(asked),
    });
    rig.run_until(2 * HOUR + MINUTE).await;
    let asked: Vec<_> = rig.server.asked().into_iter().filter(|asked| is_usage(&asked.what)).collect();
    assert_eq!(pages(&rig)[..5], [0, 1, 0, 1, 2], "{asked:?}");
    let since = |index: usize| if let What::Usage(since, _) = asked[index].what { since } else { panic!() };
    assert!(since(2) <= since(0) + TimeDelta::hours(1), "the older pages are still asked for: {asked:?}");
    assert_eq!(since(5), page(0).buckets[0].hour, "from then on only what is new: {asked:?}");
}

/// Else what another instance learned before the failure, and is told after it, would count as old.
#[tokio::test(start_paused = true)]
async fn a_page_that_fails_makes_what_is_known_no_newer() {
    let keeper = keeper();
    let owner = keeper.owner(&kept(&keeper).setup().credentials[0].key);
    let mut rig = kept(&keeper).start_telling(good, |asked| match asked.what {
        What::Usage(..) if asked.at > MINUTE => refusal(500).map(Told::Chute),
        _ => paged(asked),
    });
    rig.run_until(HOUR + 2 * MINUTE).await;
    let failed = |(_, update): &(Duration, Update)| match update {
        Update::Part { result: Err((Part::Usage, _)), at, .. } => Some(*at),
        _ => None,
    };
    let failed_at = rig.seen.iter().find_map(failed).unwrap();
    let [bucket] = &page(0).buckets[..] else { panic!() };
    let of_another = Bucket { requests: 9.0, ..bucket.clone() };
    keeper.history.import_buckets(owner, vec![of_another], failed_at - TimeDelta::seconds(1));
    let known = keeper.history.hourly(owner, bucket.hour).await.unwrap();
    assert_eq!(known.iter().map(|hour| hour.requests).collect::<Vec<_>>(), [9.0]);
}

#[tokio::test(start_paused = true)]
async fn a_second_worker_remembers() {
    let keeper = keeper();
    let mut first = kept(&keeper).start_telling(good, paged);
    first.run_until_seen(|update| hours(update).is_some_and(|hours| hours.len() == 3)).await;
    assert_eq!(first.counts().get("remembered"), None, "there was nothing to remember");
    while parts(&first).len() < 6 {
        first.run_until_seen(|update| matches!(update, Update::Part { .. })).await;
    }
    keeper.history.flush().await;

    let mut second = kept(&keeper).start_telling(good, paged);
    second.run_until_seen(|update| matches!(update, Update::Answered { .. })).await;
    let kinds: Vec<_> = second.seen.iter().map(|(_, update)| update).collect();
    let [Update::Names(names), Update::Remembered(remembered), Update::Answered { .. }] = kinds[..] else {
        panic!("{kinds:?}")
    };
    assert_eq!(names.len(), 1);
    assert_eq!(remembered.snapshot.as_ref(), first.usage.baseline(CredentialId::new(0)));
    let answers: Vec<_> = remembered.answers.iter().map(|(answer, _)| answer.part()).collect();
    for part in Part::OPTIONAL {
        assert!(answers.contains(&part), "{part:?}: {answers:?}");
    }
    let samples = |kind: WindowKind| {
        let (_, samples) = remembered.samples.iter().find(|(one, _)| *one == kind).unwrap();
        samples.iter().map(|(_, used)| *used).collect::<Vec<_>>()
    };
    assert_eq!((samples(WindowKind::Daily), samples(WindowKind::FourHour)), (vec![12.0], vec![1.25]));
    let known = second.usage.get(CredentialId::new(0)).unwrap();
    assert!(known.baseline().is_some() && known.caps().value().is_some() && known.hours().value().is_some());
    assert_eq!(known.hours().value().unwrap().len(), 3);

    second.run_until(INTERVAL - SECOND).await;
    assert_eq!(
        (second.server.log(), second.server.asked()),
        (vec![], vec![]),
        "what is young enough is not asked again"
    );
    second.run_until(3 * HOUR).await;
    let usage: Vec<_> = second.server.asked().into_iter().filter(|asked| is_usage(&asked.what)).collect();
    assert_eq!(usage[0].what, What::Usage(page(0).buckets[0].hour, 0), "only what is new");
    assert_eq!(second.server.times_of(|what| *what == What::Names), [], "known for a day");
}

#[tokio::test(start_paused = true)]
async fn caps_that_cannot_be_read_are_asked_less_and_less_often() {
    let mut rig = whole(1).start_telling(good, |asked| match asked.what {
        What::Caps if asked.at < 6 * HOUR => refusal(500).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(6 * HOUR).await;
    let tries = rig.server.times_of(|what| *what == What::Caps);
    assert!((8..=12).contains(&tries.len()), "{tries:?}");
    rig.run_until(9 * HOUR).await;
    let tries = rig.server.times_of(|what| *what == What::Caps);
    assert!(tries.len() > 30, "and as before when they can: {tries:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_block_of_four_hours_that_the_server_leaves_out_is_known() {
    let mut rig = Plan { interval: 5 * HOUR, ..whole(1) }.start(good);
    rig.run_until(4 * HOUR + MINUTE).await;
    let times = rig.server.times(0);
    assert_eq!(times.len(), 2, "{times:?}");
    assert_soon(times[1], 4 * HOUR + 2 * SECOND, 18 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_count_that_cannot_be_read_again_keeps_its_age() {
    let mut rig = whole(1).start_telling(good, |asked| match &asked.what {
        What::Rows => Ok(Told::Rows(["a", "b"].into_iter().filter_map(ChuteId::parse).collect())),
        What::Chute(chute) if chute == "a" && asked.at > MINUTE => refusal(500).map(Told::Chute),
        _ => plain(asked),
    });
    rig.run_until(3 * INTERVAL).await;
    let quotas = rig.usage.get(CredentialId::new(0)).unwrap().quotas().value().unwrap();
    let age = |index: usize| (rig.clock.now() - quotas[index].count.fetched_at().unwrap()).num_minutes();
    assert!(age(0) == 14 && age(1) <= 5, "{} {}", age(0), age(1));
    let failed = |index: usize| quotas[index].count.failure().is_some();
    assert!(failed(0) && !failed(1), "the good answer of one leaves the failure of the other");
}
