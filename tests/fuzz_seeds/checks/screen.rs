//! Whatever was understood must also be safe to show: on the screen, in the reports, in the windows.

use std::time::Duration;

use chrono::FixedOffset;
use chrono::{DateTime, TimeDelta, Utc};
use chutes_top::app::{App, Message, Setup};
use chutes_top::domain::credential::{Credential, CredentialId};
use chutes_top::domain::failure::Failure;
use chutes_top::domain::quota::{Quota, QuotaUsage};
use chutes_top::domain::snapshot::Snapshot;
use chutes_top::domain::text::Zone;
use chutes_top::domain::usage::part::{Part, PartAnswer};
use chutes_top::domain::usage::{Update, UsageManager};
use chutes_top::report::{self, Identities};
use chutes_top::ui;
use chutes_top::ui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::{assert_no_key, assert_safe, key, now};

pub(super) const INTERVAL: Duration = Duration::from_mins(5);

pub(super) fn zone() -> Zone {
    Zone::Fixed(FixedOffset::east_opt(3600).unwrap())
}

/// An app of these credentials, of which nothing is known.
pub(super) fn app(credentials: &[Credential], size: (u16, u16)) -> App {
    let identities = credentials.iter().map(|credential| credential.identity.clone()).collect();
    let setup = Setup {
        identities,
        interval: INTERVAL,
        zone: zone(),
        notices: Vec::new(),
        demo: false,
        masked: false,
        key_file: None,
    };
    let mut app = App::new(setup);
    let _effect = app.update(Message::Resized(size.0, size.1), now());
    app
}

pub(super) fn answered(id: usize, result: Result<QuotaUsage, Failure>) -> Update {
    Update::Answered {
        id: CredentialId::new(id),
        result: result.map(|usage| Snapshot::new(usage, now(), now())),
        at: now(),
        next_refresh: Some(now() + INTERVAL),
        interval: INTERVAL,
    }
}

pub(super) fn part(result: Result<PartAnswer, (Part, Failure)>) -> Update {
    Update::Part { id: CredentialId::new(0), result, at: now() }
}

pub(super) fn press(app: &mut App, code: KeyCode) {
    let _effect = app.update(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)), now());
}

/// Draws, checks every cell, and gives the text. The size is that of the screen, whatever the app was told.
pub(super) fn draw(app: &App, (columns, rows): (u16, u16), at: DateTime<Utc>) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| ui::draw(frame, app, &Theme::default(), at)).unwrap();
    let buffer = terminal.backend().buffer();
    let text: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    assert_safe(&text, usize::from(columns) * usize::from(rows) * 4);
    text
}

/// Whether what came of these bytes is drawn: to draw costs a hundred times what it costs to parse, so of what a
/// fuzzer makes up one in sixteen is, the same ones each time.
pub(super) fn is_drawn(data: &[u8]) -> bool {
    let sum = data.iter().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    !cfg!(fuzzing) || (sum ^ (sum >> 16)) % 16 == 0
}

/// Shows a credential of which just this is known, now and a day later, in the list and in details.
pub(super) fn show(data: &[u8], updates: Vec<Update>) {
    if !is_drawn(data) {
        return;
    }
    let credential = Credential::new(CredentialId::new(0), vec!["fuzz".to_owned()], key());
    let mut app = app(&[credential], (120, 40));
    let known = answered(0, Ok(QuotaUsage::new(Quota::Finite(2000), Some(12.3))));
    for update in std::iter::once(known).chain(updates) {
        let _effect = app.update(Message::Update(update), now());
    }
    check_windows(app.usage(), now());
    check_reports(app.usage());
    assert_no_key(&draw(&app, (120, 40), now()));
    press(&mut app, KeyCode::Enter);
    assert_no_key(&draw(&app, (80, 24), now()));
    let tomorrow = now() + TimeDelta::days(1);
    check_windows(app.usage(), tomorrow);
    assert_no_key(&draw(&app, (120, 40), tomorrow));
    assert!(app.next_change(tomorrow).is_none_or(|at| at > tomorrow), "it would be drawn again and again");
}

fn check_windows(usage: &UsageManager, at: DateTime<Utc>) {
    for entry in usage.credentials() {
        for state in entry.windows() {
            let left = state.window.remaining_fraction();
            assert!(left.is_none_or(|left| (0.0..=1.0).contains(&left)), "{state:?}");
            assert!(state.window.remaining().is_none_or(|left| left.is_finite() && left >= 0.0), "{state:?}");
            assert!(state.empty_at().is_none_or(|empty| state.window.reset_at.is_none_or(|reset| empty <= reset)));
        }
        let room = entry.room(at);
        assert!(room.is_none_or(|room| room >= 0.0), "{room:?}");
    }
}

fn check_reports(usage: &UsageManager) {
    let table = report::table(usage, now(), zone());
    assert!(table.lines().all(|line| !line.chars().any(char::is_control)), "{table:?}");
    assert_no_key(&table);
    let json = report::json(usage, now(), Identities::Shown).unwrap();
    assert_no_key(&json);
    let _value: serde_json::Value = serde_json::from_str(&json).unwrap();
}
