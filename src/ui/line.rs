//! The whole program in one row, for a terminal that is one row high.
//!
//! ```text
//! chutes ■ alice 0 % · ▲ batch 14 % · 10 ok · reset 5h 12m
//! ```
//!
//! Named are those that need attention, worst first; the others are counted. An account is named or counted once,
//! however many keys it has. Where there is no room, the name of the program goes first, then the reset, then the
//! counts, and those that are not named any more are counted: `+3`.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::usage::{Beyond, CredentialUsage, Freshness};
use crate::domain::window::{Window, next_daily_reset};
use crate::ui::Context;
use crate::ui::cells::{self, Piece};
use crate::ui::list;
use crate::ui::remark;
use crate::ui::row;

/// The widest name, in columns.
const NAME: u16 = 20;
/// Ways to say it, from the fullest, by how much is left out.
const LEVELS: u8 = 4;

/// Draws the line into the first row of `area`.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let line = cells::line(area, 0);
    let mut pieces = Said::of(ctx).fitting(line.width, ctx);
    pieces.extend(flash(cells::width_of(&pieces), area, ctx).into_iter().flatten());
    cells::put_all(line, buf, &pieces, ctx.theme.marks.cut);
}

/// The result of the last key, as far as there is room after `taken` columns; a second row would show it whole.
fn flash(taken: u16, area: Rect, ctx: &Context<'_>) -> Option<[Piece; 2]> {
    /// With fewer columns than this it would say nothing.
    const LEAST: u16 = 15;
    let between = ctx.theme.marks.between;
    let room = area.width.saturating_sub(taken).saturating_sub(cells::width(between));
    let flash = ctx.app.flash().filter(|_| area.height == 1 && room >= LEAST)?;
    let flash = cells::fit(flash, room, ctx.theme.marks.cut).into_owned();
    Some([(between.to_owned(), ctx.theme.quiet), (flash, ctx.theme.strong)])
}

/// One that needs attention.
struct Named<'a> {
    entry: &'a CredentialUsage,
    freshness: Freshness,
    /// The part left of the window that binds; above 1 where there is none to be known.
    left: f64,
}

/// What the line says.
#[derive(Default)]
struct Said<'a> {
    /// Worst first.
    named: Vec<Named<'a>>,
    ok: usize,
    stale: usize,
    unknown: usize,
    /// The last refresh failed; the number is not old yet.
    failing: usize,
    /// They have nothing included, and no balance.
    refused: usize,
    to_come: usize,
}

impl<'a> Said<'a> {
    fn of(ctx: &Context<'a>) -> Self {
        let usage = ctx.app.usage();
        let (mut said, mut seen) = (Self::default(), HashSet::new());
        let entries = ctx.app.rows().iter().filter_map(|id| usage.get(*id));
        let mut entries: Vec<_> = entries.map(|entry| (entry, entry.freshness(ctx.now))).collect();
        // Of an account, the key with the best numbers speaks.
        entries.sort_by_key(|(_, freshness)| *freshness != Freshness::Fresh);
        for (entry, freshness) in entries {
            // A key that was never answered says nothing of its account.
            let group = usage.group_of(entry.identity().id).first().filter(|_| entry.baseline().is_some());
            if group.is_none_or(|first| seen.insert(*first)) {
                said.add(entry, freshness, ctx);
            }
        }
        let headroom = |named: &Named<'_>| named.entry.headroom(ctx.now);
        said.named.sort_by(|a, b| headroom(b).cmp(&headroom(a)).then_with(|| a.left.total_cmp(&b.left)));
        said
    }

    fn add(&mut self, entry: &'a CredentialUsage, freshness: Freshness, ctx: &Context<'_>) {
        let left = entry.binding(ctx.now).and_then(|state| state.window.remaining_fraction());
        match (freshness, entry.headroom(ctx.now)) {
            (Freshness::Failed, _) => self.named.push(Named { entry, freshness, left: f64::INFINITY }),
            (Freshness::Waiting, _) => self.to_come += 1,
            (_, Headroom::Low | Headroom::NearlyOut | Headroom::Exhausted) => {
                self.named.push(Named { entry, freshness, left: left.unwrap_or(f64::INFINITY) });
            }
            (Freshness::Stale | Freshness::PendingReset, _) => self.stale += 1,
            _ if entry.old_binding(ctx.now).is_some() => self.stale += 1,
            _ if entry.failure().is_some() => self.failing += 1,
            (Freshness::Fresh, Headroom::Unknown) => self.unknown += 1,
            (Freshness::Fresh, Headroom::NoQuota) if entry.beyond() == Beyond::Refused => self.refused += 1,
            (Freshness::Fresh, _) => self.ok += 1,
        }
    }

    /// The fullest form that fits and names all credentials, or else the two worst, or else the shortest.
    fn fitting(&self, room: u16, ctx: &Context<'_>) -> Vec<Piece> {
        // No name takes fewer columns than this.
        let most = self.named.len().min(usize::from(room) / 6 + 1);
        let all = (0..2).map(|level| (level, self.named.len())).filter(|(_, count)| *count == most);
        let ways = (0..LEVELS).flat_map(|level| (0..=most).rev().map(move |count| (level, count)));
        let enough = self.named.len().min(2);
        let ways = ways.filter(|(level, count)| *count >= enough || *level + 1 == LEVELS);
        for (level, count) in all.chain(ways) {
            let pieces = self.pieces(level, count, ctx);
            if cells::width_of(&pieces) <= room {
                return pieces;
            }
        }
        self.pieces(LEVELS - 1, enough.min(1), ctx)
    }

    /// The line with so much left out, and so many named.
    fn pieces(&self, level: u8, count: usize, ctx: &Context<'_>) -> Vec<Piece> {
        let theme = ctx.theme;
        let mut facts: Vec<Vec<Piece>> = self.named.iter().take(count).map(|named| named.pieces(ctx)).collect();
        if count < self.named.len() {
            facts.push(vec![(format!("+{}", self.named.len() - count), theme.low)]);
        }
        facts.extend(self.counts(level, ctx));
        facts.extend(held(ctx));
        if level < 2 && !ctx.app.rows().is_empty() {
            facts.push(vec![(reset(ctx), theme.text)]);
        }
        let mut pieces = Vec::new();
        if level < 1 {
            pieces.push(("chutes".to_owned(), theme.strong));
            pieces.push((" ".to_owned(), theme.text));
        }
        if ctx.app.is_demo() {
            pieces.push(("DEMO".to_owned(), theme.demo));
            pieces.push((" ".to_owned(), theme.text));
        }
        for (place, fact) in facts.into_iter().enumerate() {
            if place > 0 {
                pieces.push((theme.marks.between.to_owned(), theme.quiet));
            }
            pieces.extend(fact);
        }
        pieces
    }

    fn counts(&self, level: u8, ctx: &Context<'_>) -> Vec<Vec<Piece>> {
        let theme = ctx.theme;
        if ctx.app.usage().credentials().is_empty() {
            return vec![vec![("no key yet: d starts the demo".to_owned(), theme.text)]];
        }
        if ctx.app.rows().is_empty() {
            let why = match level {
                0..2 => list::why_nothing(ctx),
                2 => "no match: Esc clears it".to_owned(),
                _ => format!("{} hidden", ctx.app.hidden_rows()),
            };
            return vec![vec![(why, theme.text)]];
        }
        let mut counts = Vec::new();
        if self.ok > 0 && (level < 3 || self.named.is_empty()) {
            let mut ok = vec![(format!("{} ok", self.ok), theme.text)];
            if self.named.is_empty() {
                ok.insert(0, (format!("{} ", theme.marks.fresh), theme.ok));
            }
            counts.push(ok);
        }
        let rest = [
            (self.stale, "stale", theme.low),
            (self.failing, "failing", theme.low),
            (self.refused, "refused", theme.low),
            (self.unknown, "unknown", theme.low),
            (self.to_come, "to come", theme.quiet),
            (ctx.app.hidden_rows(), "hidden", theme.quiet),
        ];
        let rest = rest.into_iter().filter(|(number, ..)| *number > 0 && level < 3);
        counts.extend(rest.map(|(number, what, style)| vec![(format!("{number} {what}"), style)]));
        counts
    }
}

impl Named<'_> {
    /// The balance, where it is all there is to spend.
    fn balance(&self, ctx: &Context<'_>) -> Option<String> {
        match self.entry.beyond() {
            Beyond::Paid(balance) if !ctx.app.is_masked() => {
                Some(format!("{}{}", text::dollars(balance), remark::balance_age(self.entry, ctx)))
            }
            _ => None,
        }
    }

    /// `▲ batch 14 %`, `✕ bob failed`.
    fn pieces(&self, ctx: &Context<'_>) -> Vec<Piece> {
        let theme = ctx.theme;
        let (mark, style) = row::mark(self.entry, self.freshness, ctx);
        let name = ctx.app.name(self.entry.identity().id);
        let name = cells::fit(&name, NAME, theme.marks.cut).into_owned();
        let window = self.entry.binding(ctx.now).map(|state| &state.window);
        let left = window.and_then(Window::remaining_fraction);
        let number = theme.number(self.entry.headroom(ctx.now));
        let reached = self.entry.reached(ctx.now).filter(|reached| reached.state.is_some());
        let meant = match self.entry.used_up_chute(ctx.now) {
            Some(_) => Some("chute used up".to_owned()),
            None => reached.and_then(|reached| reached.brief(ctx.now)),
        };
        let meant = meant.filter(|_| self.entry.is_current(ctx.now));
        let (what, what_style) = match (self.freshness, left, self.balance(ctx)) {
            (Freshness::Failed, ..) => ("failed".to_owned(), theme.alarm),
            (Freshness::Fresh, ..) if let Some(meant) = meant => (meant, number),
            (Freshness::Fresh, Some(left), _) if self.entry.is_current(ctx.now) => (text::percent(left), number),
            (Freshness::Fresh, None, Some(balance)) => (balance, number),
            (_, left, _) => (left.map_or_else(|| text::UNKNOWN.to_owned(), text::percent), theme.quiet),
        };
        vec![(format!("{mark} "), style), (format!("{name} "), theme.text), (what, what_style)]
    }
}

/// That nothing is asked for now.
fn held(ctx: &Context<'_>) -> Option<Vec<Piece>> {
    if ctx.app.is_paused() {
        return Some(vec![("paused".to_owned(), ctx.theme.low)]);
    }
    let until = text::clock_time(ctx.host_paused_until()?, ctx.now, ctx.app.zone());
    Some(vec![(format!("server pause until {until}"), ctx.theme.low)])
}

/// When the day is reset.
fn reset(ctx: &Context<'_>) -> String {
    let at = next_daily_reset(ctx.now);
    if ctx.app.shows_clock() {
        return format!("reset {}", text::clock_time(at, ctx.now, ctx.app.zone()));
    }
    format!("reset {}", text::countdown(at, ctx.now))
}
