//! The main screens in a dark and in a light theme, and every theme over the whole screen.

use super::*;
use crate::palette::built_in;

fn theme(name: &str) -> Theme {
    let palette = built_in().into_iter().find(|palette| palette.name == name).unwrap();
    Theme::of(&palette, Depth::True)
}

/// The main screens, one under the other.
fn main_screens(theme: &Theme) -> String {
    let mut all = String::new();
    for keys in ["", "/tier:p", "?", "jjj\n", "\u{1b}x"] {
        let mut app = rich();
        press(&mut app, keys);
        all.push_str(&styled(&mut app, (100, 20), theme));
        all.push('\n');
    }
    all + &styled(&mut app(&[]), (100, 20), theme)
}

#[test]
fn the_main_screens_in_two_themes() {
    insta::assert_snapshot!("screens_catppuccin_mocha", main_screens(&theme("catppuccin-mocha")));
    insta::assert_snapshot!("screens_catppuccin_latte", main_screens(&theme("catppuccin-latte")));
}

#[test]
fn every_theme_fills_the_whole_screen_at_every_size() {
    for palette in built_in() {
        let theme = Theme::of(&palette, Depth::True);
        for (columns, rows) in SIZES.into_iter().chain([(20, 2), (3, 1)]) {
            for keys in ["", "/x", "?", "\n", "+"] {
                let mut app = rich();
                press(&mut app, keys);
                let shown = styled(&mut app, (columns, rows), &theme);
                assert!(shown.lines().count() > usize::from(rows), "{}", palette.name);
            }
        }
    }
}
