//! Everything known of one credential, over the whole screen.
//!
//! ```text
//!  ● work
//!  key       cpk_ab12
//!  tier      plus
//!
//!  today     ███████████████▋·········  37 % left
//!  used      1,262.3
//!  left      737.7
//!  limit     2,000 requests a UTC day
//!  reset     in 5h 12m, 2026-11-24 01:00 (00:00 UTC, computed)
//!
//!  read      3m 20s ago, 2026-11-23 18:45
//!  next      in 2m, 2026-11-23 18:50
//!  interval  5m
//!
//!  failed    20s ago, 2026-11-23 18:47
//!  kind      timeout
//!  message   no whole answer within 10 s
//! ```

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::interval;
use crate::domain::quota::{Headroom, Quota, QuotaUsage, as_f64};
use crate::domain::snapshot::Snapshot;
use crate::domain::text;
use crate::domain::tier::TierName;
use crate::domain::usage::{CredentialUsage, FailedRefresh, Freshness};
use crate::domain::window::next_daily_reset;
use crate::ui::Context;
use crate::ui::gauge;
use crate::ui::page;
use crate::ui::remark;
use crate::ui::row::{self, Row};

/// The column of the names of the facts.
const NAMES: u16 = 10;

/// Draws the details of the selected credential.
pub(super) fn draw(area: Rect, buf: &mut Buffer, ctx: &Context<'_>) {
    let entry = ctx.app.selected().and_then(|id| ctx.app.usage().get(id));
    let lines = match entry {
        Some(entry) => Facts::of(entry, page::text_area(area).width, ctx).lines,
        None => vec![page::line("no key is selected: Esc goes back", ctx.theme.quiet)],
    };
    page::draw(area, buf, lines, 1, ctx);
}

/// The lines as they are gathered.
struct Facts<'a> {
    lines: Vec<Line<'static>>,
    width: u16,
    ctx: &'a Context<'a>,
}

impl<'a> Facts<'a> {
    fn of(entry: &CredentialUsage, width: u16, ctx: &'a Context<'a>) -> Self {
        let mut facts = Self { lines: Vec::new(), width, ctx };
        facts.identity(entry);
        if let Some(snapshot) = entry.baseline() {
            facts.numbers(entry, snapshot);
        }
        facts.times(entry);
        if let Some(failed) = entry.failure() {
            facts.failure(failed);
        }
        facts
    }

    fn add(&mut self, name: &str, text: &str) {
        self.add_styled(name, text, self.ctx.theme.text);
    }

    fn add_styled(&mut self, name: &str, text: &str, style: Style) {
        self.lines.extend(page::fact(name, NAMES, text, self.width, (self.ctx.theme.quiet, style)));
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    fn identity(&mut self, entry: &CredentialUsage) {
        let (mark, style) = row::mark(entry, entry.freshness(self.ctx.now), self.ctx);
        let row = Row::of(entry, self.ctx);
        let title = vec![
            Span::styled(format!("{mark} "), style),
            Span::styled(row.name.clone(), self.ctx.theme.strong),
            Span::styled(format!("   {}", row.state()), row.state_style()),
        ];
        self.lines.push(Line::from(title));
        self.blank();
        let identity = entry.identity();
        if self.ctx.app.is_masked() {
            self.add_styled("key", "masked: x shows it", self.ctx.theme.quiet);
        } else {
            if identity.labels.len() > 1 {
                self.add("names", &identity.labels.join(", "));
            }
            let hint = if identity.key_hint.is_empty() { "not of the usual form" } else { &identity.key_hint };
            let more = if identity.key_hint.is_empty() { "" } else { "…" };
            self.add("key", &format!("{hint}{more}"));
        }
        self.add("tier", &tier(entry));
    }

    fn numbers(&mut self, entry: &CredentialUsage, snapshot: &Snapshot) {
        self.blank();
        let usage = &snapshot.usage;
        if entry.freshness(self.ctx.now) == Freshness::PendingReset {
            let state = remark::of(entry, Freshness::PendingReset, self.ctx);
            self.add("today", &format!("{state}: the numbers below are of before the reset"));
        } else if usage.limit().is_some_and(|limit| limit > 0) {
            self.gauge(entry, usage);
        }
        let number = |number: Option<f64>| number.map_or_else(|| text::UNKNOWN.to_owned(), text::requests);
        match usage.quota() {
            Quota::Unlimited => {
                self.add("used", &used(usage));
                self.add("limit", "no daily limit");
            }
            Quota::Finite(0) => {
                self.add("used", &used(usage));
                self.add("limit", "0: no daily quota, pay as you go");
            }
            Quota::Finite(limit) => {
                self.add("used", &used(usage));
                self.add("left", &number(usage.remaining()));
                self.add("limit", &format!("{} requests a UTC day", text::count(limit)));
            }
        }
        let reset = next_daily_reset(self.ctx.now);
        let local = text::date_time(reset, self.ctx.app.zone());
        let countdown = text::countdown(reset, self.ctx.now);
        self.add("reset", &format!("in {countdown}, {local} (computed: 00:00 UTC)"));
    }

    fn gauge(&mut self, entry: &CredentialUsage, usage: &QuotaUsage) {
        let (theme, headroom) = (self.ctx.theme, entry.headroom(self.ctx.now));
        let current = entry.freshness(self.ctx.now) == Freshness::Fresh;
        let left = usage.remaining_fraction();
        let width = usize::from(self.width.saturating_sub(NAMES + 12).clamp(4, 48));
        let (full, empty) = gauge::text(left.map(|left| 1.0 - left), width, &theme.marks);
        let percent = left.map_or_else(|| text::UNKNOWN.to_owned(), text::percent);
        let (full_style, number) =
            if current { (theme.level(headroom), theme.number(headroom)) } else { (theme.quiet, theme.quiet) };
        let name = format!("{:<1$}", "today", usize::from(NAMES));
        self.lines.push(Line::from(vec![
            Span::styled(name, theme.quiet),
            Span::styled(full, full_style),
            Span::styled(empty, theme.quiet),
            Span::styled(format!("  {percent} left"), number),
        ]));
    }

    fn times(&mut self, entry: &CredentialUsage) {
        self.blank();
        match entry.baseline() {
            Some(snapshot) => self.add("read", &self.past(snapshot.fetched_at)),
            None => self.add("read", "never"),
        }
        let next = match entry.next_refresh() {
            _ if entry.is_asking() => "being asked now".to_owned(),
            _ if self.ctx.app.is_paused() => "paused: p resumes, r asks once".to_owned(),
            Some(at) if at <= self.ctx.now => "due".to_owned(),
            Some(at) => format!("in {}, {}", text::until(at, self.ctx.now), self.date_time(at)),
            None => "not planned: r asks".to_owned(),
        };
        self.add("next", &next);
        self.add("interval", &interval::text(self.ctx.app.interval()));
    }

    fn failure(&mut self, failed: &FailedRefresh) {
        self.blank();
        let failure = &failed.failure;
        let style = self.ctx.theme.low;
        self.add_styled("failed", &format!("{}: {}", self.past(failed.at), failure.summary()), style);
        let status = failure.http_status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
        self.add("kind", &format!("{}, {status}", failure.kind.as_str()));
        if !failure.message.is_empty() {
            self.add("message", &failure.message);
        }
    }

    fn past(&self, at: DateTime<Utc>) -> String {
        format!("{}, {}", text::exact_age(at, self.ctx.now), self.date_time(at))
    }

    fn date_time(&self, at: DateTime<Utc>) -> String {
        text::date_time(at, self.ctx.app.zone())
    }
}

/// The tier; one that no plan has is not guessed.
fn tier(entry: &CredentialUsage) -> String {
    let tier = entry.tier();
    match (tier.name, entry.baseline()) {
        (TierName::Unknown, Some(_)) => "unknown: no plan has this limit".to_owned(),
        (TierName::Unknown, None) => "not known".to_owned(),
        _ => tier.label().to_owned(),
    }
}

fn used(usage: &QuotaUsage) -> String {
    let Some(used) = usage.used() else { return "not known to the server".to_owned() };
    let over = usage.headroom() == Headroom::Exhausted && usage.limit().is_some_and(|limit| used > as_f64(limit));
    format!("{}{}", text::requests(used), if over { " (over the limit)" } else { "" })
}
