//! Every screen in every layout and two themes, with its colours: a file a screen.
//!
//! A layout in which a screen looks as it does in another is named beside it. Under the text stands how each cell is
//! styled, and what the letters mean in either theme.

#![allow(clippy::unwrap_used, reason = "a picture that cannot be taken must fail the test")]

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use chutes_top::app::App;
use chutes_top::app::themes::Themes;
use chutes_top::clock::Clock as _;
use chutes_top::domain::view::{Shape, View};
use chutes_top::palette::{Depth, built_in};
use chutes_top::runtime::attention::Attention;
use pretty_assertions::assert_eq;
use rstest::rstest;
use support::screen::Painted;
use support::source::{LABELS, every_state};
use support::{PausedClock, play_dressed};

const THEMES: [&str; 2] = ["auto", "catppuccin-mocha"];
const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 40);

/// What is seen of a screen, in one layout and one theme.
async fn seen(shape: Shape, theme: &str, size: (u16, u16), screen: &Case) -> (String, Painted) {
    let dress = |app: App| {
        let view = View { shape, ..View::default() };
        app.starting_with(&view, PausedClock::new().now()).with_themes(Themes::new(built_in(), theme, Depth::True))
    };
    let source = every_state().with_pace(if screen.slow { Duration::from_secs(9) } else { Duration::ZERO });
    let mut seen = None;
    play_dressed(dress, Attention::default(), size, screen.labels, source, async |pane| {
        pane.settle().await;
        pane.press(screen.keys).await;
        if let Some(pasted) = screen.pasted {
            pane.paste(pasted).await;
            pane.press(screen.then).await;
            tokio::time::sleep(Duration::from_secs(screen.seconds)).await;
        }
        seen = Some((pane.screen.text(), pane.screen.painted()));
    })
    .await;
    seen.unwrap()
}

/// How to come to a screen.
#[derive(Default)]
struct Case {
    labels: &'static [&'static str],
    /// Whether no answer is in yet.
    slow: bool,
    keys: &'static str,
    pasted: Option<&'static str>,
    /// The keys after what was pasted.
    then: &'static str,
    /// How long to wait after those.
    seconds: u64,
}

const fn keys(keys: &'static str) -> Case {
    Case { labels: &LABELS, slow: false, keys, pasted: None, then: "", seconds: 0 }
}

/// A screen without credentials, after these keys.
const fn nobody(keys: &'static str) -> Case {
    Case { labels: &[], slow: false, keys, pasted: None, then: "", seconds: 0 }
}

const fn pasted(then: &'static str, seconds: u64) -> Case {
    Case { labels: &[], slow: false, keys: "", pasted: Some("cpk_sssssss.sssssss"), then, seconds }
}

#[rstest]
#[case("list", keys(""))]
#[case("list_marked", keys("Gkkkp"))]
#[case("list_masked", keys("x<esc>"))]
#[case("list_waiting", Case { slow: true, ..keys("") })]
#[case("filter_typed", keys("/tier:pro"))]
#[case("filter_kept", keys("/tier:pro<enter>"))]
#[case("filter_empty", keys("/nobody<enter>"))]
#[case("details", keys("j<enter>"))]
#[case("details_rejected", keys("jjjj<enter>"))]
#[case("details_unlimited", keys("jjjjj<enter>"))]
#[case("help", keys("?"))]
#[case("help_of_details", keys("<enter>?"))]
#[case("welcome", nobody(""))]
#[case("welcome_help", nobody("?"))]
#[case("demo", nobody("d"))]
#[case("key_typed", pasted("", 0))]
#[case("key_asked", pasted("<enter>", 0))]
#[case("key_refused", pasted("<enter>", 2))]
#[tokio::test(start_paused = true)]
async fn a_screen(#[case] name: &str, #[case] screen: Case) {
    let sizes: &[(u16, u16)] = if ["list", "details"].contains(&name) { &[SMALL, LARGE] } else { &[SMALL] };
    let mut out = String::new();
    for &size in sizes {
        let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
        for shape in Shape::ALL {
            let picture = picture(shape, size, &screen).await;
            match groups.iter_mut().find(|(_, known)| *known == picture) {
                Some((shapes, _)) => shapes.push(shape.label()),
                None => groups.push((vec![shape.label()], picture)),
            }
        }
        for (shapes, picture) in groups {
            writeln!(out, "== {}x{}, {}\n{picture}", size.0, size.1, shapes.join(", ")).unwrap();
        }
    }
    assert!(!out.contains("sss"), "a key is on the screen");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, out) });
}

/// The text, and how it is styled in either theme. That a theme changes nothing but colours is a promise.
async fn picture(shape: Shape, size: (u16, u16), screen: &Case) -> String {
    let [(text, painted), (other_text, other)] =
        [seen(shape, THEMES[0], size, screen).await, seen(shape, THEMES[1], size, screen).await];
    assert_eq!(text, other_text, "a theme changes the text");
    let mut out = format!("{text}-- {}: {}\n{}", THEMES[0], painted.legend, painted.cells);
    writeln!(out, "-- {}: {}", THEMES[1], other.legend).unwrap();
    if other.cells != painted.cells {
        out += &other.cells;
    }
    out
}
