//! What the line and the big view say of accounts, awkward names and states.

use pretty_assertions::assert_eq;

use super::account::whole;
use super::*;

fn first_row(app: &mut App, columns: u16) -> String {
    screen(app, (columns, 1)).lines().next().unwrap_or_default().trim_end_matches('|').trim_end().to_owned()
}

#[test]
fn the_line_names_or_counts_an_account_once() {
    let mut app = account::accounts(&[("one", 1), ("two", 1), ("three", 2), ("four", 3), ("five", 3)]);
    for index in [0, 1] {
        answer(&mut app, index, Quota::Finite(300), Some(290.0), 30);
    }
    answer(&mut app, 2, Quota::Finite(300), Some(300.0), 30);
    answer(&mut app, 3, Quota::Finite(300), Some(1.0), 30);
    answer(&mut app, 4, Quota::Finite(300), Some(1.0), 30);
    assert_eq!(first_row(&mut app, 80), "chutes ■ three 0 % · ‼ one 3 % · 1 ok · reset 5h 12m");
    // Refused, a key is a matter of its own, whatever the others of its account say.
    fail(&mut app, 4, rejected(), 10, Some(600));
    assert_eq!(first_row(&mut app, 80), "chutes ■ three 0 % · ‼ one 3 % · 1 ok · reset 5h 12m");
    press(&mut app, "x");
    assert_eq!(first_row(&mut app, 80), "chutes ■ key 3 0 % · ‼ key 1 3 % · 1 ok · reset 5h 12m");
}

#[test]
fn the_line_tells_how_to_clear_a_filter_that_nothing_matches() {
    let mut app = rich();
    press(&mut app, "/zzz\n");
    for (columns, said) in [
        (80, "chutes no key matches the filter: Esc clears it"),
        (40, "no key matches the filter: Esc clears it"),
        (39, "no match: Esc clears it"),
        (20, "15 hidden"),
    ] {
        assert_eq!(first_row(&mut app, columns), said);
    }
}

#[test]
fn the_line_at_its_widths() {
    let mut all = String::new();
    for make in [rich as fn() -> App, calm, whole, hostile, || app(&[]), || app(&["one", "two"])] {
        for columns in [200, 120, 80, 60, 40, 20, 10] {
            all.push_str(&first_row(&mut make(), columns));
            all.push('\n');
        }
        let mut held = make();
        press(&mut held, "pc");
        all.push_str(&first_row(&mut held, 120));
        all.push_str("\n\n");
    }
    insta::assert_snapshot!("lines", all);
}

#[test]
fn the_big_view_of_each_state() {
    let mut all = String::new();
    let mut app = rich();
    press(&mut app, "vvv");
    for _ in 0..app.rows().len() {
        all.push_str(&screen(&mut app, (60, 12)));
        press(&mut app, "j");
    }
    let mut odd = hostile();
    press(&mut odd, "vvvj");
    all.push_str(&screen(&mut odd, (60, 12)));
    press(&mut odd, "/zzz\n");
    all.push_str(&screen(&mut odd, (60, 12)));
    insta::assert_snapshot!("big_views", all);
}

#[test]
fn ascii_is_ascii_in_every_layout() {
    for keys in ["v", "vv", "vvv", "jjjjvvv"] {
        let mut app = rich();
        press(&mut app, keys);
        let terminal = terminal(&mut app, (120, 40), &Theme::default().ascii());
        let symbols: String = terminal.backend().buffer().content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(symbols.is_ascii(), "{keys}: {symbols}");
    }
}
