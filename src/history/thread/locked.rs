//! A file that another process holds at the start: what is measured is kept in memory, and in the file once it is free.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::gather::TOGETHER;
use super::{Keeper, Writing};
use crate::history::open::{self, Opening};
use crate::history::schema;

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
            self.move_into_the_file(opening, at, meanwhile.writings);
        } else {
            // What there is in memory stays.
            opening.notices.iter().for_each(|notice| self.tell(notice));
        }
    }

    /// Goes on in the file, or in memory when another process holds the file again before all is in it.
    fn move_into_the_file(&mut self, opening: Opening, at: DateTime<Utc>, writings: Vec<Writing>) {
        let memory = self.opened.take();
        self.go_on_in(opening);
        self.set_patience(Duration::ZERO);
        let writings = self.write_while_free(at, writings);
        if writings.is_empty() {
            self.set_patience(schema::BUSY);
            self.tell("The history is free again: what was measured meanwhile is in it.");
            self.begin_pruning();
        } else {
            self.opened = memory;
            self.is_alone.store(true, Ordering::Relaxed);
            self.meanwhile = Some(Meanwhile { looked_at: at, writings });
        }
    }

    /// Writes in order, and gives what is left once another process holds the file.
    fn write_while_free(&mut self, at: DateTime<Utc>, mut writings: Vec<Writing>) -> Vec<Writing> {
        let mut written = 0;
        for some in writings.chunks(TOGETHER) {
            match self.attempt(at, some) {
                Ok(()) => {}
                Err(error) if open::is_busy(&error) => break,
                // What is wrong with any of them is found out there.
                Err(_) => self.write(at, some),
            }
            written += some.len();
        }
        writings.split_off(written)
    }

    /// How long another process that holds the file is waited for. Where that cannot be set, it is as it was.
    fn set_patience(&self, patience: Duration) {
        if let Some(opened) = &self.opened {
            let _as_it_was = opened.connection.busy_timeout(patience);
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
