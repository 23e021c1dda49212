//! Whose turn it is, given when each credential is due: the order, and nothing of why.

use std::collections::{BTreeSet, VecDeque};

use tokio::time::Instant;

use crate::domain::credential::CredentialId;

/// Every credential, each waiting for its time, asked for by the user, or being asked.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    places: Vec<Place>,
    timed: BTreeSet<(Instant, CredentialId)>,
    /// In it may be some that were taken since, but the first is not.
    wanted: VecDeque<CredentialId>,
}

/// Where a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In `timed`, due then.
    Timed(Instant),
    /// In `wanted`: the user asked for it. In `timed` it stays, due then, so that asking for it never makes it later.
    Wanted(Instant),
    /// Being asked, or about to be: how it came to its turn.
    Taken(Turn),
}

/// How a credential came to its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Its time came, which was then.
    Due(Instant),
    /// The user asked for it before its time, which is then.
    Wanted(Instant),
}

impl Queue {
    /// All of `count` credentials, due at `due`.
    pub(super) fn new(count: usize, due: Instant) -> Self {
        Self {
            places: vec![Place::Timed(due); count],
            timed: (0..count).map(|index| (due, CredentialId::new(index))).collect(),
            wanted: VecDeque::new(),
        }
    }

    /// The soonest instant at which one is due; past when one is due already.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        if self.wanted.is_empty() { self.timed.first().map(|(due, _)| *due) } else { Some(now) }
    }

    /// Whether one's time has come.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.timed.first().is_some_and(|(due, _)| *due <= now)
    }

    /// Whether the user asked for one.
    pub(super) fn is_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The one whose time came first; it counts as being asked from here on.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<CredentialId> {
        let (due, id) = self.timed.first().copied().filter(|(due, _)| *due <= now)?;
        let taken = self.take(id, Turn::Due(due));
        self.drop_taken();
        taken
    }

    /// The one that the user asked for first; it counts as being asked from here on.
    pub(super) fn take_wanted(&mut self) -> Option<CredentialId> {
        let id = self.wanted.pop_front()?;
        let Some(Place::Wanted(due)) = self.places.get(id.index()).copied() else { return None };
        let taken = self.take(id, Turn::Wanted(due));
        self.drop_taken();
        taken
    }

    fn take(&mut self, id: CredentialId, turn: Turn) -> Option<CredentialId> {
        let (Turn::Due(due) | Turn::Wanted(due)) = turn;
        self.timed.remove(&(due, id));
        *self.places.get_mut(id.index())? = Place::Taken(turn);
        Some(id)
    }

    /// Drops those from the front of `wanted` that were taken since.
    fn drop_taken(&mut self) {
        let places = &self.places;
        let is_wanted = |id: &CredentialId| matches!(places.get(id.index()), Some(Place::Wanted(_)));
        while self.wanted.front().is_some_and(|id| !is_wanted(id)) {
            self.wanted.pop_front();
        }
    }

    /// Whether the one that was taken was asked for by the user.
    pub(super) fn was_wanted(&self, id: CredentialId) -> bool {
        matches!(self.places.get(id.index()), Some(Place::Taken(Turn::Wanted(_))))
    }

    /// The one that was taken cannot be asked now: it is next again.
    pub(super) fn put_back(&mut self, id: CredentialId) {
        let Some(place) = self.places.get_mut(id.index()) else { return };
        match *place {
            Place::Taken(Turn::Due(due)) => self.due_at(id, due),
            Place::Taken(Turn::Wanted(due)) => {
                *place = Place::Wanted(due);
                self.timed.insert((due, id));
                self.wanted.push_front(id);
            }
            Place::Timed(_) | Place::Wanted(_) => {}
        }
    }

    /// The user asks for this one: it is next. False when it is so already, is being asked, or is not known. It keeps
    /// its turn as well: asking for all must not put those that wait longest behind the others.
    pub(super) fn want(&mut self, id: CredentialId) -> bool {
        let Some(place) = self.places.get_mut(id.index()) else { return false };
        let Place::Timed(due) = *place else { return false };
        *place = Place::Wanted(due);
        self.wanted.push_back(id);
        true
    }

    /// Makes `id` due at `due`. One that the user asked for stays so.
    pub(super) fn due_at(&mut self, id: CredentialId, due: Instant) {
        let Some(place) = self.places.get_mut(id.index()) else { return };
        let earlier = match *place {
            Place::Timed(earlier) => {
                *place = Place::Timed(due);
                Some(earlier)
            }
            Place::Wanted(earlier) => {
                *place = Place::Wanted(due);
                Some(earlier)
            }
            Place::Taken(_) => {
                *place = Place::Timed(due);
                None
            }
        };
        if let Some(earlier) = earlier {
            self.timed.remove(&(earlier, id));
        }
        self.timed.insert((due, id));
    }

    /// When `id` is due, if it has a time.
    pub(super) fn due(&self, id: CredentialId) -> Option<Instant> {
        match self.places.get(id.index())? {
            Place::Timed(due) | Place::Wanted(due) => Some(*due),
            Place::Taken(_) => None,
        }
    }

    /// Those that have a time, and which, the soonest first.
    pub(super) fn timed(&self) -> impl Iterator<Item = (Instant, CredentialId)> {
        self.timed.iter().copied()
    }

    /// When each credential is due; those that the user asked for at `ready_at`, those being asked `None`.
    pub(super) fn times(&self, ready_at: Instant) -> impl Iterator<Item = (CredentialId, Option<Instant>)> {
        self.ids().zip(&self.places).map(move |(id, place)| match place {
            Place::Timed(due) => (id, Some(ready_at.max(*due))),
            Place::Wanted(_) => (id, Some(ready_at)),
            Place::Taken(_) => (id, None),
        })
    }

    /// Every credential, in the order of the configuration.
    pub(super) fn ids(&self) -> impl Iterator<Item = CredentialId> + use<> {
        (0..self.places.len()).map(CredentialId::new)
    }

    /// How many credentials there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }
}
