//! Where the columns of the list are, for a width and what all credentials need.
//!
//! ```text
//! Wide    ▌ ●★ name =  tier   day    gauge········    37 %    5h 12m   used / limit   hours     <1m   remark
//! Medium  ▌●★ name = tier day    gauge········  37 %  5h 12m <1m remark
//! Narrow  ▌●★ name     gauge·······  37 %  5h 12m
//! ```
//!
//! Names and numbers take what the widest of all credentials needs, within bounds; the gauge and the remark
//! share the rest in a fixed proportion. So nothing shifts when the list is scrolled, or a remark comes or goes.

use ratatui::layout::Rect;

use crate::app::layout::{Layout, WidthClass};
use crate::app::measure::Measure;
use crate::ui::cells;
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
    /// The count of today and the limit.
    pub(super) numbers: Option<Span>,
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
/// `USED TODAY`.
const TODAY: u16 = 10;
/// `<1m`, `11m`, `1h 5m`, `2d 3h`.
const AGE: u16 = 5;
/// Room for all tiers but `pay as you go` and `legacy custom`, which are shorter where columns are dear.
const TIER: u16 = 11;
/// After the tier, which is words: with one blank it would read as one with what follows.
const TIER_GAP: u16 = 2;
/// From so many columns on the gaps are wide.
const ROOMY: u16 = 130;
/// From so many columns on there is room for the hours of today, where no second line has them.
const HOURS_FROM: u16 = 140;

/// `retry 15m: timeout`: when and why, which no width of the table may hide.
const SHORT: u16 = 18;
/// A narrower gauge would show nothing.
const LEAST_GAUGE: u16 = 5;
/// A name is cut down to this, where the remark needs the room.
const SHORT_NAME: u16 = 9;

/// Between the hours and the windows of a second line.
const APART: u16 = 2;
/// `4h 100 %  month 100 %`.
const WINDOWS: u16 = 21;

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
    numbers: u16,
    spark: u16,
    age: u16,
    remark: bool,
    gauge: u16,
}

impl Columns {
    /// The columns for a list `width` columns wide, with names in the open or masked.
    pub(super) fn of(layout: Layout, width: u16, measure: &Measure, masked: bool) -> Self {
        let (class, name) = (layout.width, measure.name(masked));
        let mut widths = match class {
            WidthClass::Narrow => Widths::narrow(width, name, measure),
            WidthClass::Medium => Widths::medium(name, measure),
            WidthClass::Wide => Widths::wide(width, name, measure, layout.lines),
        };
        // What the header says of all rows goes first, then what the details say.
        if widths.left_of(width) < widths.least() {
            widths.give_way(class, width);
        }
        let rest = widths.left_of(width);
        widths.gauge = if widths.remark { rest - remark_width(rest, widths.gap) } else { rest };
        if layout.lines > 1 {
            widths.gauge += widths.missing_below(width, rest);
        }
        widths.place(width)
    }

    /// Where the second line of a credential has the hours of today, its windows and its outlook: under the tier, under
    /// the percentage where there is room, and under the remark.
    pub(super) fn second(&self) -> Option<[Span; 3]> {
        let (tier, remark) = (self.tier?, self.remark?);
        let hours = Span { start: tier.start, width: spark::HOURS };
        // `45 %` is a column narrower than the widest.
        let (percent, earliest) = (self.percent.start + 1, hours.end() + APART);
        let has_room = percent >= earliest && percent + WINDOWS < remark.start;
        let start = if has_room { percent } else { earliest };
        let windows = Span { start, width: remark.start.saturating_sub(start + 1) };
        Some([hours, windows, remark])
    }
}

/// The part of what the gauge and the remark share that is the remark's, its gap included.
fn remark_width(rest: u16, gap: u16) -> u16 {
    /// `look 14:05, paid from balance $7.35`, `empty ≈22:48, 1h 12m before reset`.
    const USUAL: u16 = 36;
    /// A gauge this wide gives way to the remark, down to three eighths of what there is.
    const GAUGE: u16 = 12;
    let short = (SHORT + gap).min(rest.saturating_sub(LEAST_GAUGE));
    let usual = (rest - rest * 3 / 8).max(rest.saturating_sub(GAUGE)).max(short).min(USUAL + gap);
    usual + rest.saturating_sub(2 * (USUAL + gap)) / 2
}

impl Widths {
    fn narrow(width: u16, name: u16, measure: &Measure) -> Self {
        let (most, tier) = match width {
            ..36 => (7, 0),
            36..48 => (10, 0),
            48..72 => (12, measure.tier.clamp(4, 6)),
            // In the compact layout, which has few columns at any width.
            _ => (24, measure.tier.clamp(4, TIER)),
        };
        // Here the day goes without saying.
        let has_window = measure.binds_beyond_day && width >= 36;
        Self {
            gap: 1,
            margin: 1,
            name: name.clamp(4, most),
            tier,
            window: if has_window { measure.window.clamp(3, if width < 72 { 5 } else { 12 }) } else { 0 },
            reset: RESET,
            numbers: 0,
            spark: 0,
            age: 0,
            remark: false,
            gauge: 0,
        }
    }

    fn medium(name: u16, measure: &Measure) -> Self {
        Self {
            gap: 1,
            margin: 1,
            name: name.clamp(4, 16),
            tier: measure.tier.clamp(4, TIER),
            window: measure.window.clamp(6, 8),
            reset: RESET,
            numbers: 0,
            spark: 0,
            age: AGE,
            remark: true,
            gauge: 0,
        }
    }

    fn wide(width: u16, name: u16, measure: &Measure, lines: u16) -> Self {
        let has_hours = lines == 1 && width >= HOURS_FROM && measure.has_hours;
        Self {
            gap: if width < ROOMY { 1 } else { 2 },
            margin: 2,
            name: name.clamp(8, 24),
            tier: measure.tier.clamp(4, 13),
            window: measure.window.clamp(6, if width < ROOMY { 8 } else { 12 }),
            numbers: measure.today().max(TODAY),
            spark: if has_hours { spark::HOURS } else { 0 },
            ..Self::medium(name, measure)
        }
    }

    /// The least that the gauge and the remark need.
    fn least(&self) -> u16 {
        if self.remark { SHORT + self.gap + LEAST_GAUGE } else { 4 }
    }

    /// Leaves out what can be left out until there is room.
    fn give_way(&mut self, class: WidthClass, width: u16) {
        if class == WidthClass::Narrow {
            self.window = 0;
            return;
        }
        self.window = self.window.min(6);
        let missing = self.least().saturating_sub(self.left_of(width));
        self.name = self.name.saturating_sub(missing).max(self.name.min(SHORT_NAME));
        for tier in [10, 6] {
            if self.left_of(width) < self.least() {
                self.tier = self.tier.min(tier);
            }
        }
        if self.left_of(width) < self.least() {
            self.numbers = 0;
        }
    }

    /// How much further to the right the remark must begin, so that both caps have room before it in the second line,
    /// while it keeps what it needs itself.
    fn missing_below(&self, width: u16, rest: u16) -> u16 {
        let remark = rest.saturating_sub(self.gauge + self.gap);
        let end = self.name_start() + self.name + self.gap + spark::HOURS + APART + WINDOWS + APART;
        end.saturating_sub(width - remark).min(remark.saturating_sub(SHORT))
    }

    /// What the gauge and the remark have to share.
    fn left_of(&self, width: u16) -> u16 {
        let taken = [self.tier_column(), self.window, PERCENT, self.reset, self.numbers, self.spark, self.age];
        let columns: u16 = taken.iter().filter(|width| **width > 0).map(|width| width + self.gap).sum();
        width.saturating_sub(self.name_start() + self.name + self.gap + columns)
    }

    fn name_start(&self) -> u16 {
        self.margin + 3
    }

    /// The tier with what stands after it beside the gap of every column.
    fn tier_column(&self) -> u16 {
        if self.tier > 0 { self.tier + TIER_GAP.saturating_sub(self.gap) } else { 0 }
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
        let tier = next(self.tier_column()).map(|column| Span { width: self.tier, ..column });
        let window = next(self.window);
        let gauge = next(self.gauge).unwrap_or(nothing);
        let percent = next(PERCENT).unwrap_or(nothing);
        let reset = next(self.reset);
        let numbers = next(self.numbers);
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
            numbers,
            spark,
            age,
            remark: self.remark.then(|| Span { start: remark_start, width: width.saturating_sub(remark_start) }),
            words: words(words_end),
            to_the_end: words(width),
        }
    }
}
