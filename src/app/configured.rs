//! What the configuration says of the dashboard, and what its user has changed since.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::filter;
use crate::app::measure::{Measure, Touched};
use crate::app::themes::Themes;
use crate::app::{App, Effect, interval};
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::threshold::Rules;
use crate::domain::view::{Kept, SortKey, View};

/// What was changed in the configuration while the dashboard ran; `None`: nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Configured {
    /// The poll interval.
    pub interval: Option<Duration>,
    /// Whether names and balances are masked.
    pub masked: Option<bool>,
    /// How rows are sorted and which are shown.
    pub view: Option<View>,
    /// The themes, and which of them is wanted.
    pub themes: Option<Themes>,
    /// What counts as low for whom.
    pub rules: Option<Rules>,
}

/// What the configuration says: what the user changed is what differs from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    interval: Duration,
    view: View,
    /// Whether rows are still sorted and filtered again with each answer, until every credential has one.
    is_settling: bool,
}

impl Told {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, ..Self::default() }
    }

    /// The user has sorted or filtered: from here on rows move only for that.
    pub(super) fn settled(&mut self) {
        self.is_settling = false;
    }
}

impl App {
    /// Starts sorted and filtered like this.
    ///
    /// At the start there is nothing to sort or filter by, so rows find their places as the first answers come in. Once
    /// every credential has an answer, or the user sorts or filters, they stay.
    #[must_use]
    pub fn starting_with(mut self, view: &View, now: DateTime<Utc>) -> Self {
        self.told.is_settling = true;
        self.look_like(view, now);
        self
    }

    /// Goes by these thresholds, whatever its credentials come with.
    #[must_use]
    pub fn judging_by(mut self, rules: Rules) -> Self {
        self.rules = Some(rules);
        self.judge();
        self
    }

    /// Goes by the thresholds of the configuration, which come and go without the credentials.
    pub(super) fn judge(&mut self) {
        if let Some(rules) = &self.rules {
            self.usage.judge_by(rules);
        }
    }

    /// What the user has changed.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let Told { interval, view, .. } = &self.told;
        let (sort, filter, quick) = (self.sort(), self.filter.text(), self.filter.quick());
        Kept {
            interval: (self.interval != *interval).then_some(self.interval),
            sort: (sort != view.sort).then_some(sort),
            filter: (filter != view.filter).then(|| filter.to_owned()),
            quick: (quick != view.quick).then_some(quick),
            shape: (self.shape != view.shape).then_some(self.shape),
            theme: self.themes.changed(),
        }
    }

    /// Takes in what was changed in the configuration.
    pub(super) fn configure(&mut self, configured: &Configured, now: DateTime<Utc>) -> Effect {
        self.masked = configured.masked.unwrap_or(self.masked);
        if let Some(view) = &configured.view {
            self.look_like(view, now);
        }
        if let Some(themes) = &configured.themes {
            self.themes = self.themes.edited(themes);
        }
        if let Some(rules) = &configured.rules {
            self.rules = Some(rules.clone());
            self.judge();
            self.show_matching(now);
        }
        self.flash = Some("the configuration was read anew".to_owned());
        let Some(interval) = configured.interval else { return Effect::None };
        self.told.interval = interval;
        self.interval = interval;
        self.flash = Some(format!("configuration: polling every {}", interval::text(interval)));
        Effect::SetInterval(interval)
    }

    /// Goes on with other credentials. What is known of those that were there before stays, and so does the selection.
    pub(super) fn exchange(
        &mut self,
        identities: Vec<Identity>,
        before: &[Option<CredentialId>],
        now: DateTime<Utc>,
    ) -> Effect {
        let place = |old: CredentialId| before.iter().position(|before| *before == Some(old)).map(CredentialId::new);
        let is_looked_at = self.selected().is_some_and(|id| place(id).is_some());
        self.usage.exchange(identities, before);
        self.judge();
        self.names = filter::lower_case_names(&self.usage);
        self.measure = Measure::of_names(&self.usage);
        self.measure_again(Touched::All, now);
        self.list.renumber(place);
        self.list.set_sort(self.list.sort(), self.usage.credentials(), now);
        self.show_matching(now);
        self.forget_key_entry();
        if !is_looked_at {
            self.close_details();
            return Effect::None;
        }
        let kind = self.past_window().cloned();
        self.look_at(kind)
    }

    fn look_like(&mut self, view: &View, now: DateTime<Utc>) {
        self.filter.set(&view.filter, view.quick);
        self.list.set_sort(view.sort, self.usage.credentials(), now);
        // Otherwise the user's choice stays.
        if view.shape != self.told.view.shape {
            self.shape = view.shape;
        }
        // The text as it was taken in, so that cutting it does not count as a change.
        self.told.view = View { filter: self.filter.text().to_owned(), ..view.clone() };
        self.show_matching(now);
    }

    /// Puts the rows in their places while the first answers come in.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        if !self.told.is_settling {
            return;
        }
        let entries = self.usage.credentials();
        self.told.is_settling = !entries.iter().all(|entry| entry.baseline().is_some() || entry.failure().is_some());
        if self.sort().key != SortKey::Configured {
            self.list.set_sort(self.list.sort(), entries, now);
        }
        self.show_matching(now);
    }
}
