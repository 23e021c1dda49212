//! A week of a hundred credentials, behind an edge that bans an address which passes sixty requests a minute, with a
//! user who leans on `R`: nobody is banned, and nobody is forgotten. Alone, and with ten instances that share a history.
//!
//! `cargo test` runs a day of the one and four hours of the other; the week of both is
//! `CHUTES_TOP_SIMULATED_HOURS=168 cargo test --release --test worker week -- --nocapture`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chutes_top::clock::Clock as _;
use chutes_top::domain::quota::Headroom;
use chutes_top::history::History;
use chutes_top::worker::{Command, Keeper, REQUESTS_PER_MINUTE, effective_interval};

use crate::rig::{Asked, INTERVAL, MINUTE, Plan, Rig, SECOND, good, plain, used_up};

const COUNT: usize = 100;
/// Past so many in a minute the edge bans.
const EDGE: usize = 60;
/// These are used up, and asked hourly.
const USED_UP: usize = 7;

/// The edge in front of the server.
#[derive(Default)]
struct Edge {
    recent: Mutex<VecDeque<Duration>>,
    bans: AtomicUsize,
    most: AtomicUsize,
}

impl Edge {
    fn pass(&self, at: Duration) {
        let mut recent = self.recent.lock().unwrap();
        recent.push_back(at);
        while recent.front().is_some_and(|first| *first + MINUTE < at) {
            recent.pop_front();
        }
        self.most.fetch_max(recent.len(), Ordering::Relaxed);
        if recent.len() > EDGE {
            self.bans.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How long to simulate, in hours, when nothing else is asked for.
fn hours(default: u64) -> u64 {
    std::env::var("CHUTES_TOP_SIMULATED_HOURS").ok().and_then(|hours| hours.parse().ok()).unwrap_or(default)
}

/// The user leans on `R` for the first ten minutes of each hour, and presses it now and then in the rest.
fn presses(minute: u64) -> bool {
    minute % 60 < 10 || minute.is_multiple_of(17)
}

#[expect(clippy::print_stdout, reason = "the figures, for whoever runs the week")]
async fn simulate(instances: u64, hours: u64, per_press: u32) {
    let history = History::inline("2026-11-23T08:00:00Z".parse().unwrap());
    let keeper = Keeper { history, base: "https://api.example.com".to_owned() };
    let per_minute = Some(REQUESTS_PER_MINUTE);
    let plan = Plan { whole_account: true, per_minute, keeper: Some(keeper), capacity: 4_096, ..Plan::of(COUNT) };
    let edge = Arc::new(Edge::default());
    let (daily, parts) = (Arc::clone(&edge), Arc::clone(&edge));
    let server = plan.telling_server(
        move |request, nth| {
            daily.pass(request.at);
            if request.who == USED_UP { used_up(request, nth) } else { good(request, nth) }
        },
        move |asked: &Asked| {
            parts.pass(asked.at);
            plain(asked)
        },
    );
    let mut rigs: Vec<Rig> = (0..instances).map(|seed| plan.start_with(&server, seed)).collect();
    let interval = effective_interval(COUNT, COUNT, INTERVAL, per_minute);
    let mut oldest = Duration::ZERO;
    for minute in 0..hours * 60 {
        let presses = if presses(minute) { per_press } else { 0 };
        for press in 0..presses {
            rigs[0].tell(Command::RefreshAll).await;
            run(&mut rigs, minute, MINUTE / per_press * press).await;
        }
        run(&mut rigs, minute, MINUTE - SECOND).await;
        if minute > 20 {
            oldest = rigs.iter().map(age).fold(oldest, Duration::max);
        }
    }
    assert_eq!(edge.bans.load(Ordering::Relaxed), 0);
    let most = edge.most.load(Ordering::Relaxed);
    assert!(most <= 45, "{most} in one minute");
    assert!(oldest <= interval * 3 / 2, "{oldest:?} of {interval:?}");
    println!(
        "{instances} instances, {hours} hours: {} daily and {} other requests, at most {most} a minute, none older than {:.2} intervals",
        server.log().len(),
        server.asked().len(),
        oldest.as_secs_f64() / interval.as_secs_f64()
    );
}

async fn run(rigs: &mut [Rig], minute: u64, into: Duration) {
    let until = SECOND * u32::try_from(minute * 60).unwrap() + into;
    for rig in &mut *rigs {
        rig.seen.clear();
        rig.run_until(until).await;
    }
}

/// The age of the oldest number, but for those that are used up.
fn age(rig: &Rig) -> Duration {
    let now = rig.clock.now();
    let credentials = rig.usage.credentials().iter();
    let snapshots = credentials.map(|one| one.baseline().expect("each has been answered"));
    let turns = snapshots.filter(|snapshot| snapshot.usage.headroom() != Headroom::Exhausted);
    turns.map(|snapshot| (now - snapshot.fetched_at).to_std().unwrap_or_default()).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_week_alone() {
    simulate(1, hours(24), 30).await;
}

#[tokio::test(start_paused = true)]
async fn a_week_of_ten_instances() {
    simulate(10, hours(4), 6).await;
}
