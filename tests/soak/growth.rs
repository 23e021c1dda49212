//! Nothing grows: what the pane holds is counted each day.
//!
//! What is private is counted in its `Debug` text, which shows all of it: every sample, every window, every name.

use chrono::{NaiveDate, TimeDelta};

use crate::pane::Pane;

/// Samples of one window; a credential has up to five (the day, four hours, the month, two chutes).
const SAMPLES: usize = 128 * 5;
/// Hours of the last 35 days.
const HOURS: usize = 35 * 24 + 1;
const NOTICES: usize = 50;

#[derive(Debug, Default)]
pub(crate) struct Growth {
    day: Option<NaiveDate>,
    /// The length of the text of everything known, day by day.
    lengths: Vec<usize>,
    /// The memory of the process in KiB, day by day, where it can be told.
    resident: Vec<usize>,
}

impl Growth {
    /// Counts, once a day.
    pub(crate) fn look_at(&mut self, pane: &Pane) {
        let today = (pane.world.truth() + TimeDelta::hours(1)).date_naive();
        if self.day.replace(today) == Some(today) {
            return;
        }
        let usage = pane.app.usage();
        for entry in usage.credentials() {
            let text = format!("{entry:?}");
            assert!(text.matches(" Sample {").count() <= SAMPLES, "too many samples");
            assert!(entry.windows().len() <= 5, "too many windows");
            assert!(entry.hours().value().map_or(0, |hours| hours.len()) <= HOURS, "too many hours");
        }
        assert!(pane.app.notices().len() <= NOTICES);
        self.lengths.push(format!("{usage:?}").len());
        self.resident.extend(resident());
    }

    /// The last ten days held no more than those before, but for chance.
    pub(crate) fn check(&self) {
        let most = |values: &[usize]| values.iter().copied().max().unwrap_or(0);
        let (early, late) = self.lengths.split_at(self.lengths.len() - 10);
        assert!(most(late) * 10 <= most(early) * 12, "it grows: {:?}", self.lengths);
        if self.resident.len() == self.lengths.len() {
            let (early, late) = self.resident.split_at(self.resident.len() - 10);
            assert!(most(late) <= most(early) + 8 * 1024, "memory grows: {:?} KiB", self.resident);
        }
    }
}

/// The memory of this process in KiB.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
