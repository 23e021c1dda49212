//! Everything known of one credential, over the whole screen: what there is now on the left, what was on
//! the right, or below it where there is no room beside it.
//!
//! ```text
//!  ● work   shares quota with batch                     day, the last 24h
//!                                                       2,000           ┊
//!  day       ███████████▋·······  37 % left                        ▂▄▆██┊
//!            1,262.3 / 2,000 used, 737.7 left                   ▂▅██████┊   ▁▂▂▃
//!            reset in 5h 12m, 01:00 (computed)              0 ▅█████████┊▁▂▃████
//!            lasts to reset (≈62 % used)                      ──┬──────┬──────┬─
//!  4h        ████▋··············  55 % left                    20:00 02:00 08:00
//!            $3.30 / $8.33 used, $5.03 left
//!            reset in 1h 12m, 21:00                     requests of the last 24h
//!                                                       CHUTE   REQUESTS   SHARE
//!  plan      plus, $10.00 a month, renews 2026-12-10    DeepSeek-V3  812    62 %
//!  balance   $7.35
//! ```

mod facts;
mod windows;

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::layout::WidthClass;
use crate::domain::text;
use crate::domain::usage::CredentialUsage;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::chart;
use crate::ui::outlook;
use crate::ui::page;
use crate::ui::row::{self, Row};
use crate::ui::shares;

/// The column of the names of the facts.
const NAMES: u16 = 10;

/// Draws the details of the selected credential, and gives how many lines down they can be scrolled.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) -> u16 {
    let mut end = 0;
    for (area, lines) in pages(area, ctx) {
        end = end.max(page::draw(area, buf, lines, 1, ctx));
    }
    u16::try_from(end).unwrap_or(u16::MAX)
}

/// The pages side by side, which are scrolled together.
fn pages(area: Rect, ctx: &Context<'_>) -> Vec<(Rect, Vec<Line<'static>>)> {
    let Some(entry) = ctx.app.selected().and_then(|id| ctx.app.usage().get(id)) else {
        return vec![(area, vec![page::line("no key is selected: Esc goes back", ctx.theme.quiet)])];
    };
    if ctx.layout.width == WidthClass::Wide {
        let left = Rect { width: area.width / 2, ..area };
        let right = cells::after(area, left.width);
        vec![(left, now(entry, page::text_area(left).width, ctx)), (right, past(entry, right, ctx))]
    } else {
        vec![(area, one_below_the_other(entry, area, ctx))]
    }
}

/// What there is now.
fn now(entry: &CredentialUsage, width: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let mut facts = Facts::new(width, ctx);
    facts.title(entry);
    facts.blank();
    facts.windows(entry);
    facts.blank();
    facts.account(entry);
    facts.blank();
    facts.parts(entry);
    if let Some(failed) = entry.failure() {
        facts.blank();
        facts.failure(failed);
    }
    facts.lines
}

/// What was.
fn past(entry: &CredentialUsage, area: Rect, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let width = page::text_area(area).width;
    let mut lines = chart::lines(entry, width, chart_height(area.height), ctx);
    lines.push(Line::default());
    lines.extend(shares::lines(width, ctx));
    lines
}

/// In the order in which it matters.
fn one_below_the_other(entry: &CredentialUsage, area: Rect, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let mut facts = Facts::new(page::text_area(area).width, ctx);
    facts.title(entry);
    if area.height > 8 {
        facts.blank();
    }
    facts.windows(entry);
    if let Some(failed) = entry.failure() {
        facts.blank();
        facts.failure(failed);
    }
    facts.blank();
    facts.lines.extend(past(entry, area, ctx));
    facts.blank();
    facts.account(entry);
    facts.blank();
    facts.parts(entry);
    facts.lines
}

/// Rows of the chart's field: a third of what there is.
fn chart_height(rows: u16) -> u16 {
    (rows / 3).clamp(3, 10)
}

/// The lines as they are gathered.
struct Facts<'a> {
    lines: Vec<Line<'static>>,
    width: u16,
    ctx: &'a Context<'a>,
}

impl<'a> Facts<'a> {
    fn new(width: u16, ctx: &'a Context<'a>) -> Self {
        Self { lines: Vec::new(), width, ctx }
    }

    fn add(&mut self, name: &str, text: &str) {
        self.add_styled(name, text, self.ctx.theme.text);
    }

    fn add_styled(&mut self, name: &str, text: &str, style: Style) {
        self.lines.extend(page::fact(name, NAMES, text, self.width, (self.ctx.theme.quiet, style)));
    }

    /// The reader's clock, with the date of a day that is no longer told by the name of a weekday.
    fn when(&self, at: DateTime<Utc>) -> String {
        let (clock, zone) = (outlook::clock(at, self.ctx), self.ctx.app.zone());
        if clock.contains(':') { clock } else { format!("{clock} {}", text::clock_time(at, at, zone)) }
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    fn title(&mut self, entry: &CredentialUsage) {
        let theme = self.ctx.theme;
        let (mark, style) = row::mark(entry, entry.freshness(self.ctx.now), self.ctx);
        let row = Row::of(entry, self.ctx);
        let room = self.width.saturating_sub(cells::width(&row.name) + 7);
        let mut title = vec![
            Span::styled(format!("{mark} "), style),
            Span::styled(row.name.clone(), theme.strong),
            Span::styled(format!("   {}", row.state().fitting(room)), row.remark_style),
        ];
        if self.ctx.best == Some(entry.identity().id) {
            title.insert(2, Span::styled(format!(" {}", theme.marks.best), theme.accent));
        }
        self.lines.push(Line::from(title));
    }
}
