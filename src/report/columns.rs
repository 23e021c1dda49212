//! Text in columns.

use unicode_width::UnicodeWidthStr;

/// What stands where nothing applies.
pub(super) const NOTHING: &str = "-";

/// How the cells of a column stand.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

/// The lines under their head, with their columns two blanks apart and nothing behind the last one.
pub(super) fn aligned<const N: usize>(head: [(&str, Align); N], lines: &[[String; N]]) -> String {
    let titles = head.map(|(title, _)| title.to_owned());
    let lines = || std::iter::once(&titles).chain(lines);
    let mut widths = [0; N];
    for line in lines() {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.width().max(*width);
        }
    }
    let mut out = String::new();
    for line in lines() {
        let cells = line.iter().zip(widths).zip(head).map(|((cell, width), (_, align))| {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => format!("{cell}{blanks}"),
                Align::Right => format!("{blanks}{cell}"),
            }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
