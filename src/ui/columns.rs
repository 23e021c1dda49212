//! Where the columns of the list are, for a width and the rows that are in sight.
//!
//! ```text
//! Wide    ▌ ●★ name =  tier   day    gauge········    37 %    5h 12m   used / limit   hours   <1m   remark
//! Medium  ▌●★ name = tier day    gauge········  37 %  5h 12m <1m remark
//! Narrow  ▌●★ name     gauge·······  37 %  5h 12m
//! ```
//!
//! Names and numbers take what those in sight need, within bounds; the gauge and the remark share the
//! rest in a fixed proportion, so that nothing shifts when a remark comes or goes.

use ratatui::layout::Rect;

use crate::app::layout::WidthClass;
use crate::ui::cells;
use crate::ui::row::{Body, Row};
use crate::ui::spark;

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
    /// The sign of the best key.
    pub(super) star: Span,
    /// The name.
    pub(super) name: Span,
    /// The tier.
    pub(super) tier: Option<Span>,
    /// The window that binds.
    pub(super) window: Option<Span>,
    /// The gauge.
    pub(super) gauge: Span,
    /// The percentage.
    pub(super) percent: Span,
    /// The reset.
    pub(super) reset: Option<Span>,
    /// The count of today, and the limit with the stroke before it.
    pub(super) numbers: Option<(Span, Span)>,
    /// The requests of today by the hour.
    pub(super) spark: Option<Span>,
    /// The age of the numbers.
    pub(super) age: Option<Span>,
    /// The remark.
    pub(super) remark: Option<Span>,
    /// In place of all from the window to the numbers.
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
/// From so many columns on the gaps are wide.
const ROOMY: u16 = 130;
/// From so many columns on there is room for the hours of today.
const HOURS_FROM: u16 = 140;

/// How wide each column is, before it has a place.
#[derive(Clone, Copy, Debug)]
struct Widths {
    gap: u16,
    /// Left of the mark.
    margin: u16,
    name: u16,
    tier: u16,
    window: u16,
    reset: u16,
    numbers: (u16, u16),
    spark: u16,
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
            WidthClass::Wide => Widths::wide(width, rows),
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
    /// `empty ≈22:48, 1h 12m before reset`.
    const USUAL: u16 = 33;
    /// A gauge this wide gives way to the remark, down to half of what there is.
    const GAUGE: u16 = 15;
    let usual = (rest / 2).max(rest.saturating_sub(GAUGE)).min(USUAL + gap);
    usual + rest.saturating_sub(2 * (USUAL + gap)) / 4
}

/// The widest of some texts, held to `least..=most`.
fn widest<'a>(texts: impl Iterator<Item = &'a str>, least: u16, most: u16) -> u16 {
    texts.map(cells::width).max().unwrap_or(0).clamp(least, most)
}

/// How wide the names in sight are, held to `least..=most`.
fn names(rows: &[Row], least: u16, most: u16) -> u16 {
    rows.iter().map(Row::name_width).max().unwrap_or(0).clamp(least, most)
}

/// How wide the names of the windows in sight are.
fn windows(rows: &[Row], least: u16, most: u16) -> u16 {
    widest(rows.iter().filter_map(Row::window), least, most)
}

impl Widths {
    fn narrow(width: u16, rows: &[Row]) -> Self {
        let (name, tier) = match width {
            ..36 => (7, 0),
            36..48 => (10, 0),
            _ => (12, widest(rows.iter().map(|row| row.tier), 4, 6)),
        };
        // Here the day goes without saying.
        let all_of_the_day = rows.iter().filter_map(Row::window).all(|window| window == "day");
        Self {
            gap: 1,
            margin: 1,
            name: names(rows, 4, name),
            tier,
            window: if all_of_the_day || width < 36 { 0 } else { windows(rows, 3, 5) },
            reset: RESET,
            numbers: (0, 0),
            spark: 0,
            age: 0,
            remark: false,
            gauge: 0,
        }
    }

    fn medium(rows: &[Row]) -> Self {
        Self {
            gap: 1,
            margin: 1,
            name: names(rows, 4, 16),
            tier: widest(rows.iter().map(|row| row.tier), 4, 13),
            window: windows(rows, 6, 8),
            reset: RESET,
            numbers: (0, 0),
            spark: 0,
            age: rows.iter().map(Row::age_width).max().unwrap_or(0).max(3),
            remark: true,
            gauge: 0,
        }
    }

    fn wide(width: u16, rows: &[Row]) -> Self {
        Self {
            gap: if width < ROOMY { 1 } else { 2 },
            margin: 2,
            name: names(rows, 8, 24),
            window: windows(rows, 6, if width < ROOMY { 8 } else { 12 }),
            numbers: numbers(rows),
            spark: if width < HOURS_FROM || rows.iter().all(|row| !row.has_hours()) { 0 } else { spark::HOURS },
            ..Self::medium(rows)
        }
    }

    /// The least that the gauge and the remark need.
    fn least(&self) -> u16 {
        if self.remark { 18 } else { 4 }
    }

    /// Leaves out what can be left out until there is room.
    fn give_way(&mut self, class: WidthClass, width: u16) {
        if class == WidthClass::Narrow {
            self.window = 0;
            return;
        }
        self.name = self.name.min(16);
        self.window = self.window.min(6);
        if self.left_of(width) < self.least() {
            self.tier = self.tier.min(6);
        }
        if self.left_of(width) < self.least() {
            self.numbers = (0, 0);
        }
    }

    /// What the gauge and the remark have to share.
    fn left_of(&self, width: u16) -> u16 {
        let taken = [self.tier, self.window, PERCENT, self.reset, self.numbers_width(), self.spark, self.age];
        let columns: u16 = taken.iter().filter(|width| **width > 0).map(|width| width + self.gap).sum();
        width.saturating_sub(self.name_start() + self.name + self.gap + columns)
    }

    fn name_start(&self) -> u16 {
        self.margin + 3
    }

    fn numbers_width(&self) -> u16 {
        match self.numbers {
            (0, _) => 0,
            (count, limit) => count + STROKE + limit,
        }
    }

    /// Gives each column its place, from the left.
    fn place(&self, width: u16) -> Columns {
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
        let window = next(self.window);
        let gauge = next(self.gauge).unwrap_or(nothing);
        let percent = next(PERCENT).unwrap_or(nothing);
        let reset = next(self.reset);
        let numbers = next(self.numbers_width());
        let spark = next(self.spark);
        let words_end = spark.or(numbers).or(reset).map_or(percent.end(), Span::end);
        let age = next(self.age);
        let remark_start = age.map_or(words_end, Span::end) + self.gap;
        let words_start = window.unwrap_or(gauge).start;
        let words = |end: u16| Span { start: words_start, width: end.saturating_sub(words_start) };
        Columns {
            mark: Span { start: self.margin, width: 1 },
            star: Span { start: self.margin + 1, width: 1 },
            name,
            tier,
            window,
            gauge,
            percent,
            reset,
            numbers: numbers.map(|all| self.split(all)),
            spark,
            age,
            remark: self.remark.then(|| Span { start: remark_start, width: width.saturating_sub(remark_start) }),
            words: words(words_end),
            to_the_end: words(width),
        }
    }

    /// The count, and the limit with the stroke before it.
    fn split(&self, all: Span) -> (Span, Span) {
        let count = Span { width: self.numbers.0, ..all };
        (count, Span { start: count.end() + 1, width: all.width - count.width - 1 })
    }
}

/// How wide the counts and the limits in sight are, each at its widest.
fn numbers(rows: &[Row]) -> (u16, u16) {
    let all = rows.iter().filter_map(|row| match &row.body {
        Body::Gauge(numbers) => numbers.today.as_ref(),
        Body::Words(_) => None,
    });
    all.map(|(count, limit)| (cells::width(count), cells::width(limit)))
        .fold((5, 5), |(counts, limits), (count, limit)| (counts.max(count), limits.max(limit)))
}
