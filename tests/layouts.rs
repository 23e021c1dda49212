//! Every layout at its sizes, the mouse, and names of which a sign takes two columns or none.

mod support;

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use pretty_assertions::assert_eq;
use support::play;
use support::source::{Answer, FakeSource, LABELS, every_state};

const FULL: (u16, u16) = (120, 40);
const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

/// Plays `keys` at these sizes and compares the screen, colours and all at the largest.
async fn snapshots(name: &str, keys: &str, sizes: &[(u16, u16)]) {
    for &size in sizes {
        play(size, &LABELS, every_state(), async |pane| {
            pane.settle().await;
            pane.press(keys).await;
            let shown = if size.0 == FULL.0 { pane.screen.styled() } else { pane.screen.text() };
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn compact() {
    snapshots("compact", "jv<esc>", &[FULL, (80, 24), (40, 10)]).await;
}

#[tokio::test(start_paused = true)]
async fn the_line() {
    snapshots("line", "vv<esc>", &[FULL, (80, 24), (40, 10)]).await;
    snapshots("one_row", "", &[(120, 1), (80, 2), (40, 1), (20, 1)]).await;
}

#[tokio::test(start_paused = true)]
async fn big() {
    snapshots("big", "jvvv<esc>", &[FULL, (80, 24), (40, 10), (30, 3)]).await;
    snapshots("big_rejected", "jjjjvvv<esc>", &[(80, 24)]).await;
    snapshots("big_unknown", "Gvvv<esc>", &[(80, 24)]).await;
}

#[tokio::test(start_paused = true)]
async fn v_goes_round_and_says_where() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        let before = pane.screen.text();
        for layout in ["compact", "line", "big", "full"] {
            pane.press("v").await;
            assert!(pane.screen.text().contains(&format!("layout: {layout}")), "{}", pane.screen.text());
        }
        pane.press("<esc>").await;
        assert_eq!(pane.screen.text(), before);
        pane.resize(120, 1).await;
        pane.press("v").await;
        assert!(pane.screen.text().contains("layout: compact (no room)"), "{}", pane.screen.text());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_in_front_has_all_the_room_in_every_layout() {
    for layout in ["v", "vv", "vvv"] {
        play(FULL, &LABELS, every_state(), async |pane| {
            pane.settle().await;
            pane.press("?").await;
            let help = pane.screen.text();
            pane.press("?<enter>").await;
            let details = pane.screen.text();
            pane.press(&format!("<esc>{layout}<enter>")).await;
            assert_eq!(pane.screen.text(), details);
            pane.press("<esc>?").await;
            assert_eq!(pane.screen.text(), help);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn in_one_row_the_help_and_a_filter_can_be_read() {
    play((80, 1), &LABELS, every_state(), async |pane| {
        pane.settle().await;
        pane.press("?").await;
        assert!(pane.screen.text().contains("Keys"), "{}", pane.screen.text());
        pane.press("j").await;
        assert!(pane.screen.text().contains("filter by name"), "{}", pane.screen.text());
        pane.press("?/al").await;
        assert!(pane.screen.text().starts_with(" / al"), "{}", pane.screen.text());
        pane.press("<enter>").await;
        assert_eq!(pane.screen.text(), "chutes ■ alice 0 % · 7 hidden · reset 5h 12m\n");
    })
    .await;
}

/// How many frames an hour of rest takes, in which no countdown is in seconds.
async fn frames_of_an_hour(size: (u16, u16), keys: &str) -> usize {
    let mut frames = 0;
    play(size, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        pane.press("p").await;
        pane.press(keys).await;
        // What turns stale has done so, also what is asked for once an hour.
        tokio::time::sleep(Duration::from_hours(2)).await;
        let before = pane.screen.frames();
        tokio::time::sleep(Duration::from_hours(1)).await;
        frames = pane.screen.frames() - before;
    })
    .await;
    frames
}

#[tokio::test(start_paused = true)]
async fn a_resting_pane_draws_only_what_turns() {
    for keys in ["", "v", "vv", "vvv"] {
        let frames = frames_of_an_hour(FULL, keys).await;
        assert!((59..=61).contains(&frames), "{keys}: {frames} frames in an hour");
    }
    // The clock time of the reset stands still, and the line tells no age.
    assert_eq!(frames_of_an_hour((120, 1), "c").await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_last_minutes_are_counted_in_seconds_in_the_line_and_the_big_view() {
    for keys in ["vv", "vvv"] {
        play(FULL, &LABELS, every_state(), async |pane| {
            pane.settle().await;
            pane.press(keys).await;
            tokio::time::sleep(Duration::from_mins(5 * 60 + 4)).await;
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..10 {
                seen.insert(pane.screen.text());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            assert_eq!(seen.len(), 10, "{seen:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_wheel_scrolls_and_a_click_selects() {
    let labels: Vec<String> = (0..30).map(|number| format!("key-{number:02}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    play((80, 10), &labels, FakeSource::new(), async |pane| {
        let selected = || pane.screen.text().lines().find(|line| line.starts_with('▌')).map(str::to_owned);
        let first = || pane.screen.text().lines().nth(2).map(str::to_owned).unwrap_or_default();
        pane.settle().await;
        pane.mouse(CLICK, 10, 4).await;
        assert!(selected().unwrap().contains("key-02"), "{}", pane.screen.text());
        pane.mouse(MouseEventKind::ScrollDown, 10, 4).await;
        assert!(first().contains("key-03") && selected().unwrap().contains("key-03"), "{}", pane.screen.text());
        pane.mouse(CLICK, 10, 5).await;
        pane.mouse(MouseEventKind::ScrollUp, 10, 4).await;
        assert!(first().contains("key-00") && selected().unwrap().contains("key-06"), "{}", pane.screen.text());
        for _ in 0..20 {
            pane.mouse(MouseEventKind::ScrollDown, 10, 4).await;
        }
        assert!(first().contains("key-23") && pane.screen.text().contains("key-29"), "{}", pane.screen.text());
        // Header, titles and footer select nothing.
        let before = pane.screen.text();
        for row in [0, 1, 9, 300] {
            pane.mouse(CLICK, 10, row).await;
        }
        assert_eq!(pane.screen.text(), before);
        pane.press("?").await;
        pane.mouse(MouseEventKind::ScrollDown, 10, 4).await;
        let turned = pane.screen.text();
        pane.press("gjjj").await;
        assert_eq!(turned, pane.screen.text());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_wheel_turns_to_the_next_key_in_the_big_view_and_does_nothing_in_the_line() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        pane.press("vvv").await;
        pane.mouse(MouseEventKind::ScrollDown, 0, 0).await;
        assert!(pane.screen.text().contains("batch   pro   2 of 8"), "{}", pane.screen.text());
        pane.mouse(CLICK, 0, 8).await;
        assert!(pane.screen.text().contains("2 of 8"), "{}", pane.screen.text());
        pane.resize(120, 1).await;
        let before = pane.screen.text();
        pane.mouse(MouseEventKind::ScrollDown, 0, 0).await;
        pane.mouse(CLICK, 0, 0).await;
        assert_eq!(pane.screen.text(), before);
    })
    .await;
}

/// Names of wide, combining, joined and flag signs, and one that has to be cut in the middle of a wide one.
const WIDE: [&str; 7] = [
    "plain",
    "日本語",
    "cafe\u{301}",
    "👩\u{200d}💻 dev",
    "🇨🇭 key",
    "e\u{301}e\u{301}e\u{301}",
    "日本語日本語日本語日本語日本語",
];

#[tokio::test(start_paused = true)]
async fn wide_and_combining_names_do_not_shift_what_follows() {
    for (size, keys) in [(FULL, ""), ((80, 24), ""), ((40, 12), ""), (FULL, "v<esc>"), ((40, 12), "v<esc>")] {
        play(size, &WIDE, FakeSource::new(), async |pane| {
            pane.settle().await;
            pane.press(keys).await;
            let rows: Vec<Vec<String>> = (0..usize::from(size.1)).map(|row| pane.screen.cells(row)).collect();
            let percents: Vec<usize> =
                rows.iter().skip(1).filter_map(|row| row.iter().position(|cell| cell == "%")).collect();
            assert_eq!(percents.len(), WIDE.len(), "{}", pane.screen.text());
            assert!(percents.iter().all(|place| *place == percents[0]), "{percents:?}\n{}", pane.screen.text());
            assert!(rows.iter().any(|row| row.iter().any(|cell| cell == "e\u{301}")), "{}", pane.screen.text());
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn wide_names_fill_the_line_and_no_more() {
    for columns in 1..=80 {
        let empty = FakeSource::answering(vec![Answer::Of(Some(300.0), 300)]);
        play((columns, 1), &WIDE, empty, async |pane| {
            pane.settle().await;
            let row = pane.screen.cells(0);
            assert_eq!(row.len(), usize::from(columns));
            if columns >= 16 {
                assert!(row.concat().contains("plain 0 %"), "{columns}: {}", pane.screen.text());
            }
        })
        .await;
    }
}
