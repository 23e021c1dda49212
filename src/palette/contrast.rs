//! How well one colour can be read on another, as the Web Content Accessibility Guidelines (WCAG 2.2) measure it.

use ratatui::style::Color;

/// The contrast that text must have at level AA.
pub const LEGIBLE: f64 = 4.5;

/// The contrast of two colours: 1 of a colour with itself, 21 of black and white. `None` if one of them is the
/// terminal's own: only the terminal knows how it looks.
#[must_use]
pub fn contrast(one: Color, other: Color) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// The relative luminance of a colour in sRGB.
fn luminance(colour: Color) -> Option<f64> {
    let Color::Rgb(red, green, blue) = colour else { return None };
    let linear = |channel: u8| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_pairs() {
        let black = Color::Rgb(0, 0, 0);
        let close = |one, other, expected: f64| (contrast(one, other).unwrap() - expected).abs() < 0.01;
        assert!(close(black, Color::Rgb(255, 255, 255), 21.0));
        assert!(close(black, black, 1.0));
        // The darkest grey that passes on white, and the next one, which does not.
        assert!(close(Color::Rgb(0x76, 0x76, 0x76), Color::Rgb(255, 255, 255), 4.54));
        assert!(close(Color::Rgb(0x77, 0x77, 0x77), Color::Rgb(255, 255, 255), 4.48));
        assert_eq!(contrast(black, Color::Red), None);
    }
}
