//! The report for status bars: what needs attention, in one line.

mod class;

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use self::class::Class;
use super::Standing;
use super::values::{FRACTIONS, REQUESTS, Time, tidy};
use crate::domain::clean::shorten;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Freshness, UsageManager};
use crate::domain::window::next_daily_reset;

/// The version of the JSON document.
const SCHEMA: u32 = 1;
/// So many credentials are named at most.
const NAMED: usize = 2;
/// The longest name, in characters.
const NAME: usize = 16;

/// For which bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// Text.
    Plain,
    /// Text with tmux's colours.
    Tmux,
    /// The JSON of Waybar.
    Waybar,
    /// The shortest text.
    Starship,
    /// A JSON document.
    Json,
}

/// A credential that is named in the line.
struct Named {
    name: String,
    class: Class,
    /// The part that is left of the window that binds.
    left: Option<f64>,
    /// What is left in words, where it is low by another number: `4,340 requests left`.
    meant: Option<String>,
    /// Whether it is old while that of another is not. Where all are, the line has their age.
    stale: bool,
}

impl Named {
    /// `▲ batch 14 %`, `▲ batch 14 % stale`.
    fn told(&self, ascii: bool) -> String {
        let left = self.meant.clone().or_else(|| self.left.map(text::percent));
        let left = left.map(|left| format!(" {left}")).unwrap_or_default();
        let stale = if self.stale { " stale" } else { "" };
        format!("{} {}{left}{stale}", self.class.mark(ascii), shorten(&self.name, NAME))
    }
}

#[derive(Serialize)]
struct Waybar {
    text: String,
    tooltip: String,
    class: Vec<&'static str>,
    percentage: Option<u8>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    text: &'a str,
    class: Class,
    identifier: Option<&'a str>,
    remaining_fraction: Option<f64>,
    keys: usize,
    known: usize,
    remaining: f64,
    quota: u64,
    reset_at: Time,
    fetched_at: Option<Time>,
    stale: bool,
}

/// What a bar shows.
struct Line {
    /// Those of whom something is known, the worst first.
    known: Vec<Named>,
    /// Those that were asked for and never read: each name, and why.
    failed: Vec<(String, String)>,
    keys: usize,
    reset_at: DateTime<Utc>,
    fetched_at: Option<DateTime<Utc>>,
    /// The age, when it is not young.
    age: Option<String>,
    now: DateTime<Utc>,
    ascii: bool,
}

/// The line for a bar, with its ending, from what is known at `now`. It is as old as its newest number, which is said
/// when that is not current.
///
/// ```text
/// chutes ■ alice 0 % · ▲ batch 14 % · 10 ok · reset 5h 12m
/// ```
///
/// # Errors
///
/// None that are known of: what is serialised has no map and no foreign type.
pub fn status(usage: &UsageManager, bar: Bar, now: DateTime<Utc>, ascii: bool) -> serde_json::Result<String> {
    let line = Line::of(usage, now, ascii);
    let text = match bar {
        Bar::Plain => line.text(|_, told| told),
        Bar::Tmux => line.text(|class, told| match class.tmux() {
            "" => told.replace('#', "##"),
            colour => format!("{colour}{}#[default]", told.replace('#', "##")),
        }),
        Bar::Starship => line.short(),
        Bar::Waybar => serde_json::to_string(&line.waybar())?,
        Bar::Json => serde_json::to_string(&line.document(usage, &line.text(|_, told| told)))?,
    };
    Ok(text + "\n")
}

/// When the newest number was read.
#[must_use]
pub fn newest(usage: &UsageManager) -> Option<DateTime<Utc>> {
    usage.credentials().iter().filter_map(|entry| Some(entry.baseline()?.fetched_at)).max()
}

impl Line {
    fn of(usage: &UsageManager, now: DateTime<Utc>, ascii: bool) -> Self {
        let is_known = |entry: &&CredentialUsage| entry.baseline().is_some();
        let is_young = usage.credentials().iter().any(|entry| entry.freshness(now) == Freshness::Fresh);
        let named = |entry: &CredentialUsage| Named {
            name: entry.identity().name(),
            class: Class::of(entry, now),
            left: entry.binding(now).and_then(|state| state.window.remaining_fraction()),
            meant: match entry.used_up_chute(now) {
                Some(_) => Some("chute used up".to_owned()),
                None => entry.reached(now).and_then(|reached| reached.words(now)),
            },
            stale: is_young && !entry.is_current(now),
        };
        let mut known: Vec<Named> = usage.credentials().iter().filter(is_known).map(named).collect();
        let failed = |entry: &CredentialUsage| match (entry.baseline(), Standing::of(entry)) {
            (None, Standing::Failed(failure)) => {
                Some((shorten(&entry.identity().name(), NAME), failure.short_summary()))
            }
            _ => None,
        };
        let left = |one: &Named| one.left.unwrap_or(f64::INFINITY);
        known.sort_by(|a, b| b.class.cmp(&a.class).then(left(a).total_cmp(&left(b))));
        let fetched_at = newest(usage);
        Self {
            known,
            failed: usage.credentials().iter().filter_map(failed).collect(),
            keys: usage.credentials().len(),
            reset_at: next_daily_reset(now),
            fetched_at,
            age: fetched_at.filter(|_| !is_young).map(|at| text::ago(at, now)),
            now,
            ascii,
        }
    }

    fn class(&self) -> Class {
        self.known.first().map_or(Class::Unknown, |worst| worst.class)
    }

    /// Those that need attention, or else the one with the least left.
    fn named(&self) -> &[Named] {
        let bad = self.known.iter().take_while(|one| one.class != Class::Ok).count();
        self.known.get(..bad.clamp(1, NAMED)).or(self.known.get(..1)).unwrap_or_default()
    }

    fn text(&self, draw: impl Fn(Class, String) -> String) -> String {
        let dot = if self.ascii { " - " } else { " · " };
        let mut parts: Vec<String> = self.named().iter().map(|one| draw(one.class, one.told(self.ascii))).collect();
        if parts.is_empty() {
            return format!("chutes {}", draw(Class::Unknown, self.nothing()));
        }
        let rest = self.known.get(self.named().len()..).unwrap_or_default();
        let bad = rest.iter().filter(|one| one.class != Class::Ok).count();
        let stale = rest.iter().filter(|one| one.class == Class::Ok && one.stale).count();
        let failed = self.failed.len();
        let unknown = self.keys - self.known.len() - failed;
        let counts = [
            (bad, "more"),
            (rest.len() - bad - stale, "ok"),
            (stale, "stale"),
            (failed, "failed"),
            (unknown, "not known"),
        ];
        parts.extend(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        parts.push(format!("reset {}", text::countdown(self.reset_at, self.now)));
        parts.extend(self.age.clone());
        format!("chutes {}", parts.join(dot))
    }

    /// Why there is no number.
    fn nothing(&self) -> String {
        let Some((name, why)) = self.failed.first() else { return "? nothing known yet".to_owned() };
        let others = self.failed.len() - 1;
        let others = if others > 0 { format!(", {others} more failed") } else { String::new() };
        format!("{} {name}: {why}{others}", self.cross())
    }

    /// The dashboard's sign for what cannot be read.
    fn cross(&self) -> &'static str {
        if self.ascii { "x" } else { "✕" }
    }

    /// The worst alone: a prompt is short.
    fn short(&self) -> String {
        let Some(worst) = self.known.first() else {
            // A sign alone would not tell whose it is.
            return self.failed.first().map_or("chutes ?".to_owned(), |(name, _)| format!("{} {name}", self.cross()));
        };
        let mut told = worst.told(self.ascii);
        if let Some(age) = &self.age {
            let _ = write!(told, " ({age})");
        }
        told
    }

    /// Text and tooltip of Waybar are markup.
    fn waybar(&self) -> Waybar {
        let markup = |text: String| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let failed = self.failed.iter().map(|(name, why)| format!("{} {name}: {why}", self.cross()));
        let rows: Vec<String> = self.known.iter().map(|one| one.told(self.ascii)).chain(failed).collect();
        let is_old = self.age.is_some() || self.known.first().is_some_and(|worst| worst.stale);
        let stale = is_old.then_some("stale");
        Waybar {
            text: markup(self.short()),
            tooltip: markup(format!("{}\n\n{}", self.text(|_, told| told), rows.join("\n")).trim_end().to_owned()),
            class: [Some(self.class().as_str()), stale].into_iter().flatten().collect(),
            percentage: self.known.first().and_then(|worst| percentage(worst.left?)),
        }
    }

    fn document<'a>(&'a self, usage: &UsageManager, text: &'a str) -> Document<'a> {
        let worst = self.known.first();
        let overview = usage.overview(self.now);
        Document {
            schema: SCHEMA,
            text,
            class: self.class(),
            identifier: worst.map(|one| one.name.as_str()),
            remaining_fraction: worst.and_then(|one| one.left).map(|left| tidy(left, FRACTIONS)),
            keys: self.keys,
            known: self.known.len(),
            remaining: tidy(overview.left, REQUESTS),
            quota: overview.limit,
            reset_at: Time(self.reset_at),
            fetched_at: self.fetched_at.map(Time),
            stale: self.age.is_some(),
        }
    }
}

/// A part as a whole number of percent, rounded down.
fn percentage(left: f64) -> Option<u8> {
    (0..=100).rev().find(|percent| f64::from(*percent) <= left * 100.0 + 1e-9)
}

/// Whether numbers read at `newest` are so old that they should be read again, where that is done every `interval`.
#[must_use]
pub fn is_due(newest: Option<DateTime<Utc>>, interval: TimeDelta, now: DateTime<Utc>) -> bool {
    newest.is_none_or(|at| now - at > interval || at - now > interval)
}
