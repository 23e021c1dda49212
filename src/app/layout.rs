//! How the terminal is divided, for a given size: the one place that knows, for the screen that draws
//! and for the keys that move by a page.

/// How the terminal is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Which columns there is room for.
    pub width: WidthClass,
    /// Rows of the header: the line, and a rule under it when there are two.
    pub header: u16,
    /// Whether the list has a row of column titles.
    pub titles: bool,
    /// Rows of the footer: the keys, and a rule above them when there are two.
    pub footer: u16,
    /// Rows left for credentials, one each.
    pub list: u16,
}

impl Layout {
    /// Rows that the text of the help and of the details has, one line each: all between header and
    /// footer.
    #[must_use]
    pub fn panel(self) -> u16 {
        self.list + u16::from(self.titles)
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
    /// The narrowest and lowest terminal in which anything is drawn, in columns and rows.
    pub const SMALLEST: (u16, u16) = (30, 3);

    /// The division of a terminal of that many columns and rows; `None` when it is too small.
    #[must_use]
    pub fn of(columns: u16, rows: u16) -> Option<Self> {
        if columns < Self::SMALLEST.0 || rows < Self::SMALLEST.1 {
            return None;
        }
        let width = match columns {
            ..72 => WidthClass::Narrow,
            72..100 => WidthClass::Medium,
            100.. => WidthClass::Wide,
        };
        let header = if rows >= 16 { 2 } else { 1 };
        let titles = width > WidthClass::Narrow && rows >= 8;
        let footer = match rows {
            ..5 => 0,
            5..16 => 1,
            16.. => 2,
        };
        let list = rows.saturating_sub(header + u16::from(titles) + footer);
        Some(Self { width, header, titles, footer, list })
    }
}
