//! The first line: what is left of everything, when it resets, and what the worker is doing.
//!
//! ```text
//!  chutes-top   13 keys, 12 accounts · 31,204 of 38,900 left today · 2 accounts missing      reset in 5h 12m (01:00)   ● oldest 3m · next in 2m
//! ```
//!
//! An account is counted once, however many keys it has. The total is of the last good numbers of this day, also
//! those of a credential whose last refresh failed. Accounts without such a number are counted as missing, so that a
//! total of a part does not look like one of all, and those of which it is old as stale. The age is that of the oldest
//! number in the total: every other is newer. Where there is no room, what matters least goes first; a pause and the
//! word DEMO stay.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::interval;
use crate::domain::text;
use crate::domain::usage::{Overview, Stretch};
use crate::domain::window::next_daily_reset;
use crate::ui::Context;
use crate::ui::cells;
use crate::ui::pieces::{self, Piece};

/// Draws the header.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let line = cells::line(area, 0);
    let inner = Rect { width: line.width.saturating_sub(2), ..cells::after(line, 1) };
    let tally = ctx.app.usage().overview(ctx.now);
    pieces::draw(inner, buf, left(&tally, ctx), right(&tally, ctx));
    let rule = ctx.theme.marks.rule.repeat(usize::from(area.width));
    cells::put(cells::line(area, 1), buf, &rule, ctx.theme.quiet);
}

fn left(tally: &Overview, ctx: &Context<'_>) -> Vec<Piece> {
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
    let keys = if tally.accounts < tally.keys {
        Piece::new(format!("{keys}, {}", accounts(tally.accounts)), 25, theme.text).or(keys, 30)
    } else {
        Piece::new(keys, 30, theme.text)
    };
    pieces.push(ctx.app.usage().stretch().map_or(keys, |stretch| stretched(tally, stretch, ctx)));
    if tally.limit > 0 {
        let (left, limit) = (text::requests(tally.left), text::count(tally.limit));
        // There may be no room to say how many are missing: what is left is this at least, or about this where some of it
        // is old.
        let bound = match (tally.missing, tally.stale) {
            (0, _) => "",
            (_, 0) => theme.marks.at_least,
            _ => theme.marks.about,
        };
        let total = Piece::new(format!("{left} of {limit} left today"), 40, theme.text)
            .or(format!("{left} of {limit} left"), 70)
            .or(format!("{bound}{left} left"), 200);
        pieces.push(total.after(dot));
    }
    let missing = tally.missing.saturating_sub(tally.waiting);
    for (number, what, weight, style) in [
        (tally.waiting, "to come", 100, theme.quiet),
        (missing, "missing", 110, theme.low),
        (tally.stale, "stale", 105, theme.low),
    ] {
        if number == 0 {
            continue;
        }
        let short = format!("{} {what}", text::count(count(number)));
        // Where every key is an account of its own there is nothing to mistake.
        let piece = if tally.accounts < tally.keys {
            Piece::new(format!("{} {what}", accounts(number)), 15, style).or(short, weight)
        } else {
            Piece::new(short, weight, style)
        };
        pieces.push(piece.after(dot));
    }
    pieces
}

/// `1 account`, `12 accounts`.
fn accounts(number: usize) -> String {
    if number == 1 { "1 account".to_owned() } else { format!("{} accounts", text::count(count(number))) }
}

fn right(tally: &Overview, ctx: &Context<'_>) -> Vec<Piece> {
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
            .or(clock, 107)
    } else {
        Piece::new(format!("reset in {countdown} ({clock})"), 50, theme.text)
            .or(format!("reset in {countdown}"), 80)
            .or(countdown, 107)
    };
    let mut pieces = vec![reset];
    pieces.extend(worker(tally, ctx));
    pieces.extend(notices(ctx));
    pieces
}

/// How many keys there are, and how often each is asked when the budget is too small for the interval.
fn stretched(tally: &Overview, stretch: Stretch, ctx: &Context<'_>) -> Piece {
    let keys = format!("{} keys", text::count(count(tally.keys)));
    let minutes = Duration::from_mins(stretch.interval.as_secs().div_ceil(60));
    let every = format!("every {}: {keys}", interval::text(minutes));
    let (requests, rate) = (text::count(count(stretch.requests)), stretch.per_minute);
    Piece::new(format!("{every}, {requests} requests at {rate}/min"), 24, ctx.theme.text).or(every, 29).or(keys, 30)
}

/// How many notices there are, and the key that lists them.
fn notices(ctx: &Context<'_>) -> Option<Piece> {
    let text = match ctx.app.notices().len() {
        0 => return None,
        1 => "1 notice: ?".to_owned(),
        many => format!("{many} notices: ?"),
    };
    Some(Piece::new(text, 97, ctx.theme.low))
}

/// What the worker is doing. There is always room for the shortest way to say it.
fn worker(tally: &Overview, ctx: &Context<'_>) -> Option<Piece> {
    let (theme, marks) = (ctx.theme, &ctx.theme.marks);
    if ctx.app.is_paused() {
        return Some(steady("paused: p resumes", "paused", "paused", theme.low));
    }
    if let Some(until) = ctx.host_paused_until() {
        let clock = text::clock_time(until, ctx.now, ctx.app.zone());
        let short = format!("pause {clock}");
        return Some(steady(&format!("server pause until {clock}"), &short, &short, theme.low));
    }
    if tally.asking > 0 {
        let asking = format!("{} asking {}", marks.asking, tally.asking);
        return Some(steady(&asking, &asking, &format!("{} {}", marks.asking, tally.asking), theme.text));
    }
    let until = text::until(tally.next_refresh?, ctx.now);
    // Hours are near enough where there is little room.
    let near = until.split(' ').next().unwrap_or(&until);
    let fresh = marks.fresh;
    let (long, short, shortest) = match until.as_str() {
        "now" => ("next due".to_owned(), "next due".to_owned(), "due"),
        _ => (format!("next in {until}"), format!("next in {near}"), near),
    };
    let long = match tally.oldest {
        Some(oldest) => format!("{fresh} oldest {}{}{long}", text::age(oldest, ctx.now), marks.between),
        None => format!("{fresh} {long}"),
    };
    Some(steady(&long, &format!("{fresh} {short}"), &format!("{fresh} {shortest}"), theme.text))
}

/// A state of the worker in three lengths, each padded to the width of the other states, so that nothing moves when it
/// changes: as `● oldest <1m · next in <1m`, `● next in <1m` and `paused`.
fn steady(long: &str, short: &str, shortest: &str, style: Style) -> Piece {
    Piece::new(format!("{long:<26}"), 10, style).or(format!("{short:<13}"), 96).or(format!("{shortest:<6}"), 240)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
