//! How much room the columns of the list need.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::credential::CredentialId;
use crate::domain::text;
use crate::domain::usage::{CredentialUsage, Update, UsageManager};
use crate::domain::window::WindowKind;
use crate::domain::wrap::width;

/// The columns of the sign after the name of a key that shares its quota, with the space before it.
pub const SHARED: u16 = 2;

/// How many columns of the terminal the widest text of each kind takes, over all credentials, also those that are
/// hidden or out of sight.
///
/// It is updated as answers come in, so that a frame need not look at every credential. It only grows, so that columns
/// do not shift when the list is scrolled or a number gets shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    name: u16,
    masked_name: u16,
    /// The tiers.
    pub tier: u16,
    /// The windows that bind.
    pub window: u16,
    /// What is used of the daily limits, or left.
    count: u16,
    /// The daily limits.
    pub limit: u16,
    /// Whether anything but the day binds.
    pub binds_beyond_day: bool,
    /// Whether the hours of any are known.
    pub has_hours: bool,
}

/// Which credentials may need more room after an update.
#[derive(Clone, Copy, Debug)]
pub(super) enum Touched {
    None,
    /// This one, and those of its account.
    One(CredentialId),
    All,
}

impl Measure {
    /// The names, as they are shown.
    #[must_use]
    pub fn name(&self, masked: bool) -> u16 {
        if masked { self.masked_name } else { self.name }
    }

    /// What is used of the daily limits, with the limits: `1,262.3 / 2,000`.
    #[must_use]
    pub fn today(&self) -> u16 {
        self.count.saturating_add(3).saturating_add(self.limit)
    }

    /// What the names need, which are all known from the start.
    pub(super) fn of_names(usage: &UsageManager) -> Self {
        let mut measure = Self::default();
        usage.credentials().iter().for_each(|entry| measure.grow_name(entry, usage));
        measure
    }

    fn grow_name(&mut self, entry: &CredentialUsage, usage: &UsageManager) {
        let identity = entry.identity();
        let shared = if usage.group_of(identity.id).is_empty() { 0 } else { SHARED };
        grow(&mut self.name, width(&identity.name()).saturating_add(shared));
        grow(&mut self.masked_name, width(&masked_name(identity.id)).saturating_add(shared));
    }

    fn grow(&mut self, entry: &CredentialUsage, app: &App, now: DateTime<Utc>) {
        self.grow_name(entry, &app.usage);
        grow(&mut self.tier, width(entry.tier().label()));
        self.has_hours |= entry.hours().value().is_some();
        if let Some(state) = entry.binding(now) {
            grow(&mut self.window, width(app.window_name(&state.window.kind)));
            self.binds_beyond_day |= state.window.kind != WindowKind::Daily;
        }
        let Some(usage) = entry.baseline().map(|snapshot| &snapshot.usage) else { return };
        let Some(limit) = usage.limit().map(text::short_limit) else { return };
        // As wide as it may get before the limit is reached: a tenth and its point.
        let most = width(&limit) + 2;
        let used = width(&text::short_requests(usage.used().unwrap_or_default()));
        let left = width(&text::short_requests(usage.remaining().unwrap_or_default()));
        grow(&mut self.count, most.max(used).max(left));
        grow(&mut self.limit, width(&limit));
    }
}

fn grow(most: &mut u16, width: u16) {
    *most = width.max(*most);
}

/// What a credential is called when names are hidden: by its place in the configuration.
pub(super) fn masked_name(id: CredentialId) -> String {
    format!("key {}", id.index() + 1)
}

impl Touched {
    pub(super) fn by(update: &Update) -> Self {
        match update {
            Update::Answered { id, .. } | Update::Part { id, .. } => Self::One(*id),
            Update::Remembered(remembered) => Self::One(remembered.id),
            Update::Names(_) => Self::All,
            Update::Asking(_)
            | Update::LetGo { .. }
            | Update::Scheduled(_)
            | Update::HostPaused(_)
            | Update::Stretched(_)
            | Update::Notice(_) => Self::None,
        }
    }
}

impl App {
    /// How much room the columns of the list need.
    #[must_use]
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// A window's name: `day`, `4h`, `month`, or that of its chute.
    #[must_use]
    pub fn window_name<'a>(&'a self, kind: &'a WindowKind) -> &'a str {
        match kind {
            WindowKind::Daily => "day",
            WindowKind::FourHour => "4h",
            WindowKind::Monthly => "month",
            WindowKind::Chute(chute) => {
                // `owner/model`: the model distinguishes them.
                let name = self.usage.chute_name(chute);
                name.rsplit('/').next().filter(|model| !model.is_empty()).unwrap_or(name)
            }
        }
    }

    /// Measures what an update may have made wider.
    pub(super) fn measure_again(&mut self, touched: Touched, now: DateTime<Utc>) {
        let mut measure = self.measure;
        match touched {
            Touched::None => return,
            Touched::One(id) => {
                let peers = self.usage.group_of(id).iter().copied().filter(|peer| *peer != id);
                let entries = peers.chain([id]).filter_map(|id| self.usage.get(id));
                entries.for_each(|entry| measure.grow(entry, self, now));
            }
            Touched::All => self.usage.credentials().iter().for_each(|entry| measure.grow(entry, self, now)),
        }
        self.measure = measure;
    }
}
