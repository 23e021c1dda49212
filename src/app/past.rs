//! What details show of the past: which window, how far back, and when it is asked for.

use crate::app::{App, Effect, Screen};
use crate::domain::credential::CredentialId;
use crate::domain::past::{Past, PastQuery, Span};
use crate::domain::usage::Update;
use crate::domain::window::WindowKind;

/// The past that details look at.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    span: Span,
    /// Of which credential and window; `None` while details are closed.
    of: Option<(CredentialId, WindowKind)>,
    past: Option<Box<Past>>,
}

impl App {
    /// How far back details look.
    #[must_use]
    pub fn span(&self) -> Span {
        self.look.span
    }

    /// The window whose past details show; `None` while they are closed.
    #[must_use]
    pub fn past_window(&self) -> Option<&WindowKind> {
        self.look.of.as_ref().map(|(_, kind)| kind)
    }

    /// That past, once it is in.
    #[must_use]
    pub fn past(&self) -> Option<&Past> {
        let query = self.past_query()?;
        self.look.past.as_deref().filter(|past| past.query == query)
    }

    fn past_query(&self) -> Option<PastQuery> {
        let (id, kind) = self.look.of.clone()?;
        Some(PastQuery { id, kind, span: self.look.span })
    }

    /// Looks at the past of a window of the selected credential; `None`: at nothing.
    pub(super) fn look_at(&mut self, kind: Option<WindowKind>) -> Effect {
        self.look.past = None;
        self.look.of = self.selected().zip(kind);
        self.ask_past()
    }

    pub(super) fn next_span(&mut self) -> Effect {
        self.look.span = self.look.span.next();
        self.ask_past()
    }

    pub(super) fn next_window(&mut self) -> Effect {
        let entry = self.selected().and_then(|id| self.usage.get(id));
        let kinds = || entry.iter().flat_map(|entry| entry.windows()).map(|state| &state.window.kind);
        let place = kinds().position(|kind| Some(kind) == self.past_window());
        let next = place.and_then(|place| kinds().nth(place + 1)).or_else(|| kinds().next()).cloned();
        if next.is_none() || next.as_ref() == self.past_window() {
            return Effect::None;
        }
        self.look_at(next)
    }

    /// Takes in a past, unless the details have moved on to another.
    pub(super) fn learn_past(&mut self, past: Box<Past>) {
        if self.past_query().is_some_and(|query| query == past.query) {
            self.look.past = Some(past);
        }
    }

    /// Whether an update changes the past that is shown: an answer for the credential, or for another of its account.
    pub(super) fn renews_past(&self, update: &Update) -> bool {
        let (Some((looked_at, _)), Screen::Details) = (&self.look.of, self.screen()) else { return false };
        match update {
            Update::Answered { id, result: Ok(_), .. } | Update::Part { id, result: Ok(_), .. } => {
                id == looked_at || self.usage.group_of(*looked_at).contains(id)
            }
            _ => false,
        }
    }

    pub(super) fn ask_past(&self) -> Effect {
        self.past_query().map_or(Effect::None, Effect::ShowPast)
    }
}
