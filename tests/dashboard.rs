//! The whole dashboard, from keys to cells: the real event loop, app, worker and screen, under paused time.

mod support;

use std::time::Duration;

use chutes_top::clock::Clock as _;
use chutes_top::config::Alerts;
use chutes_top::domain::failure::FailureKind;
use chutes_top::runtime::Exit;
use chutes_top::runtime::attention::Attention;
use chutes_top::runtime::signals::Signal;
use pretty_assertions::assert_eq;
use support::source::{Answer, FakeSource, LABELS, every_state};
use support::{Asked, GOOD_KEY, PausedClock, play, play_for};

const FULL: (u16, u16) = (120, 40);

/// The sizes that every screen is looked at in.
const SIZES: [(u16, u16); 4] = [FULL, (80, 24), (40, 10), (30, 3)];

/// Plays `keys` at every size and compares the screen, colours and all at the largest.
async fn snapshots(name: &str, keys: &str) {
    for size in SIZES {
        play(size, &LABELS, every_state(), async |pane| {
            pane.settle().await;
            pane.press(keys).await;
            let shown = if size == FULL { pane.screen.styled() } else { pane.screen.text() };
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_list() {
    snapshots("list", "").await;
}

/// However the texts wrap, no key is lost past the end.
#[tokio::test(start_paused = true)]
async fn at_the_end_of_the_details_the_next_key_up_is_seen() {
    for size in SIZES.into_iter().skip(1) {
        play(size, &LABELS, every_state(), async |pane| {
            pane.settle().await;
            pane.press("jjjj<enter>").await;
            pane.press("G").await;
            let end = pane.screen.text();
            pane.press("k").await;
            let above = pane.screen.text();
            assert!(above != end, "{size:?}: {end}");
            pane.press("jjjjjjjjjj").await;
            assert_eq!(pane.screen.text(), end, "{size:?}");
            pane.press("k").await;
            assert_eq!(pane.screen.text(), above, "{size:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_details_of_a_key() {
    snapshots("details", "j<enter>").await;
}

#[tokio::test(start_paused = true)]
async fn the_details_of_a_rejected_key() {
    snapshots("details_rejected", "jjjj<enter>").await;
}

#[tokio::test(start_paused = true)]
async fn the_help() {
    snapshots("help", "?").await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_being_typed() {
    snapshots("filter", "/tier:pro").await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_nothing_matches() {
    snapshots("filter_empty", "/nobody<enter>").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_known_yet() {
    for size in SIZES {
        let slow = every_state().with_pace(Duration::from_secs(9));
        play(size, &LABELS, slow, async |pane| {
            pane.settle().await;
            insta::assert_snapshot!(format!("waiting_{}x{}", size.0, size.1), pane.screen.text());
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_credentials() {
    for size in SIZES {
        play(size, &[], FakeSource::new(), async |pane| {
            pane.settle().await;
            insta::assert_snapshot!(format!("welcome_{}x{}", size.0, size.1), pane.screen.text());
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_typed_is_told_by_its_length_alone() {
    for size in SIZES {
        play(size, &[], FakeSource::new(), async |pane| {
            pane.paste("cpk_sssssss.sssssss").await;
            insta::assert_snapshot!(format!("key_{}x{}", size.0, size.1), pane.screen.text());
            pane.press("<enter>").await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            insta::assert_snapshot!(format!("key_refused_{}x{}", size.0, size.1), pane.screen.text());
            assert!(!pane.screen.text().contains("sss"));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_good_key_is_a_live_row_without_a_restart() {
    play(FULL, &[], FakeSource::new(), async |pane| {
        pane.press("cpk_bad<enter>").await;
        assert!(pane.screen.text().contains("asking the server"), "{}", pane.screen.text());
        pane.press("<esc>").await;
        assert!(pane.screen.text().contains("No Chutes API key is set"), "{}", pane.screen.text());
        pane.paste(&format!("{GOOD_KEY}\n")).await;
        pane.press("<enter>").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let text = pane.screen.text();
        assert!(text.contains("default") && text.contains('%') && text.contains("kept in the keyring"), "{text}");
        assert_eq!(*pane.host.0.lock().unwrap(), [Asked::TryKey, Asked::LetKeyGo, Asked::TryKey]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_crossing_is_told_once_and_the_title_follows() {
    let alerts = Alerts { bell: true, desktop: true, command: vec!["tell".to_owned()], ..Alerts::default() };
    let attention = Attention::new(alerts, true, false, PausedClock::new().now());
    let source = FakeSource::answering(vec![Answer::Of(Some(100.0), 1000)]);
    play_for(attention, FULL, &["work"], source, async |pane| {
        pane.settle().await;
        pane.press("R").await;
        pane.source.answer(vec![Answer::Of(Some(855.0), 1000)]);
        pane.press("R").await;
        pane.press("R").await;
        pane.signal(Signal::Continue).await;
        let asked = pane.host.0.lock().unwrap().clone();
        let sent: Vec<&str> = asked
            .iter()
            .filter_map(|asked| match asked {
                Asked::Send(sequence) => Some(sequence.as_str()),
                _ => None,
            })
            .collect();
        let title = |text: &str| format!("\x1b]2;{text}chutes-top\x1b\\");
        let (full, low) = (title("work 90 % left - "), title("work 14 % left - "));
        assert_eq!(sent, [&title(""), &full, "\x07", &low, &low], "the last one after the stop");
        assert_eq!(asked.iter().filter(|asked| matches!(asked, Asked::Run(_))).count(), 1);
        let note = Asked::Notify("work: 14 % left of day (855 / 1,000)".to_owned());
        assert_eq!(asked.iter().filter(|asked| **asked == note).count(), 1, "{asked:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn too_small_says_so_and_recovers() {
    play((20, 3), &LABELS, every_state(), async |pane| {
        pane.settle().await;
        assert!(!pane.screen.text().contains("work"));
        pane.resize(80, 24).await;
        assert!(pane.screen.text().contains("work"), "{}", pane.screen.text());
        for columns in (0..=120).chain((0..120).rev()) {
            pane.resize(columns, columns / 3).await;
        }
        pane.resize(80, 24).await;
        assert!(pane.screen.text().contains("work"), "{}", pane.screen.text());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rows_fill_one_by_one() {
    let source = every_state().with_pace(Duration::from_secs(1));
    play(FULL, &["one", "two", "three"], source, async |pane| {
        let filled = || ["1,262.3", "4,321.7", "300.9"].map(|number| pane.screen.text().contains(number));
        pane.settle().await;
        assert_eq!(filled(), [false; 3], "{}", pane.screen.text());
        for expected in [[true, false, false], [true, true, false], [true; 3]] {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(filled(), expected, "{}", pane.screen.text());
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn r_asks_for_one_key_and_capital_r_for_all() {
    play(FULL, &["one", "two", "three"], FakeSource::new(), async |pane| {
        pane.settle().await;
        assert_eq!(pane.source.asked(), [0, 1, 2]);
        pane.source.answer(vec![Answer::Of(Some(1999.0), 2000)]);
        tokio::time::sleep(Duration::from_secs(30)).await;
        pane.press("jr").await;
        assert_eq!(pane.source.asked(), [0, 1, 2, 1]);
        assert!(pane.screen.text().contains("1,999"), "{}", pane.screen.text());
        tokio::time::sleep(Duration::from_secs(30)).await;
        pane.press("R").await;
        let mut last = pane.source.asked().split_off(4);
        last.sort_unstable();
        assert_eq!(last, [0, 1, 2]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_keeps_the_numbers() {
    play(FULL, &["one"], FakeSource::new(), async |pane| {
        pane.settle().await;
        pane.source.answer(vec![Answer::Failure(FailureKind::ServerError, 503)]);
        tokio::time::sleep(Duration::from_secs(30)).await;
        pane.press("r").await;
        let text = pane.screen.text();
        assert!(text.contains("12.3 / 2,000") && text.contains("503"), "{text}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_resting_pane_draws_once_a_minute() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        // The hour holds no reset, and no countdown in seconds.
        pane.press("p").await;
        let before = pane.screen.frames();
        tokio::time::sleep(Duration::from_hours(1)).await;
        let drawn = pane.screen.frames() - before;
        assert!((59..=64).contains(&drawn), "{drawn} frames in an hour");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_pane_draws_nothing() {
    play(FULL, &[], FakeSource::new(), async |pane| {
        pane.settle().await;
        let before = pane.screen.frames();
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(pane.screen.frames(), before);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_answers_is_few_frames() {
    let labels: Vec<String> = (0..200).map(|number| format!("key {number}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    play(FULL, &labels, FakeSource::new(), async |pane| {
        pane.settle().await;
        assert_eq!(pane.source.asked().len(), 200);
        assert!(pane.screen.frames() <= 4, "{} frames", pane.screen.frames());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_held_key_does_not_run_ahead_of_the_screen() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        let before = pane.screen.frames();
        pane.press_at_once("jjjjkkkkjjjjkkkkjj").await;
        assert_eq!(pane.screen.frames() - before, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_is_drawn_at_once_while_answers_come_in() {
    let source = every_state().with_pace(Duration::from_millis(7));
    play(FULL, &LABELS, source, async |pane| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = tokio::time::Instant::now();
        pane.press_now("?").await;
        assert!(pane.screen.text().contains("this help"), "{}", pane.screen.text());
        assert_eq!(began.elapsed(), Duration::ZERO);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn every_way_out() {
    for (keys, signal, expected) in [
        ("q", None, Exit::Quit),
        ("<C-c>", None, Exit::Quit),
        ("/abc<C-c>", None, Exit::Quit),
        ("", Some(Signal::Interrupt), Exit::Interrupted),
        ("", Some(Signal::Terminate), Exit::Terminated),
        ("", Some(Signal::HangUp), Exit::HungUp),
    ] {
        let exit = play(FULL, &LABELS, every_state(), async |pane| {
            pane.press(keys).await;
            if let Some(signal) = signal {
                pane.signal(signal).await;
            }
        })
        .await;
        assert_eq!(exit, expected, "{keys} {signal:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn escape_never_leaves() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.press("<esc><esc><enter><esc><esc>/a<esc><esc>?<esc><esc>").await;
        pane.press("?").await;
        assert!(pane.screen.text().contains("this help"), "{}", pane.screen.text());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn suspending_stops_and_continuing_draws_everything_anew() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        pane.press("<C-z>").await;
        assert_eq!(*pane.host.0.lock().unwrap(), [Asked::Suspend]);
        pane.signal(Signal::Stop).await;
        let before = pane.screen.text();
        pane.screen.scribble();
        pane.signal(Signal::Continue).await;
        assert_eq!(*pane.host.0.lock().unwrap(), [Asked::Suspend, Asked::Stop, Asked::Resume]);
        assert_eq!(pane.screen.text(), before);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn ctrl_l_repairs_a_spoilt_screen() {
    play(FULL, &LABELS, every_state(), async |pane| {
        pane.settle().await;
        let before = pane.screen.text();
        pane.screen.scribble();
        assert!(pane.screen.text() != before);
        pane.press("<C-l>").await;
        assert_eq!(pane.screen.text(), before);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_demo_starts_at_a_key() {
    play(FULL, &[], FakeSource::new(), async |pane| {
        pane.settle().await;
        pane.press("d").await;
        assert_eq!(*pane.host.0.lock().unwrap(), [Asked::Demo]);
        let text = pane.screen.text();
        assert!(text.contains("simulated") && text.contains("12.3 / 2,000") && text.contains("DEMO"), "{text}");
    })
    .await;
}
