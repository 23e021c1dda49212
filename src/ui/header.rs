//! The first line: what is left of everything, when it resets, and what the worker is doing.
//!
//! ```text
//!  chutes-top   12 keys · 31,204 of 38,900 left today · 2 missing      reset in 5h 12m (01:00)   ● oldest 3m · next in 2m
//! ```
//!
//! The total is of the last good numbers of this day, also those of a credential whose last refresh
//! failed. Those without such a number are counted as missing, so that a total of a part does not look
//! like one of all. The age is that of the oldest number in the total: every other is newer. Where there
//! is no room, what matters least goes first; a pause and the word DEMO stay.

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness};
use crate::domain::window::next_daily_reset;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::pieces::{self, Piece};

/// Draws the header.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let line = cells::line(area, 0);
    let inner = Rect { width: line.width.saturating_sub(2), ..cells::after(line, 1) };
    let tally = Tally::of(ctx.app.usage().credentials(), ctx.now);
    pieces::draw(inner, buf, left(&tally, ctx), right(&tally, ctx));
    let rule = ctx.theme.marks.rule.repeat(usize::from(area.width));
    cells::put(cells::line(area, 1), buf, &rule, ctx.theme.quiet);
}

/// What the header says of all credentials, in one pass over them.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    keys: usize,
    left: f64,
    limit: u64,
    /// Without a number of today.
    missing: usize,
    /// Of those, without any answer yet.
    waiting: usize,
    stale: usize,
    asking: usize,
    oldest: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
}

impl Tally {
    fn of(entries: &[CredentialUsage], now: DateTime<Utc>) -> Self {
        let mut tally = Self { keys: entries.len(), ..Self::default() };
        for entry in entries {
            tally.add(entry, now);
        }
        tally
    }

    fn add(&mut self, entry: &CredentialUsage, now: DateTime<Utc>) {
        let freshness = entry.freshness(now);
        self.asking += usize::from(entry.is_asking());
        self.stale += usize::from(freshness == Freshness::Stale);
        self.waiting += usize::from(freshness == Freshness::Waiting);
        self.next = earlier(self.next, entry.next_refresh());
        let Some(usage) = entry.usage(now) else {
            self.missing += 1;
            return;
        };
        self.oldest = earlier(self.oldest, entry.baseline().map(|snapshot| snapshot.fetched_at));
        if let Some(limit) = usage.limit() {
            if let Some(left) = usage.remaining() {
                self.limit = self.limit.saturating_add(limit);
                self.left += left;
            } else {
                self.missing += 1;
            }
        }
    }
}

fn earlier(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn left(tally: &Tally, ctx: &Context<'_>) -> Vec<Piece> {
    let theme = ctx.theme;
    let dot = theme.marks.between;
    let mut pieces = vec![Piece::new("chutes-top", 20, theme.strong).heading()];
    if ctx.app.is_demo() {
        pieces.push(Piece::new(" DEMO ", 250, theme.demo).or("DEMO", 251).heading());
    }
    if tally.keys == 0 {
        pieces.push(Piece::new("no key yet", 30, theme.text));
        return pieces;
    }
    let keys = if tally.keys == 1 { "1 key".to_owned() } else { format!("{} keys", text::count(count(tally.keys))) };
    pieces.push(Piece::new(keys, 30, theme.text));
    if tally.limit > 0 {
        let (left, limit) = (text::requests(tally.left), text::count(tally.limit));
        let total = Piece::new(format!("{left} of {limit} left today"), 40, theme.text)
            .or(format!("{left} of {limit} left"), 70)
            .or(format!("{left} left"), 200);
        pieces.push(total.after(dot));
    }
    let missing = tally.missing.saturating_sub(tally.waiting);
    for (number, what, weight, style) in [
        (tally.waiting, "to come", 100, theme.quiet),
        (missing, "missing", 110, theme.low),
        (tally.stale, "stale", 105, theme.low),
    ] {
        if number > 0 {
            pieces.push(Piece::new(format!("{} {what}", text::count(count(number))), weight, style).after(dot));
        }
    }
    pieces
}

fn right(tally: &Tally, ctx: &Context<'_>) -> Vec<Piece> {
    let theme = ctx.theme;
    if tally.keys == 0 {
        return notices(ctx).into_iter().collect();
    }
    let reset = next_daily_reset(ctx.now);
    let clock = text::clock_time(reset, ctx.now, ctx.app.zone());
    let countdown = text::countdown(reset, ctx.now);
    let reset = if ctx.app.shows_clock() {
        Piece::new(format!("reset at {clock} (in {countdown})"), 50, theme.text)
            .or(format!("reset at {clock}"), 80)
            .or(clock, 150)
    } else {
        Piece::new(format!("reset in {countdown} ({clock})"), 50, theme.text)
            .or(format!("reset in {countdown}"), 80)
            .or(countdown, 150)
    };
    let mut pieces = vec![reset];
    pieces.extend(worker(tally, ctx));
    pieces.extend(notices(ctx));
    pieces
}

/// How many notices there are, and the key that lists them.
fn notices(ctx: &Context<'_>) -> Option<Piece> {
    let text = match ctx.app.notices().len() {
        0 => return None,
        1 => "1 notice: ?".to_owned(),
        many => format!("{many} notices: ?"),
    };
    Some(Piece::new(text, 90, ctx.theme.low))
}

/// What the worker is doing.
fn worker(tally: &Tally, ctx: &Context<'_>) -> Option<Piece> {
    let (theme, marks) = (ctx.theme, &ctx.theme.marks);
    if ctx.app.is_paused() {
        return Some(Piece::new("paused: p resumes", 60, theme.low).or("paused", 240));
    }
    if let Some(until) = ctx.host_paused_until() {
        let clock = text::clock_time(until, ctx.now, ctx.app.zone());
        return Some(
            Piece::new(format!("paused by the server until {clock} (429)"), 65, theme.low)
                .or(format!("server pause until {clock}"), 120)
                .or(format!("pause {clock}"), 240),
        );
    }
    if tally.asking > 0 {
        return Some(steady(format!("{} asking {}", marks.asking, tally.asking), ctx));
    }
    let next = text::until(tally.next?, ctx.now);
    let next = if next == "now" { "next due".to_owned() } else { format!("next in {next}") };
    let short = format!("{} {next}", marks.fresh);
    Some(match tally.oldest {
        Some(oldest) => {
            let age = text::age(oldest, ctx.now);
            let long = format!("{} oldest {age}{}{next}", marks.fresh, marks.between);
            Piece::new(padded(&long), 10, theme.text).or(short, 35)
        }
        None => steady(short, ctx),
    })
}

/// A state of the worker, as wide as its others where there is room, so that nothing moves aside for it.
fn steady(text: String, ctx: &Context<'_>) -> Piece {
    Piece::new(padded(&text), 10, ctx.theme.text).or(text, 35)
}

/// `text` in as many columns as `● oldest <1m · next in <1m` has.
fn padded(text: &str) -> String {
    format!("{text:<26}")
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
