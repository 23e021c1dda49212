//! The built-in themes.
//!
//! The colours are those of their authors, except where they were hard to read on their background (below 4.5 to 1,
//! also with 256 colours): these were made lighter, or darker in a light theme.

use ratatui::style::Color;

use super::Palette;

/// The name of the theme of the terminal's own sixteen colours, which its user chose to be readable. The default.
pub const AUTO: &str = "auto";
/// The name of the theme without colours: bold, dim and reverse only.
pub const MONOCHROME: &str = "monochrome";

/// The themes of colours: the name, and the colours in the order of [`COLOURS`](super::COLOURS).
#[rustfmt::skip]
const THEMES: [(&str, [u32; 9]); 6] = [
    ("catppuccin-latte", [0xef_f1f5, 0x4c_4f69, 0x68_6b80, 0x12_7379, 0x71_2fc6, 0x2e_731f, 0x95_5f13, 0xb0_2a08, 0xc3_0e35]),
    ("catppuccin-mocha", [0x1e_1e2e, 0xcd_d6f4, 0x95_9bb4, 0x89_dceb, 0xcb_a6f7, 0xa6_e3a1, 0xf9_e2af, 0xfa_b387, 0xf3_8ba8]),
    ("gruvbox", [0x28_2828, 0xeb_dbb2, 0xa8_9984, 0x8e_c07c, 0xd3_869b, 0xb8_bb26, 0xfa_bd2f, 0xfe_8019, 0xfb_5844]),
    ("nord", [0x2e_3440, 0xd8_dee9, 0x9d_a2ad, 0x88_c0d0, 0xbd_9cb7, 0xa3_be8c, 0xeb_cb8b, 0xdf_a07e, 0xee_8a90]),
    ("tokyo-night", [0x1a_1b26, 0xc0_caf5, 0x7d_83a9, 0x7d_cfff, 0xbb_9af7, 0x9e_ce6a, 0xe0_af68, 0xff_9e64, 0xf7_768e]),
    ("high-contrast", [0x00_0000, 0xff_ffff, 0xd0_d0d0, 0x00_ffff, 0xff_87ff, 0x00_ff00, 0xff_ff00, 0xff_af5f, 0xff_8787]),
];

/// Every built-in theme, in the order of the key `t`: first the terminal's own colours, last no colours.
#[must_use]
pub fn built_in() -> Vec<Palette> {
    let coloured = THEMES.iter().map(|(name, colours)| of(name, colours.map(rgb)));
    std::iter::once(auto()).chain(coloured).chain([of(MONOCHROME, [Color::Reset; 9])]).collect()
}

pub(super) fn auto() -> Palette {
    let (own, none) = (Color::Reset, Color::Reset);
    let colours =
        [own, own, none, Color::Cyan, Color::Magenta, Color::Green, Color::Yellow, Color::LightRed, Color::Red];
    of(AUTO, colours)
}

fn of(name: &str, colours: [Color; 9]) -> Palette {
    let [background, text, quiet, accent, demo, ok, low, nearly_out, alarm] = colours;
    Palette { name: name.to_owned(), background, text, quiet, accent, demo, ok, low, nearly_out, alarm }
}

const fn rgb(colour: u32) -> Color {
    Color::from_u32(colour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::depth::look_of;
    use crate::palette::{Depth, LEGIBLE, contrast};

    /// Every theme that says how its colours look.
    fn coloured() -> Vec<Palette> {
        built_in().into_iter().filter(|palette| palette.background != Color::Reset).collect()
    }

    #[test]
    fn every_pair_of_text_and_background_can_be_read() {
        assert_eq!(coloured().len(), THEMES.len());
        for palette in coloured() {
            assert_eq!(palette.hard_to_read(), [], "{}", palette.name);
            let all = palette.colours();
            for (name, colour) in &all[1..] {
                let ratio = contrast(*colour, palette.background).unwrap();
                let least = if palette.name == "high-contrast" { 7.0 } else { LEGIBLE };
                assert!(ratio >= least, "{} {name}: {ratio:.2}", palette.name);
            }
        }
    }

    #[test]
    fn it_can_be_read_with_256_colours_too() {
        let look = |colour| match colour {
            Color::Indexed(index @ 16..) => Color::from(look_of(index)),
            colour => panic!("{colour:?} looks different in every terminal"),
        };
        for palette in coloured() {
            let shown = palette.shown(Depth::Indexed);
            for (name, colour) in &shown.colours()[1..] {
                let ratio = contrast(look(*colour), look(shown.background)).unwrap();
                assert!(ratio >= LEGIBLE, "{} {name}: {ratio:.2}", palette.name);
            }
        }
    }

    #[test]
    fn the_levels_of_a_theme_differ_at_every_depth() {
        for palette in coloured() {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
                let Palette { ok, low, nearly_out, alarm, .. } = palette.shown(depth);
                let levels = [ok, low, nearly_out, alarm];
                for (at, level) in levels.iter().enumerate() {
                    assert!(!levels[at + 1..].contains(level), "{} {depth:?} {levels:?}", palette.name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = built_in().into_iter().map(|palette| palette.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), THEMES.len() + 2);
    }
}
