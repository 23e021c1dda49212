//! A terminal screen as an SVG: one `<text>` a run of cells of the same style. Blocks and rules are drawn as
//! rectangles, since fonts leave gaps between them.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// The size of a cell, in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
/// The distance of the text's baseline from the top of its cell.
const BASELINE: f32 = 13.5;
/// The empty space around the screen.
const MARGIN: f32 = 12.0;
const BACKGROUND: &str = "#1e1e2e";
const FOREGROUND: &str = "#cdd6f4";

/// The sixteen colours of the terminal in the picture.
const PALETTE: [&str; 16] = [
    "#45475a", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#bac2de", "#7f849c", "#f38ba8",
    "#a6e3a1", "#f9e2af", "#89b4fa", "#f5c2e7", "#94e2d5", "#ffffff",
];

/// How a run of cells looks.
#[derive(Clone, PartialEq)]
struct Style {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    underline: bool,
}

/// The screen as an SVG document.
pub(crate) fn picture(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let width = f32::from(columns.get()) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows.get()) * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows.get() {
        draw_row(&mut svg, screen, row, columns.get());
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_row(svg: &mut String, screen: &Screen, row: u16, columns: u16) {
    let mut run = String::new();
    let mut start = 0;
    let mut style: Option<Style> = None;
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        let here = style_of(cell);
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        let drawn = draw_background(svg, &here, cell, row, column) | draw_block(svg, &here, text, row, column);
        if style.as_ref() != Some(&here) || drawn {
            flush(svg, &run, style.as_ref(), row, start);
            run.clear();
            start = column;
            style = Some(here);
        }
        run.push_str(if is_block(text) { " " } else { text });
    }
    flush(svg, &run, style.as_ref(), row, start);
}

fn style_of(cell: &Cell) -> Style {
    let (mut foreground, mut background) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
    if cell.inverse() {
        (foreground, background) = (
            Some(background.unwrap_or_else(|| BACKGROUND.to_owned())),
            Some(foreground.unwrap_or_else(|| FOREGROUND.to_owned())),
        );
    }
    Style {
        foreground: foreground.unwrap_or_else(|| FOREGROUND.to_owned()),
        background,
        bold: cell.bold(),
        dim: cell.dim(),
        underline: cell.underline(),
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index) => Some(indexed(index)),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

/// A colour of the 256 colour palette: sixteen of the terminal's own, a cube, and greys.
fn indexed(index: u8) -> String {
    if let Some(own) = PALETTE.get(usize::from(index)) {
        return (*own).to_owned();
    }
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let step = |level: u8| if level == 0 { 0 } else { 55 + level * 40 };
    let cube = index - 16;
    format!("#{:02x}{:02x}{:02x}", step(cube / 36), step(cube / 6 % 6), step(cube % 6))
}

fn draw_background(svg: &mut String, style: &Style, cell: &Cell, row: u16, column: u16) -> bool {
    let Some(background) = &style.background else { return false };
    let cells = if cell.is_wide() { 2.0 } else { 1.0 };
    rectangle(svg, background, 1.0, (row, column), (0.0, 0.0), (cells, 1.0));
    false
}

fn is_block(text: &str) -> bool {
    matches!(text.chars().next(), Some('▀'..='▐' | '─' | '━'))
}

/// Draws a block element or a rule, if `text` is one.
fn draw_block(svg: &mut String, style: &Style, text: &str, row: u16, column: u16) -> bool {
    let Some(block) = text.chars().next().filter(|_| is_block(text)) else { return false };
    let (offset, size) = match block {
        '█' => ((0.0, 0.0), (1.0, 1.0)),
        '▉'..='▏' => ((0.0, 0.0), (eighths('▐' as u32 - block as u32), 1.0)),
        '▁'..='▇' => {
            let height = eighths(block as u32 - '▀' as u32);
            ((0.0, 1.0 - height), (1.0, height))
        }
        '▀' => ((0.0, 0.0), (1.0, 0.5)),
        '▐' => ((0.5, 0.0), (0.5, 1.0)),
        _ => ((0.0, 0.5), (1.0, 0.06)),
    };
    let opacity = if style.dim { 0.5 } else { 1.0 };
    rectangle(svg, &style.foreground, opacity, (row, column), offset, size);
    true
}

#[expect(clippy::cast_precision_loss, reason = "at most eight")]
fn eighths(count: u32) -> f32 {
    count as f32 / 8.0
}

/// A rectangle in a cell; offset and size in cells.
fn rectangle(
    svg: &mut String,
    fill: &str,
    opacity: f32,
    (row, column): (u16, u16),
    offset: (f32, f32),
    size: (f32, f32),
) {
    let x = MARGIN + (f32::from(column) + offset.0) * CELL.0;
    let y = MARGIN + (f32::from(row) + offset.1) * CELL.1;
    let (width, height) = (size.0 * CELL.0, size.1 * CELL.1);
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\" fill-opacity=\"{opacity}\" shape-rendering=\"crispEdges\"/>"
    );
}

fn flush(svg: &mut String, run: &str, style: Option<&Style>, row: u16, column: u16) {
    let Some(style) = style.filter(|_| !run.trim().is_empty()) else { return };
    let text = run.trim_end();
    let indent = u16::try_from(text.chars().take_while(|c| *c == ' ').count()).unwrap_or(0);
    let (x, y) = (MARGIN + f32::from(column + indent) * CELL.0, MARGIN + f32::from(row) * CELL.1 + BASELINE);
    let text = text.trim_start();
    let length = f32::from(u16::try_from(unicode_width::UnicodeWidthStr::width(text)).unwrap_or(0)) * CELL.0;
    let _ = write!(svg, "<text x=\"{x:.2}\" y=\"{y:.2}\" textLength=\"{length:.2}\" fill=\"{}\"", style.foreground);
    for (on, attribute) in [
        (style.bold, " font-weight=\"bold\""),
        (style.dim, " fill-opacity=\"0.5\""),
        (style.underline, " text-decoration=\"underline\""),
    ] {
        if on {
            svg.push_str(attribute);
        }
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, ">{escaped}</text>");
}
