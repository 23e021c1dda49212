//! How the terminal is divided, for a given size: the one place that knows, for the screen that draws
//! and for the keys that move by a page.

use crate::domain::view::Shape;

/// How the terminal is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What is drawn between header and footer. In one or two rows it is the line, whatever was asked for.
    pub shape: Shape,
    /// Which columns there is room for.
    pub width: WidthClass,
    /// Rows of the header: the line, and a rule under it when there are two.
    pub header: u16,
    /// Whether the list has a row of column titles.
    pub titles: bool,
    /// Rows of the footer: the keys, and a rule above them when there are two.
    pub footer: u16,
    /// Rows left for credentials; 1 where one is shown large.
    pub list: u16,
    /// Rows of each credential: 2 where there is room for twice as many as there are.
    pub lines: u16,
}

impl Layout {
    /// Rows that the text of the help and of the details has, one line each: all between header and
    /// footer.
    #[must_use]
    pub fn panel(self) -> u16 {
        self.list + u16::from(self.titles)
    }

    /// How many credentials there is room for.
    #[must_use]
    pub fn page(self) -> u16 {
        self.list / self.lines
    }

    /// Whether there is a row for each credential.
    #[must_use]
    pub fn has_rows(self) -> bool {
        matches!(self.shape, Shape::Full | Shape::Compact)
    }

    /// How many columns of text the help has, read downwards one after the other.
    #[must_use]
    pub fn help_columns(self) -> u16 {
        if self.width == WidthClass::Wide { 2 } else { 1 }
    }

    /// How wide a column of the help's text is in a terminal `columns` wide: without its margins.
    #[must_use]
    pub fn help_width(self, columns: u16) -> u16 {
        columns.saturating_sub(2) / self.help_columns() - (self.help_columns() - 1) * 2
    }
}

/// What there is room for from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WidthClass {
    /// Mark, name, short gauge, percentage, countdown.
    Narrow,
    /// The tier and the age as well.
    Medium,
    /// Used and limit in a column of their own, and a remark.
    Wide,
}

impl Layout {
    /// The narrowest and lowest terminal in which more than the line is drawn, in columns and rows.
    pub const SMALLEST: (u16, u16) = (30, 3);

    /// Columns from which on a credential may have a second line.
    const TWO_LINES: u16 = 80;

    /// How to divide a terminal of that many columns and rows for that many credentials. Hidden ones count, so that
    /// typing a filter does not change the layout. `None` when the terminal is too small.
    #[must_use]
    pub fn of(shape: Shape, (columns, rows): (u16, u16), credentials: usize) -> Option<Self> {
        if shape == Shape::Line || rows < Self::SMALLEST.1 {
            return Some(Self::line(rows));
        }
        if columns < Self::SMALLEST.0 {
            return None;
        }
        let width = match columns {
            ..72 => WidthClass::Narrow,
            _ if shape == Shape::Compact => WidthClass::Narrow,
            72..100 => WidthClass::Medium,
            100.. => WidthClass::Wide,
        };
        let is_high = rows >= 16 && shape != Shape::Compact;
        let rules = u16::from(is_high);
        let header = 1 + rules;
        let titles = shape == Shape::Full && width > WidthClass::Narrow && rows >= 8;
        let footer = if rows < 5 { 0 } else { 1 + rules };
        let list = match shape {
            Shape::Big => 1,
            _ => rows.saturating_sub(header + u16::from(titles) + footer),
        };
        let has_two = shape == Shape::Full && is_high && columns >= Self::TWO_LINES;
        let lines = if has_two && credentials <= usize::from(list / 2) { 2 } else { 1 };
        Some(Self { shape, width, header, titles, footer, list, lines })
    }

    /// Everything for the one line.
    fn line(rows: u16) -> Self {
        Self {
            shape: Shape::Line,
            width: WidthClass::Narrow,
            header: 0,
            titles: false,
            footer: 0,
            list: rows,
            lines: 1,
        }
    }
}
