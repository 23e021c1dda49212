//! How many colours there are, and what replaces a colour where there are fewer.

use ratatui::style::Color;

use super::Palette;

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, dim and reverse only.
    None,
    /// The sixteen that the terminal's user chose.
    Sixteen,
    /// Those, a cube of 216, and 24 greys.
    Indexed,
    /// Every one.
    True,
}

/// The steps of each channel of the cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The first colour of the cube.
const CUBE: u8 = 16;
/// The first of the greys, and how many there are.
const GREYS: (u8, u8) = (232, 24);

impl Palette {
    /// The theme as it is shown at this depth. The terminal's own colours stay.
    ///
    /// With sixteen colours, those of [`Palette::default`] replace the others role by role. The nearest of the sixteen
    /// would not do: nobody knows how they look, so it could be white on white, and for every pastel it would be white.
    #[must_use]
    pub fn shown(&self, depth: Depth) -> Self {
        let mut shown = self.clone();
        for (name, stand_in) in Self::default().colours() {
            if let Some(colour) = shown.colour_mut(name) {
                *colour = match (depth, *colour) {
                    (Depth::None, _) => Color::Reset,
                    (Depth::Sixteen, Color::Rgb(..) | Color::Indexed(CUBE..)) => stand_in,
                    (Depth::Indexed, Color::Rgb(red, green, blue)) => Color::Indexed(nearest([red, green, blue])),
                    (_, colour) => colour,
                };
            }
        }
        shown
    }
}

/// The nearest of the 240 colours that look the same everywhere.
fn nearest(colour: [u8; 3]) -> u8 {
    (CUBE..=u8::MAX).min_by_key(|index| distance(colour, look_of(*index))).unwrap_or(CUBE)
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// How a colour of the cube, or one of the greys, looks.
pub(super) fn look_of(index: u8) -> [u8; 3] {
    if let Some(grey) = index.checked_sub(GREYS.0) {
        return [8 + grey.min(GREYS.1) * 10; 3];
    }
    let place = index.saturating_sub(CUBE);
    [place / 36, place / 6 % 6, place % 6].map(|step| STEPS.get(usize::from(step)).copied().unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::palette::built_in;

    #[rstest]
    #[case::pink([0xf3, 0x8b, 0xa8], 211)]
    #[case::dark_red([0xc3, 0x0e, 0x35], 125)]
    #[case::black([0, 0, 0], 16)]
    #[case::night([0x1e, 0x1e, 0x2e], 235)]
    #[case::grey([0x80, 0x80, 0x80], 244)]
    #[case::white([255, 255, 255], 231)]
    fn the_nearest_of_256(#[case] colour: [u8; 3], #[case] expected: u8) {
        assert_eq!(nearest(colour), expected);
    }

    #[test]
    fn what_looks_the_same_everywhere_stands_for_itself() {
        for index in CUBE..=u8::MAX {
            assert_eq!(look_of(nearest(look_of(index))), look_of(index));
        }
        assert_eq!((look_of(16), look_of(21), look_of(231)), ([0; 3], [0, 0, 255], [255; 3]));
        assert_eq!((look_of(232), look_of(255)), ([8; 3], [238; 3]));
    }

    #[test]
    fn with_sixteen_colours_a_theme_has_those_of_the_terminal() {
        for palette in built_in().into_iter().filter(|palette| palette.background != Color::Reset) {
            let auto = Palette { name: palette.name.clone(), ..Palette::default() };
            assert_eq!(palette.shown(Depth::Sixteen), auto);
            assert_eq!(palette.shown(Depth::True), palette);
        }
        let own =
            Palette { ok: Color::LightBlue, low: Color::Indexed(3), text: Color::Indexed(99), ..Palette::default() };
        assert_eq!(own.shown(Depth::Sixteen), Palette { text: Color::Reset, ..own.clone() });
        assert_eq!(own.shown(Depth::Indexed), own);
    }
}
