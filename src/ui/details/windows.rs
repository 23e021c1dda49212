//! A block of lines for each window: its gauge, its numbers, its reset and its forecast.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::quota::Quota;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness, WindowState};
use crate::domain::window::{Limit, ResetSource, Window, WindowKind};
use crate::ui::cells;
use crate::ui::details::{Facts, NAMES};
use crate::ui::gauge;
use crate::ui::outlook;
use crate::ui::remark;

impl Facts<'_> {
    /// Every window, in their order.
    pub(super) fn windows(&mut self, entry: &CredentialUsage) {
        let now = self.ctx.now;
        let unlimited = entry.baseline().filter(|snapshot| snapshot.usage.quota() == Quota::Unlimited);
        if let Some(snapshot) = unlimited {
            self.add("day", "no daily limit");
            self.add("", &format!("{} requests", text::amount(snapshot.usage.used(), Limit::Requests(0))));
        }
        let binding = entry.binding_index(now);
        for (place, state) in entry.windows().iter().enumerate() {
            self.window(entry, state, entry.windows().len() > 1 && binding == Some(place));
        }
        for kind in entry.not_told() {
            let name = self.ctx.app.window_name(&kind).to_owned();
            self.add(&name, "? the server does not tell this cap");
        }
        self.unread_chutes(entry);
        if entry.windows().is_empty() && unlimited.is_none() {
            self.add_styled("windows", "not known yet", self.ctx.theme.quiet);
        }
    }

    /// The chutes of which it is only known that they have a quota of their own.
    fn unread_chutes(&mut self, entry: &CredentialUsage) {
        let quotas = entry.quotas().value().into_iter().flatten();
        for quota in quotas.filter(|quota| quota.count.value().is_none()) {
            let name = self.name(&WindowKind::Chute(quota.chute.clone()));
            let (state, style) = match quota.count.failure() {
                Some(failure) => (format!("? not read: {}", failure.summary()), self.ctx.theme.low),
                None => ("? not read yet".to_owned(), self.ctx.theme.quiet),
            };
            self.add_styled(&name, &state, style);
        }
    }

    fn window(&mut self, entry: &CredentialUsage, state: &WindowState, binds: bool) {
        let window = &state.window;
        let name = self.name(&window.kind);
        let numbers = text::used_of_window(window);
        if !window.is_current(self.ctx.now) {
            let is_day = window.kind == WindowKind::Daily;
            let state = if is_day {
                remark::of(entry, Freshness::PendingReset, self.ctx)
            } else {
                remark::checking("", self.ctx)
            };
            self.add(&name, state.longest());
            return self.add_styled("", &format!("{numbers} before the reset"), self.ctx.theme.quiet);
        }
        if window.limit.amount() > 0.0 {
            self.gauge(&name, entry, state, binds);
            let is_old = entry.is_old(window, self.ctx.now);
            let age = if is_old { format!(", {}", text::ago(window.fetched_at, self.ctx.now)) } else { String::new() };
            self.add("", &format!("{}{age}", used(window, &numbers, self.is_wide())));
            self.low_by(entry, state);
        } else {
            self.add(&name, "nothing included: pay as you go");
            self.add("", &format!("{} used", text::amount(window.used, window.limit)));
        }
        let reset = self.reset(window);
        self.add("", &reset);
        // The failure of every other window is that of a whole part, which is said below.
        if let WindowKind::Chute(chute) = &window.kind
            && let Some(failure) = entry.chute_failure(chute)
        {
            self.add_styled("", &format!("not read again: {}", failure.summary()), self.ctx.theme.low);
        }
        // What was to be expected of an old number is not what is to be expected now.
        if entry.is_old(window, self.ctx.now) {
            return;
        }
        if let Some(sentence) = outlook::sentence(state, self.ctx) {
            let style = if state.empty_at().is_some() { self.ctx.theme.low } else { self.ctx.theme.text };
            self.add_styled("", &sentence, style);
        }
    }

    /// What a window is called, as far as there is room.
    fn name(&self, kind: &WindowKind) -> String {
        cells::fit(self.ctx.app.window_name(kind), NAMES - 1, self.ctx.theme.marks.cut).into_owned()
    }

    fn gauge(&mut self, name: &str, entry: &CredentialUsage, state: &WindowState, binds: bool) {
        let window = &state.window;
        let theme = self.ctx.theme;
        let left = window.remaining_fraction();
        let headroom = entry.identity().thresholds.headroom(state, self.ctx.now);
        let is_trusted = entry.freshness(self.ctx.now) == Freshness::Fresh && !entry.is_old(window, self.ctx.now);
        let (full_style, number) =
            if is_trusted { (theme.level(headroom), theme.number(headroom)) } else { (theme.quiet, theme.quiet) };
        let width = usize::from(self.width.saturating_sub(NAMES + 18).clamp(4, 36));
        let (full, empty) = gauge::text(left.map(|left| 1.0 - left), width, &theme.marks);
        let percent = left.map_or_else(|| text::UNKNOWN.to_owned(), text::percent);
        let mut spans = vec![
            Span::styled(format!("{name:<0$}", usize::from(NAMES)), self.name_style(&window.kind)),
            Span::styled(full, full_style),
            Span::styled(empty, theme.quiet),
            Span::styled(format!("{percent:>6} left"), number),
        ];
        if binds && self.width >= NAMES + 26 {
            spans.push(Span::styled("  binds", theme.strong));
        }
        self.lines.push(Line::from(spans));
    }

    /// Why it is low, where that is not by the percentage.
    fn low_by(&mut self, entry: &CredentialUsage, state: &WindowState) {
        let (now, thresholds) = (self.ctx.now, entry.identity().thresholds);
        let headroom = thresholds.headroom(state, now);
        let Some(reached) = thresholds.reached_by(state, now).filter(|reached| reached.headroom == headroom) else {
            return;
        };
        if let Some(why) = reached.explained(now) {
            let level = remark::level(headroom);
            self.add_styled("", &format!("{}: {why}", level.longest()), self.ctx.theme.number(headroom));
        }
    }

    /// The window whose past is shown stands out.
    fn name_style(&self, kind: &WindowKind) -> Style {
        let theme = self.ctx.theme;
        if self.ctx.app.past_window() == Some(kind) { theme.accent } else { theme.quiet }
    }

    /// Whether a reset has room for who says so, in full.
    fn is_wide(&self) -> bool {
        self.width >= NAMES + 46
    }

    /// When it is reset, and who says so.
    fn reset(&self, window: &Window) -> String {
        if window.is_renewal_pending() {
            return "renewal pending: the server names a reset that has passed".to_owned();
        }
        let Some(at) = window.reset_at else { return "reset not known".to_owned() };
        let source = match (window.reset_source, window.resets_daily() && self.is_wide()) {
            (ResetSource::Server, _) if self.is_wide() => "by the server",
            (ResetSource::Server, _) => "server",
            (ResetSource::Computed, true) => "computed: 00:00 UTC",
            (ResetSource::Computed, false) => "computed",
        };
        let local = self.when(at);
        format!("reset in {}, {local} ({source})", text::countdown(at, self.ctx.now))
    }
}

/// What is used and what is left.
fn used(window: &Window, numbers: &str, is_wide: bool) -> String {
    let Some(used) = window.used else { return format!("{numbers}, the use is not known to the server") };
    let unit = if matches!(window.limit, Limit::Requests(_)) && is_wide { " requests" } else { "" };
    if used > window.limit.amount() {
        return format!("{numbers}{unit} (over the limit)");
    }
    format!("{numbers}{unit}, {} left", text::amount(window.remaining(), window.limit))
}
