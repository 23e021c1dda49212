//! What a frame, a filter and a step cost, with few credentials and with very many.
//!
//! `cargo bench` prints the times. A frame with 10,000 credentials should cost at most one and a half times
//! one with 50, since only the visible rows are laid out; filtering 10,000 should stay within 5 ms.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::hint::black_box;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chutes_top::app::{App, Message, Setup};
use chutes_top::domain::credential::{ApiKey, Credential, CredentialId, Identity};
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::text::Zone;
use chutes_top::domain::typed::Typed;
use chutes_top::domain::usage::Update;
use chutes_top::ui;
use chutes_top::ui::theme::Theme;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (120, 40);
const INTERVAL: Duration = Duration::from_mins(5);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_763_920_000, 0).unwrap_or_default()
}

fn identity(index: usize) -> Identity {
    let key = ApiKey::new(format!("cpk_{index:032x}.{index:032x}.{index:032}"));
    Credential::new(CredentialId::new(index), vec![format!("key-{index}")], key).identity
}

/// An app of so many credentials, all answered.
fn app(credentials: usize) -> App {
    let identities = (0..credentials).map(identity).collect();
    let setup = Setup {
        identities,
        interval: INTERVAL,
        zone: Zone::Local,
        notices: vec![],
        demo: false,
        masked: false,
        key_file: None,
    };
    let mut app = App::new(setup);
    step(&mut app, Message::Resized(SIZE.0, SIZE.1));
    for index in 0..credentials {
        let used = if index % 4 == 0 { 1_990.0 } else { 1_262.3 };
        let snapshot = Snapshot::new(QuotaUsage::new(Quota::Finite(2000), Some(used)), now(), now());
        let answer = Update::Answered {
            id: CredentialId::new(index),
            result: Ok(snapshot),
            at: now(),
            next_refresh: Some(now() + INTERVAL),
            interval: INTERVAL,
        };
        step(&mut app, Message::Update(answer));
    }
    app
}

fn step(app: &mut App, message: Message) {
    let _effect = app.update(message, now());
}

fn press(app: &mut App, key: char) {
    step(app, Message::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
}

fn frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    for credentials in [50, 1_000, 10_000] {
        let mut app = app(credentials);
        let Ok(mut terminal) = Terminal::new(TestBackend::new(SIZE.0, SIZE.1));
        let theme = Theme::default();
        let mut second = 0;
        group.bench_function(BenchmarkId::from_parameter(credentials), |bencher| {
            bencher.iter(|| {
                // A frame as it is drawn in life: after a step that moved the selection, a second later.
                second += 1;
                press(&mut app, if second % 2 == 0 { 'k' } else { 'j' });
                let now = now() + Duration::from_secs(second % 240);
                let Ok(_) = terminal.draw(|frame| ui::draw(frame, &app, &theme, now));
                black_box(app.next_change(now))
            });
        });
    }
    group.finish();
}

/// What the first frame after an update pays on top: all credentials are counted anew.
fn recount(criterion: &mut Criterion) {
    let app = app(10_000);
    criterion.bench_function("recount/10000", |bencher| {
        bencher.iter_batched(
            || app.usage().clone(),
            |mut usage| {
                usage.apply(Update::HostPaused(None));
                black_box(usage.overview(now()));
                usage
            },
            BatchSize::LargeInput,
        );
    });
}

fn filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    let app = app(10_000);
    for text in ["9", "is:low", "!key-1 tier:plus"] {
        group.bench_function(BenchmarkId::new("10000", text), |bencher| {
            bencher.iter_batched(
                || {
                    let mut app = app.clone();
                    press(&mut app, '/');
                    app
                },
                |mut app| {
                    step(&mut app, Message::Paste(Typed::new(text.to_owned())));
                    app
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, frame, recount, filter);
criterion_main!(benches);
