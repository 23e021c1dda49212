//! The bar of a gauge: `███████▋···`.
//!
//! It fills up with what is used. Unlike ratatui's `Gauge` it cannot panic, whatever the number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::cells;
use crate::ui::marks::{Marks, steps_of};

/// How a bar looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// The filled part.
    pub(super) full: Style,
    /// The empty part.
    pub(super) empty: Style,
}

/// Draws a bar over the first row of `area`, filled to `used` (clamped to 0.0..=1.0). `None` is unknown: an empty bar
/// with a `?` in its middle.
pub(super) fn draw(area: Rect, buf: &mut Buffer, used: Option<f64>, marks: &Marks, look: Look) {
    let (full, empty) = text(used, usize::from(area.width), marks);
    let taken = cells::put(area, buf, &full, look.full);
    cells::put(cells::after(area, taken), buf, &empty, look.empty);
}

/// The two parts of a bar `width` columns wide, as text: filled and empty.
pub(super) fn text(used: Option<f64>, width: usize, marks: &Marks) -> (String, String) {
    let Some(used) = used.filter(|used| !used.is_nan()) else {
        let left = width.saturating_sub(1) / 2;
        let right = width.saturating_sub(left + 1);
        let sign = if width > 0 { marks.unknown } else { "" };
        return (String::new(), marks.empty.repeat(left) + sign + &marks.empty.repeat(right));
    };
    let per_cell = marks.parts.len() + 1;
    let steps = steps(used, width * per_cell);
    let (whole, rest) = (steps / per_cell, steps % per_cell);
    let part = rest.checked_sub(1).and_then(|place| marks.parts.get(place)).copied().unwrap_or_default();
    let empty = width - whole - usize::from(rest > 0);
    (marks.full.repeat(whole) + part, marks.empty.repeat(empty))
}

/// How many of `all` steps to fill. Something used never looks like nothing, and something left
/// never like all gone.
fn steps(used: f64, all: usize) -> usize {
    let steps = steps_of(used, all);
    if 0.0 < used && used < 1.0 && all > 1 { steps.clamp(1, all - 1) } else { steps }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn drawn(used: Option<f64>, width: usize, marks: &Marks) -> String {
        let (full, empty) = text(used, width, marks);
        full + &empty
    }

    #[rstest]
    #[case::empty(Some(0.0), "········")]
    #[case::negative(Some(-0.5), "········")]
    #[case::a_trace(Some(0.000_1), "▏·······")]
    #[case::half(Some(0.5), "████····")]
    #[case::eighths(Some(0.61), "████▉···")]
    #[case::not_quite(Some(0.999_9), "███████▉")]
    #[case::full(Some(1.0), "████████")]
    #[case::over(Some(1.7), "████████")]
    #[case::endless(Some(f64::INFINITY), "████████")]
    #[case::not_a_number(Some(f64::NAN), "···?····")]
    #[case::unknown(None, "···?····")]
    fn bars(#[case] used: Option<f64>, #[case] text: &str) {
        assert_eq!(drawn(used, 8, &Marks::UNICODE), text);
    }

    #[test]
    fn ascii_has_whole_cells_only() {
        assert_eq!(drawn(Some(0.5), 8, &Marks::ASCII), "####....");
        assert_eq!(drawn(Some(0.000_1), 8, &Marks::ASCII), "#.......");
    }

    proptest! {
        #[test]
        fn a_bar_is_as_wide_as_asked(used in any::<Option<f64>>(), width in 0usize..200) {
            for marks in [Marks::UNICODE, Marks::ASCII] {
                prop_assert_eq!(drawn(used, width, &marks).width(), width);
            }
        }
    }
}
