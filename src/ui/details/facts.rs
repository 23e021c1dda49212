//! Who pays, who shares, how old each part is, and what failed.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::interval;
use crate::domain::account::{Capping, Role, Subscription};
use crate::domain::quota::Headroom;
use crate::domain::text;
use crate::domain::tier::TierName;
use crate::domain::usage::part::Part;
use crate::domain::usage::{Beyond, CredentialUsage, FailedRefresh};
use crate::domain::window::WindowKind;
use crate::ui::details::Facts;
use crate::ui::remark;

/// Where asking soon will not help, it is not asked more often.
const HOUR: Duration = Duration::from_hours(1);

/// In the place of what is masked.
const MASKED: &str = "masked: x shows it";

impl Facts<'_> {
    /// The key, its plan and the account behind it.
    pub(super) fn account(&mut self, entry: &CredentialUsage) {
        self.key(entry);
        self.add("tier", &tier(entry));
        let plan = match entry.caps().value() {
            Some(Some(subscription)) => self.plan(subscription),
            Some(None) => "no subscription".to_owned(),
            None => text::UNKNOWN.to_owned(),
        };
        let plan = format!("{plan}{}", remark::age_of(Part::Caps, entry, self.ctx));
        self.add("plan", &plan);
        let balance = self.balance(entry);
        let style = match entry.low_balance(self.ctx.now) {
            Some(reached) => self.ctx.theme.number(reached.headroom),
            None => self.ctx.theme.text,
        };
        self.add_styled("balance", &balance, style);
        let user = self.user(entry);
        self.add("account", &user);
        let peers = remark::peers(entry, self.ctx);
        if !peers.is_empty() {
            self.add("shares", &format!("quota with {}", peers.join(", ")));
        }
    }

    fn key(&mut self, entry: &CredentialUsage) {
        let identity = entry.identity();
        if self.ctx.app.is_masked() {
            return self.add_styled("key", MASKED, self.ctx.theme.quiet);
        }
        if identity.labels.len() > 1 {
            self.add("names", &identity.labels.join(", "));
        }
        let hint = if identity.key_hint.is_empty() { "not of the usual form" } else { &identity.key_hint };
        let more = if identity.key_hint.is_empty() { "" } else { self.ctx.theme.marks.more };
        self.add("key", &format!("{hint}{more}"));
    }

    fn plan(&self, subscription: &Subscription) -> String {
        let mut plan = Vec::new();
        if subscription.custom == Some(true) {
            plan.push("custom".to_owned());
        }
        if let Some(price) = subscription.price {
            plan.push(format!("{} a month", text::dollars(price)));
        }
        if subscription.monthly == Capping::Uncapped {
            plan.push("no monthly cap".to_owned());
        }
        match subscription.renews_at {
            Some(at) if at > self.ctx.now => plan.push(format!("renews {}", self.when(at))),
            Some(_) => plan.push("renewal pending".to_owned()),
            None => {}
        }
        if plan.is_empty() { "a subscription".to_owned() } else { plan.join(", ") }
    }

    fn balance(&self, entry: &CredentialUsage) -> String {
        let Some(account) = entry.account().value() else { return text::UNKNOWN.to_owned() };
        let balance = match account.balance {
            _ if self.ctx.app.is_masked() => MASKED.to_owned(),
            Some(balance) => format!("{}{}", text::dollars(balance), remark::balance_age(entry, self.ctx)),
            None => text::UNKNOWN.to_owned(),
        };
        let low = entry.low_balance(self.ctx.now).filter(|reached| reached.left > 0.0 && !self.ctx.app.is_masked());
        let balance = match low {
            Some(low) => {
                let (level, under) = (remark::level(low.headroom), text::dollars(low.threshold.least()));
                format!("{balance}, {} (under {under})", level.longest())
            }
            None => balance,
        };
        match (account.role, entry.beyond()) {
            (Role::Free, _) => format!("{balance}; a free account: nothing is charged"),
            (Role::Invoiced, _) => format!("{balance}; what is used goes on an invoice"),
            (_, Beyond::Paid(_)) => format!("{balance}: pays for what is not included"),
            (_, Beyond::Refused) => format!("{balance}: what is not included is refused (402)"),
            _ => balance,
        }
    }

    fn user(&self, entry: &CredentialUsage) -> String {
        if self.ctx.app.is_masked() {
            return MASKED.to_owned();
        }
        let id = entry.account_id().map(|id| format!("{}{}", id.masked(), self.ctx.theme.marks.more));
        let account = entry.account().value();
        let name = account.and_then(|account| account.username.clone());
        let role = account.map(|account| account.role).and_then(|role| match role {
            Role::Ordinary => None,
            Role::Free => Some("free".to_owned()),
            Role::Invoiced => Some("invoiced".to_owned()),
        });
        let known: Vec<String> = [name, id, role].into_iter().flatten().collect();
        if known.is_empty() { text::UNKNOWN.to_owned() } else { known.join(", ") }
    }

    /// How old each part is, and which could not be read; when it is asked next.
    pub(super) fn parts(&mut self, entry: &CredentialUsage) {
        let read = entry.part_fetched_at(Part::Quota).map_or_else(|| "never".to_owned(), |at| self.past(at));
        self.add("read", &read);
        for part in Part::OPTIONAL {
            let read = entry.part_fetched_at(part).map(|at| text::exact_age(at, self.ctx.now));
            let (text, style) = match (entry.part_failure(part), read) {
                (None, Some(read)) => (read, self.ctx.theme.text),
                (None, None) => ("not read".to_owned(), self.ctx.theme.quiet),
                (Some(failure), read) => {
                    let of = if part == Part::Quotas { self.failed_chutes(entry) } else { String::new() };
                    let read = read.map(|read| format!("; read {read}")).unwrap_or_default();
                    (format!("failed{of}: {}{read}", failure.summary()), self.ctx.theme.low)
                }
            };
            self.add_styled(&format!("  {}", part.as_str()), &text, style);
        }
        let next = match entry.next_refresh() {
            _ if entry.is_asking() => "being asked now".to_owned(),
            _ if self.ctx.app.is_paused() => "paused: p resumes".to_owned(),
            Some(at) if at <= self.ctx.now => "due".to_owned(),
            Some(at) => format!("in {}, {}", text::until(at, self.ctx.now), self.date_time(at)),
            None => "not planned: r asks".to_owned(),
        };
        self.add("next", &next);
        self.add("interval", &self.interval(entry));
    }

    /// Of which chutes the count failed, where others were read: ` for DeepSeek-V3 and 1 more`.
    fn failed_chutes(&self, entry: &CredentialUsage) -> String {
        let mut failed = entry.failed_chutes().map(|(chute, _)| WindowKind::Chute(chute.clone()));
        let first = failed.next().filter(|_| entry.quotas().failure().is_none());
        let Some(first) = first else { return String::new() };
        let more = failed.count();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(" for {}{more}", self.ctx.app.window_name(&first))
    }

    /// How often it is asked, and why that is not as often as the user wished.
    fn interval(&self, entry: &CredentialUsage) -> String {
        let app = self.ctx.app;
        let wished = interval::text(app.interval());
        let hourly = app.interval().max(HOUR);
        let hourly = if hourly > HOUR { format!("every {}", interval::text(hourly)) } else { "hourly".to_owned() };
        let is_used_up = entry.usage(self.ctx.now).is_some_and(|usage| usage.headroom() == Headroom::Exhausted);
        match entry.failure() {
            Some(failed) if failed.failure.kind.is_rejection() => format!("{hourly} while refused"),
            Some(_) => wished,
            None if is_used_up => format!("{hourly} while used up"),
            None => match app.stretched_interval(entry) {
                Some(stretched) => format!("{}: {wished} would be too many requests", interval::text(stretched)),
                None => wished,
            },
        }
    }

    /// The last refresh, which failed.
    pub(super) fn failure(&mut self, failed: &FailedRefresh) {
        let failure = &failed.failure;
        let style = self.ctx.theme.low;
        self.add_styled("failed", &format!("{}: {}", self.past(failed.at), failure.summary()), style);
        let status = failure.http_status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
        self.add("kind", &format!("{}, {status}", failure.kind.as_str()));
        if !failure.message.is_empty() {
            // The server's words may hold anything.
            let message = if self.ctx.app.is_masked() { MASKED } else { &failure.message };
            self.add("message", message);
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
