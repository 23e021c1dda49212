//! Credentials of two lines each.

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;

fn click(app: &mut App, row: u16) -> Option<String> {
    let kind = MouseEventKind::Down(MouseButton::Left);
    let event = MouseEvent { kind, column: 5, row, modifiers: KeyModifiers::NONE };
    let _effect = app.update(Message::Mouse(event), noon());
    selected_name(app)
}

#[rstest]
#[case((120, 40), 2)]
#[case((80, 17), 2)]
#[case::too_low((80, 16), 1)]
#[case::too_narrow((79, 40), 1)]
fn a_key_has_two_where_there_is_room_for_twice_as_many(#[case] size: (u16, u16), #[case] lines: u16) {
    let mut app = app();
    resize(&mut app, size.0, size.1);
    assert_eq!(app.layout().map(|layout| layout.lines), Some(lines));
    // What is hidden counts too: typing a filter lays nothing out anew.
    let _effect = press(&mut app, "/batch");
    assert_eq!(app.layout().map(|layout| layout.lines), Some(lines));
}

#[test]
fn a_pane_without_rules_has_no_second_lines() {
    let mut app = app_with(&["work"]);
    resize(&mut app, 120, 15);
    assert_eq!(app.layout().map(|layout| layout.lines), Some(1));
}

#[test]
fn either_line_of_a_key_selects_it() {
    let mut app = app();
    resize(&mut app, 120, 40);
    // A header of two rows, and the titles.
    let clicked: Vec<_> = [7, 4, 8, 14, 15, 36].into_iter().map(|row| click(&mut app, row).unwrap()).collect();
    assert_eq!(clicked, ["alice", "work", "alice", "key 2", "key 2", "key 2"].map(str::to_owned));
}

#[test]
fn all_keys_are_in_sight_so_that_nothing_scrolls() {
    let mut app = app();
    resize(&mut app, 80, 17);
    let _effect = press(&mut app, "G");
    assert_eq!((app.selected_row(), app.first_row()), (Some(5), 0));
    resize(&mut app, 80, 9);
    assert_eq!(app.first_row(), 0, "one line each");
    resize(&mut app, 80, 8);
    assert_eq!(app.first_row(), 1);
    resize(&mut app, 80, 17);
    assert_eq!(app.first_row(), 0);
}
