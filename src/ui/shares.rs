//! What an account's requests went to, chute by chute.
//!
//! ```text
//!  requests of the last 24h
//!  CHUTE                     REQUESTS   DOLLARS   TOKENS   SHARE
//!  deepseek-ai/DeepSeek-V3      812.4     $0.00    12.3M    62 %
//! ```

use std::fmt::Write as _;

use ratatui::text::{Line, Span};

use crate::domain::activity::ChuteShare;
use crate::domain::text;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::page;

/// Rows of the table, at the most.
const MOST: usize = 20;

/// The lines of the table, `width` columns wide.
pub(super) fn lines(width: u16, ctx: &Context<'_>) -> Vec<Line<'static>> {
    let theme = ctx.theme;
    let title = format!("requests of the last {}", ctx.app.span().label());
    let mut lines = vec![page::line(title, theme.strong)];
    let Some(past) = ctx.app.past() else { return lines };
    if past.shares.is_empty() {
        lines.push(page::line("none that the server told of", theme.quiet));
        return lines;
    }
    let table = Table::of(&past.shares, width, ctx);
    lines.push(page::line(table.line("CHUTE", ["REQUESTS", "DOLLARS", "TOKENS", "SHARE"]), theme.quiet));
    let all: f64 = past.shares.iter().map(|share| share.requests).sum();
    for share in past.shares.iter().take(MOST) {
        let fraction = if all > 0.0 { text::percent(share.requests / all) } else { text::UNKNOWN.to_owned() };
        let numbers =
            [text::requests(share.requests), text::dollars(share.dollars), text::short_count(share.tokens), fraction];
        let line = table.line(&name(share, ctx), numbers.each_ref().map(String::as_str));
        lines.push(Line::from(Span::styled(line, theme.text)));
    }
    if let more @ 1.. = past.shares.len().saturating_sub(MOST) {
        lines.push(page::line(format!("and {more} more"), theme.quiet));
    }
    lines
}

fn name(share: &ChuteShare, ctx: &Context<'_>) -> String {
    share.chute.as_ref().map_or("not told", |chute| ctx.app.usage().chute_name(chute)).to_owned()
}

/// How wide the columns are; 0: it is left out.
struct Table<'a> {
    name: u16,
    numbers: [u16; 4],
    ctx: &'a Context<'a>,
}

impl<'a> Table<'a> {
    /// Where there is no room the tokens go first, then the dollars.
    fn of(shares: &[ChuteShare], width: u16, ctx: &'a Context<'a>) -> Self {
        const LEAST_NAME: u16 = 14;
        let names = shares.iter().take(MOST).map(|share| cells::width(&name(share, ctx))).max().unwrap_or(0);
        let mut numbers = [11, 11, 8, 7];
        for place in [2, 1] {
            if numbers.iter().sum::<u16>() + LEAST_NAME > width
                && let Some(column) = numbers.get_mut(place)
            {
                *column = 0;
            }
        }
        let room = width.saturating_sub(numbers.iter().sum());
        Self { name: names.max(LEAST_NAME).min(room), numbers, ctx }
    }

    fn line(&self, name: &str, numbers: [&str; 4]) -> String {
        let name = cells::fit(name, self.name, self.ctx.theme.marks.cut);
        let pad = usize::from(self.name.saturating_sub(cells::width(&name)));
        let mut line = format!("{name}{}", " ".repeat(pad));
        for (number, width) in numbers.into_iter().zip(self.numbers.map(usize::from)) {
            if width > 0 {
                // Writing to a string cannot fail.
                let _ = write!(line, "{number:>width$}");
            }
        }
        line
    }
}
