//! Text put into cells: cut to the room there is, by display width.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar;

pub(super) use crate::domain::wrap::width;

/// `text`, or as much of it as fits `limit` columns with `cut` at its end.
pub(super) fn fit<'a>(text: &'a str, limit: u16, cut: &str) -> Cow<'a, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let Some(room) = limit.checked_sub(width(cut)) else {
        return Cow::Borrowed("");
    };
    let mut taken = 0;
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken <= usize::from(room)
        })
        .collect();
    // Some sequences are wider than their characters one by one.
    while width(&kept) > room {
        kept.pop();
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(cut);
    Cow::Owned(kept)
}

/// Writes `text` into the first row of `area`, as far as there is room. Gives the columns taken.
pub(super) fn put(area: Rect, buf: &mut Buffer, text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return 0;
    }
    let (end, _) = buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    end.saturating_sub(area.x)
}

/// Writes `text` so that it ends at the right edge of `area`.
pub(super) fn put_right(area: Rect, buf: &mut Buffer, text: &str, style: Style) -> u16 {
    put(after(area, area.width.saturating_sub(width(text))), buf, text, style)
}

/// A piece of a line, and how it looks.
pub(super) type Piece = (String, Style);

/// The columns that pieces take one after the other.
pub(super) fn width_of(pieces: &[Piece]) -> u16 {
    pieces.iter().fold(0, |sum, (text, _)| sum.saturating_add(width(text)))
}

/// Writes pieces one after the other into the first row of `area`, with `cut` where there is no more room.
pub(super) fn put_all(mut area: Rect, buf: &mut Buffer, pieces: &[Piece], cut: &str) {
    for (text, style) in pieces {
        area = after(area, put(area, buf, &fit(text, area.width, cut), *style));
    }
}

/// What is left of `area` after its first `columns`.
pub(super) fn after(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x.saturating_add(columns), width: area.width - columns, ..area }
}

/// The row `place` of `area`, from 0; empty when there is none.
pub(super) fn line(area: Rect, place: u16) -> Rect {
    let height = u16::from(place < area.height);
    Rect { y: area.y.saturating_add(place), height, ..area }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::domain::wrap::wrap;

    #[rstest]
    #[case("work", 4, "work")]
    #[case("workshop", 6, "works…")]
    #[case::wide("日本語", 6, "日本語")]
    #[case::wide_cut("日本語", 5, "日本…")]
    #[case::wide_no_half("日本語", 4, "日…")]
    #[case::combining("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…")]
    #[case::one("work", 1, "…")]
    #[case::none("work", 0, "")]
    #[case::no_space_before_the_cut("used up", 6, "used…")]
    fn text_is_cut_by_its_width(#[case] text: &str, #[case] limit: u16, #[case] fitted: &str) {
        assert_eq!(fit(text, limit, "…"), fitted);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in any::<String>(), limit in 2u16..60) {
            prop_assert!(width(&fit(&text, limit, "…")) <= limit);
            for line in wrap(&text, limit) {
                prop_assert!(width(&line) <= limit, "{:?}", line);
            }
        }
    }
}
