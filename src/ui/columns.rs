//! Where the columns of the list are, for a width and the rows that are in sight.
//!
//! ```text
//! Wide    ▌ ● name   tier   gauge········   used / limit    37 %    5h 12m   <1m   remark
//! Medium  ▌● name  tier gauge····· used / limit  37 %  5h 12m <1m remark
//! Narrow  ▌● name       gauge·······  37 %  5h 12m
//! ```
//!
//! Names and numbers take what those in sight need, within bounds; the gauge and the remark share the
//! rest in a fixed proportion, so that nothing shifts when a remark comes or goes.

use ratatui::layout::Rect;

use crate::app::layout::WidthClass;
use crate::ui::cells;
use crate::ui::row::{Body, Row};

/// A column: where it starts, from the left edge of the list, and how wide it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u16,
    /// How wide.
    pub(super) width: u16,
}

impl Span {
    /// This column of a line, cut to the line.
    pub(super) fn of(self, line: Rect) -> Rect {
        let rest = cells::after(line, self.start);
        Rect { width: self.width.min(rest.width), ..rest }
    }

    fn end(self) -> u16 {
        self.start + self.width
    }
}

/// Where the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// The sign of the state.
    pub(super) mark: Span,
    /// The name.
    pub(super) name: Span,
    /// The tier.
    pub(super) tier: Option<Span>,
    /// The gauge.
    pub(super) gauge: Span,
    /// The count, and the limit with the stroke before it.
    pub(super) numbers: Option<(Span, Span)>,
    /// The percentage.
    pub(super) percent: Span,
    /// The reset.
    pub(super) reset: Option<Span>,
    /// The age of the numbers.
    pub(super) age: Option<Span>,
    /// The remark.
    pub(super) remark: Option<Span>,
    /// In place of gauge, numbers and reset.
    pub(super) words: Span,
    /// In place of all that is after the tier.
    pub(super) to_the_end: Span,
}

/// `>99 %`, `100 %`.
const PERCENT: u16 = 5;
/// `23h 59m`.
const RESET: u16 = 7;
/// The stroke of `used / limit`, with a space either side.
const STROKE: u16 = 3;

/// How wide each column is, before it has a place.
#[derive(Clone, Copy, Debug)]
struct Widths {
    gap: u16,
    /// Left of the mark.
    margin: u16,
    name: u16,
    tier: u16,
    numbers: (u16, u16),
    reset: u16,
    age: u16,
    remark: bool,
    gauge: u16,
}

impl Columns {
    /// The columns for a list `width` columns wide that shows `rows`.
    pub(super) fn of(class: WidthClass, width: u16, rows: &[Row]) -> Self {
        let mut widths = match class {
            WidthClass::Narrow => Widths::narrow(width, rows),
            WidthClass::Medium => Widths::medium(rows),
            WidthClass::Wide => Widths::wide(rows),
        };
        // What the header says of all rows goes first, then what the details say.
        if widths.left_of(width) < widths.least() {
            widths.give_way(class, width);
        }
        let rest = widths.left_of(width);
        widths.gauge = if widths.remark { rest - remark_width(rest, widths.gap) } else { rest };
        widths.place(width)
    }
}

/// The part of what the gauge and the remark share that is the remark's, its gap included.
fn remark_width(rest: u16, gap: u16) -> u16 {
    /// `stale: timeout, retry in <1m`.
    const USUAL: u16 = 28;
    /// A gauge this wide gives way to the remark, down to half of what there is.
    const GAUGE: u16 = 16;
    let usual = (rest / 2).max(rest.saturating_sub(GAUGE)).min(USUAL + gap);
    usual + rest.saturating_sub(2 * (USUAL + gap)) / 4
}

/// The widest of some texts, held to `least..=most`.
fn widest<'a>(texts: impl Iterator<Item = &'a str>, least: u16, most: u16) -> u16 {
    texts.map(cells::width).max().unwrap_or(0).clamp(least, most)
}

impl Widths {
    fn narrow(width: u16, rows: &[Row]) -> Self {
        let (name, tier) = match width {
            ..36 => (8, 0),
            36..48 => (10, 0),
            _ => (12, widest(rows.iter().map(|row| row.tier), 4, 6)),
        };
        Self {
            gap: 1,
            margin: 1,
            name: widest(rows.iter().map(|row| row.name.as_str()), 4, name),
            tier,
            numbers: (0, 0),
            reset: RESET,
            age: 0,
            remark: false,
            gauge: 0,
        }
    }

    fn medium(rows: &[Row]) -> Self {
        Self {
            gap: 1,
            margin: 1,
            name: widest(rows.iter().map(|row| row.name.as_str()), 4, 16),
            tier: widest(rows.iter().map(|row| row.tier), 4, 13),
            numbers: numbers(rows),
            reset: RESET,
            age: rows.iter().map(Row::age_width).max().unwrap_or(0).max(3),
            remark: true,
            gauge: 0,
        }
    }

    fn wide(rows: &[Row]) -> Self {
        let name = widest(rows.iter().map(|row| row.name.as_str()), 8, 24);
        Self { gap: 2, margin: 2, name, ..Self::medium(rows) }
    }

    /// The least that the gauge and the remark need.
    fn least(&self) -> u16 {
        if self.remark { 18 } else { 4 }
    }

    /// Leaves out what can be left out until there is room.
    fn give_way(&mut self, class: WidthClass, width: u16) {
        if class == WidthClass::Wide {
            self.name = self.name.min(16);
        } else {
            self.reset = 0;
        }
        if self.left_of(width) < self.least() {
            self.numbers = (0, 0);
            self.reset = RESET;
        }
    }

    /// What the gauge and the remark have to share.
    fn left_of(&self, width: u16) -> u16 {
        let taken = [self.tier, self.numbers_width(), PERCENT, self.reset, self.age];
        let columns: u16 = taken.iter().filter(|width| **width > 0).map(|width| width + self.gap).sum();
        width.saturating_sub(self.name_start() + self.name + self.gap + columns)
    }

    fn name_start(&self) -> u16 {
        self.margin + 2
    }

    fn numbers_width(&self) -> u16 {
        match self.numbers {
            (0, _) => 0,
            (count, limit) => count + STROKE + limit,
        }
    }

    /// Gives each column its place, from the left.
    fn place(&self, width: u16) -> Columns {
        let mark = Span { start: self.margin, width: 1 };
        let name = Span { start: self.name_start(), width: self.name };
        let mut end = name.end();
        let mut next = |width: u16| {
            (width > 0).then(|| {
                let span = Span { start: end + self.gap, width };
                end = span.end();
                span
            })
        };
        let nothing = Span { start: width, width: 0 };
        let tier = next(self.tier);
        let gauge = next(self.gauge).unwrap_or(nothing);
        let numbers = next(self.numbers_width()).map(|all| {
            let count = Span { width: self.numbers.0, ..all };
            (count, Span { start: count.end() + 1, width: all.width - count.width - 1 })
        });
        let percent = next(PERCENT).unwrap_or(nothing);
        let reset = next(self.reset);
        let words_end = reset.map_or(percent.end(), Span::end);
        let age = next(self.age);
        let remark_start = age.map_or(words_end, Span::end) + self.gap;
        let remark = self.remark.then(|| Span { start: remark_start, width: width.saturating_sub(remark_start) });
        let from_gauge = |end: u16| Span { start: gauge.start, width: end.saturating_sub(gauge.start) };
        Columns {
            mark,
            name,
            tier,
            gauge,
            numbers,
            percent,
            reset,
            age,
            remark,
            words: from_gauge(words_end),
            to_the_end: from_gauge(width),
        }
    }
}

/// How wide the counts and the limits in sight are, each at its widest.
fn numbers(rows: &[Row]) -> (u16, u16) {
    let all = rows.iter().filter_map(|row| match &row.body {
        Body::Gauge(numbers) => Some((cells::width(&numbers.count), cells::width(&numbers.limit))),
        Body::Words(_) => None,
    });
    all.fold((5, 5), |(counts, limits), (count, limit)| (counts.max(count), limits.max(limit)))
}
