//! The month: what happens in it, minute by minute.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::app::Message;
use chutes_top::app::interval;
use chutes_top::clock::Clock;
use chutes_top::domain::credential::CredentialId;
use chutes_top::domain::usage::part::PartAnswer;
use chutes_top::domain::usage::{CredentialUsage, Freshness, Update};
use crossterm::event::KeyCode;
use fastrand::Rng;
use tokio::time::Instant;

use crate::accounts::{self, OWNERS};
use crate::growth::Growth;
use crate::pane::Pane;
use crate::truth;
use crate::weather::{Spell, Weather};
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_mins(10);

/// It begins an afternoon before the months of the 29th renew, and ends on the last day of February, when those of
/// the 29th, 30th and 31st all do.
const BEGIN: &str = "2027-01-29T12:00:00Z";
const DAYS: i64 = 30;

/// How often something happens, in minutes on the average.
const CLOCK_IS_CORRECTED: u32 = 6 * 60;
const CLOCK_IS_SET: u32 = 4 * 24 * 60;
const MACHINE_SLEEPS: u32 = 36 * 60;
const KEY_IS_REVOKED: u32 = 24 * 60;
const PANE_IS_PAUSED: u32 = 48 * 60;
const USER_LEANS_ON_REFRESH: u32 = 24 * 60;
const USER_PLAYS: u32 = 45;
const HOURS_ARE_LEARNED: u32 = 60;
const DRAWN: u32 = 20;

/// What the user may press when playing. Nothing that leaves the dashboard.
const KEYS: &[char] = &['j', 'k', 'g', 'G', 's', 'S', 'f', 'u', 'c', 'x', 'r', 'R', 'w', '?', '+', '-', 'y', '/', 'é'];
const SIZES: [(u16, u16); 6] = [(120, 40), (80, 24), (40, 10), (30, 3), (200, 60), (1, 1)];

struct Month {
    pane: Pane,
    /// The chance of events; that of the server is its own, so that the two do not depend on each other.
    rng: Rng,
    spell: Spell,
    /// Since when nothing has been wrong.
    well_since: Instant,
    /// The clock is put right by so much then.
    correction: Option<(Instant, TimeDelta)>,
    resumes_at: Option<Instant>,
    growth: Growth,
}

/// What happened, to be sure that it did.
#[derive(Debug, Default)]
struct Seen {
    good: usize,
    bad: usize,
    requests: usize,
    busiest: usize,
    is_pending: bool,
    was_over: bool,
}

impl Month {
    fn begin(seed: u64) -> Self {
        let world = World::new(BEGIN, seed);
        let pane = Pane::open(&world, OWNERS.len(), INTERVAL);
        let spell = Spell { weather: Weather::Fine, until: Instant::now() + 3 * 60 * MINUTE };
        let (rng, growth) = (Rng::with_seed(seed ^ 0x5eed), Growth::default());
        Self { pane, rng, spell, well_since: Instant::now(), correction: None, resumes_at: None, growth }
    }

    async fn run(&mut self) -> Seen {
        let mut seen = Seen::default();
        let end = self.pane.world.truth() + TimeDelta::days(DAYS);
        while self.pane.world.truth() < end {
            self.pane.run_for(MINUTE).await;
            self.weather_changes();
            self.clocks_go_wrong();
            self.user_does_something().await;
            truth::check(&self.pane);
            truth::check_recovered(&self.pane, self.well_since);
            if self.happens(DRAWN) {
                self.look();
            }
            self.growth.look_at(&self.pane);
            let usage = self.pane.app.usage();
            let mut windows = usage.credentials().iter().flat_map(CredentialUsage::windows);
            seen.is_pending |= windows.any(|state| state.window.is_renewal_pending());
            let now = self.pane.world.now();
            seen.was_over |= usage.credentials().iter().any(|entry| entry.freshness(now) == Freshness::PendingReset);
        }
        self.growth.check();
        (seen.good, seen.bad) = self.pane.answers;
        let state = self.pane.world.state();
        (seen.requests, seen.busiest) = (state.requests, state.busiest);
        seen
    }

    fn happens(&mut self, minutes: u32) -> bool {
        self.rng.u32(..minutes) == 0
    }

    fn weather_changes(&mut self) {
        let now = Instant::now();
        if now >= self.spell.until {
            let (weather, lasts) = match self.spell.weather {
                Weather::Fine => Weather::foul(&mut self.rng),
                _ => (Weather::Fine, Weather::fine(&mut self.rng)),
            };
            self.spell = Spell { weather, until: now + lasts };
            self.pane.world.state().weather = weather;
        }
        if self.happens(KEY_IS_REVOKED) {
            let (who, hours) = (self.rng.usize(..OWNERS.len()), self.rng.u32(1..12));
            self.pane.world.state().revoked.insert(who, now + 60 * MINUTE * hours);
        }
        // A pause that a 429 brought outlasts the weather.
        let is_held = self.pane.app.usage().host_paused_until().is_some() || self.pane.app.is_paused();
        if self.spell.weather != Weather::Fine || is_held {
            self.well_since = now;
        }
    }

    fn clocks_go_wrong(&mut self) {
        let now = Instant::now();
        if let Some((_, by)) = self.correction.take_if(|(at, _)| now >= *at) {
            self.pane.world.set_clock(-by);
        }
        if self.happens(CLOCK_IS_CORRECTED) {
            let (by, back) = (self.rng.i64(-20_000..20_000), self.rng.u32(1..30));
            self.clock_is_off_by(TimeDelta::milliseconds(by), MINUTE * back);
        }
        if self.happens(CLOCK_IS_SET) {
            let (by, back) = (self.rng.i64(-26 * 60..26 * 60), self.rng.u32(1..300));
            self.clock_is_off_by(TimeDelta::minutes(by), MINUTE * back);
        }
        if self.happens(MACHINE_SLEEPS) {
            self.pane.world.sleep(TimeDelta::minutes(self.rng.i64(1..600)));
            // Before anything could run, the rows tell the truth already.
            truth::check(&self.pane);
        }
    }

    fn clock_is_off_by(&mut self, by: TimeDelta, lasts: Duration) {
        if self.correction.is_none() {
            self.pane.world.set_clock(by);
            self.correction = Some((Instant::now() + lasts, by));
            truth::check(&self.pane);
        }
    }

    async fn user_does_something(&mut self) {
        if self.resumes_at.take_if(|at| Instant::now() >= *at).is_some() {
            self.toggle_pause().await;
        } else if self.resumes_at.is_none() && self.happens(PANE_IS_PAUSED) {
            self.resumes_at = Some(Instant::now() + MINUTE * self.rng.u32(1..300));
            self.toggle_pause().await;
        }
        if self.happens(USER_LEANS_ON_REFRESH) {
            self.leave_all_but_the_list();
            for _ in 0..150 {
                self.pane.press(KeyCode::Char('R'));
                self.pane.press(KeyCode::Char('r'));
                self.pane.run_for(SECOND).await;
            }
        }
        if self.happens(USER_PLAYS) {
            self.play();
        }
        if self.happens(HOURS_ARE_LEARNED) {
            self.learn_hours();
        }
    }

    fn play(&mut self) {
        let (columns, rows) = SIZES[self.rng.usize(..SIZES.len())];
        self.pane.resize(columns, rows);
        for _ in 0..self.rng.usize(1..12) {
            match self.rng.u8(..8) {
                0 => self.pane.press(KeyCode::Enter),
                1 => self.pane.press(KeyCode::Esc),
                2 => self.pane.press(KeyCode::Tab),
                3 => self.pane.press(KeyCode::Backspace),
                _ => self.pane.press(KeyCode::Char(KEYS[self.rng.usize(..KEYS.len())])),
            }
            self.look();
        }
        self.leave_all_but_the_list();
        self.pane.resize(120, 40);
        self.look();
        // The interval stays near to ten minutes, so that what is checked stays comparable.
        while self.pane.app.interval() != INTERVAL {
            let is_long = self.pane.app.interval() > INTERVAL;
            self.pane.press(KeyCode::Char(if is_long { '-' } else { '+' }));
        }
        assert_eq!(interval::text(self.pane.app.interval()), "10m");
    }

    fn leave_all_but_the_list(&mut self) {
        for _ in 0..4 {
            self.pane.press(KeyCode::Esc);
        }
        if self.pane.app.is_masked() {
            self.pane.press(KeyCode::Char('x'));
        }
        if self.pane.app.shows_remaining() {
            self.pane.press(KeyCode::Char('u'));
        }
    }

    async fn toggle_pause(&mut self) {
        self.leave_all_but_the_list();
        self.pane.press(KeyCode::Char('p'));
        assert_eq!(self.pane.app.is_paused(), self.resumes_at.is_some());
        // The worker says what it plans now.
        self.pane.run_for(SECOND).await;
    }

    /// What a history would tell of one credential: the hours of the 35 days before. Forecasts from those are what
    /// takes longest, so it is one.
    fn learn_hours(&mut self) {
        let (index, at) = (9, self.pane.world.now());
        let hours = accounts::hours(OWNERS[index], self.pane.world.truth()).into();
        let result = Ok(PartAnswer::Usage(hours));
        self.pane.step(Message::Update(Update::Part { id: CredentialId::new(index), result, at }));
    }

    fn look(&mut self) {
        let lines = self.pane.draw();
        truth::check_screen(&self.pane, &lines);
    }
}

#[tokio::test(start_paused = true)]
async fn thirty_days_tell_nothing_but_the_truth() {
    // Another month: SOAK_SEED=7 cargo test --test soak thirty
    let number = std::env::var("SOAK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_270_129);
    let seen = Month::begin(number).run().await;
    assert!(seen.good > 20_000 && seen.bad > 500, "much went well and much did not: {seen:?}");
    assert!(seen.is_pending && seen.was_over, "months and days went by: {seen:?}");
    assert!(seen.busiest > 40, "the budget was leaned on: {seen:?}");
}

#[test]
fn the_month_holds_what_it_should() {
    let begin: DateTime<Utc> = BEGIN.parse().unwrap();
    let end = begin + TimeDelta::days(DAYS);
    let renewals = (0..10).filter_map(|account| {
        let plans = (0..DAYS).filter_map(|day| accounts::plan(account, begin + TimeDelta::days(day))?.anchor);
        plans.max()
    });
    assert!(renewals.filter(|anchor| (begin..end).contains(anchor)).count() >= 5, "months that renew meanwhile");
}
