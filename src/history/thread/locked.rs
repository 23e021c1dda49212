//! A file that another process holds at the start: what is measured is kept in memory, and in the file once it is free.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::gather::TOGETHER;
use super::{Keeper, Writing};
use crate::history::open;

/// How often it is looked whether the file is free, when something is to be written.
const LOOK: TimeDelta = TimeDelta::minutes(1);
/// So much is kept for the file at most, some hours of fifty credentials.
const MOST: usize = 4_096;

/// What was written to memory while the file was held.
pub(super) struct Meanwhile {
    looked_at: DateTime<Utc>,
    writings: Vec<Writing>,
}

impl Meanwhile {
    /// Nothing yet.
    pub(super) fn since(now: DateTime<Utc>) -> Self {
        Self { looked_at: now, writings: Vec::new() }
    }
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} writings since {}", self.writings.len(), self.looked_at)
    }
}

impl Keeper {
    /// Goes on in the file if it is free by now, with all that was written meanwhile: were any of it left out, hours
    /// that are known would be missing from it for good.
    pub(super) fn look_whether_free(&mut self, at: DateTime<Utc>) {
        let is_due = |meanwhile: &mut Meanwhile| (at - meanwhile.looked_at).abs() >= LOOK;
        let Some(mut meanwhile) = self.meanwhile.take_if(is_due) else { return };
        // Nobody is to wait for this.
        let opening = open::open(&self.location, at, Duration::ZERO);
        if opening.is_locked {
            meanwhile.looked_at = at;
            self.meanwhile = Some(meanwhile);
        } else if opening.has_file() {
            self.go_on_in(opening);
            meanwhile.writings.chunks(TOGETHER).for_each(|some| self.write(at, some));
            self.tell("The history is free again: what was measured meanwhile is in it.");
            self.begin_pruning();
        } else {
            // What there is in memory stays.
            opening.notices.iter().for_each(|notice| self.tell(notice));
        }
    }

    /// Keeps what was written to memory, for the file.
    pub(super) fn keep_for_the_file(&mut self, writings: Vec<Writing>) {
        let Some(meanwhile) = &mut self.meanwhile else { return };
        if meanwhile.writings.len() + writings.len() <= MOST {
            return meanwhile.writings.extend(writings);
        }
        self.meanwhile = None;
        self.tell("The history is still held by another process: what is measured is kept in memory until this ends.");
    }
}
