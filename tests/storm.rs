//! The whole dashboard under a storm of sizes and of pasted text, under paused time.

mod support;

use chutes_top::domain::failure::FailureKind;
use chutes_top::runtime::Exit;
use pretty_assertions::assert_eq;
use support::play;
use support::source::{Answer, FakeSource};

const LABELS: [&str; 6] = ["work", "a name that is long enough to be cut", "鍵", "d", "e", "f"];

fn source() -> FakeSource {
    FakeSource::answering(vec![
        Answer::Of(Some(1262.3), 2000),
        Answer::Of(Some(300.9), 300),
        Answer::Failure(FailureKind::Timeout, 0),
        Answer::Unlimited,
        Answer::Of(Some(0.0), 0),
        Answer::Of(None, 2000),
    ])
}

/// A thousand sizes from 250 x 80 down to 1 x 1, the large and the small ones mixed.
fn sizes() -> impl Iterator<Item = (u16, u16)> {
    (0..1_000_u16).map(|number| match number % 5 {
        0 => (1 + number / 5 % 12, 1 + number / 7 % 4),
        1 => (1, 1 + number % 80),
        2 => (1 + number % 250, 1),
        _ => (1 + number.wrapping_mul(7_919) % 250, 1 + number.wrapping_mul(104) % 80),
    })
}

#[tokio::test(start_paused = true)]
async fn a_thousand_sizes_on_every_screen_end_in_no_panic() {
    for keys in ["", "?", "j<enter>", "/wo", "xuc"] {
        let exit = play((120, 40), &LABELS, source(), async |pane| {
            pane.settle().await;
            pane.press(keys).await;
            for (columns, rows) in sizes() {
                pane.resize(columns, rows).await;
            }
            let before = pane.screen.frames();
            pane.resize(120, 40).await;
            assert!(pane.screen.frames() > before && !pane.screen.text().trim().is_empty(), "it is blank after {keys}");
        })
        .await;
        assert_eq!(exit, Exit::Quit);
    }
}

#[tokio::test(start_paused = true)]
async fn a_megabyte_of_text_is_cut_to_the_length_of_a_filter() {
    play((250, 20), &LABELS, source(), async |pane| {
        pane.settle().await;
        pane.press("/").await;
        for _ in 0..3 {
            pane.paste(&"x".repeat(1024 * 1024)).await;
        }
        let text = pane.screen.text();
        let kept = text.lines().last().unwrap_or_default().matches('x').count();
        assert!((100..=200).contains(&kept), "{kept} of a million letters are kept:\n{text}");
    })
    .await;
}
