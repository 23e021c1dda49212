//! The optional requests: what else is asked of an account, once its daily quota is known.
//!
//! Pure: it is told the time. Errands follow an answer of the daily quota, so they need no times of their own: the
//! caps after every one, the rest when it is an hour old or the user asks. They wait until no daily quota is
//! due, so every row has its number first. One credential's errands serve its account.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use tokio::time::Instant;

use crate::api::UsagePage;
use crate::domain::account::AccountId;
use crate::domain::activity::ChuteId;
use crate::domain::credential::{Credential, CredentialId};
use crate::domain::failure::Failure;
use crate::domain::quota::{Quota, QuotaUsage};
use crate::domain::usage::Update;
use crate::domain::usage::part::{ChuteQuota, PartAnswer};
use crate::worker::errand::{Brought, Errand, PAGE};

/// How old what changes seldom may become: the account, the rows, the usage; and the caps of an account that
/// has none.
const SELDOM: Duration = Duration::from_hours(1);
/// How old the names of chutes may become.
const DAILY: Duration = Duration::from_hours(24);
/// How far back the usage is asked for when nothing is known of it.
const FIRST_LOOK: TimeDelta = TimeDelta::days(7);
/// The most pages of usage that are asked for.
const PAGES: u32 = 20;
/// The most chutes of one account that are looked at.
const CHUTES: usize = 20;

/// What is known of one account's errands.
#[derive(Clone, Debug, Default)]
struct Owner {
    caps_at: Option<Instant>,
    seldom_at: Option<Instant>,
    /// It said that it has no subscription.
    has_no_caps: bool,
    chutes: Vec<(ChuteId, Option<QuotaUsage>)>,
    /// When the next of its caps starts anew: what was asked before is of no use after.
    caps_reset_at: Option<DateTime<Utc>>,
    /// The last hour of usage up to which all is known.
    usage_until: Option<DateTime<Utc>>,
    /// The last hour in the pages that are being asked for; it counts when the last of them is in.
    usage_seen: Option<DateTime<Utc>>,
}

/// The errands that wait, and when the last ones were run.
#[derive(Clone, Debug)]
pub(super) struct Errands {
    owner_of: Vec<usize>,
    owners: Vec<Owner>,
    waiting: VecDeque<Errand>,
    /// Those that were sent and are not answered.
    sent: Vec<Errand>,
    /// Errands of these owners are asked for by the user, whatever their age.
    wanted: HashSet<usize>,
    names_at: Option<Instant>,
    has_names: bool,
    is_on: bool,
}

impl Errands {
    /// No errands yet; none at all when it is not `is_on`.
    pub(super) fn new(credentials: &[Credential], is_on: bool) -> Self {
        let mut places: HashMap<AccountId, usize> = HashMap::new();
        let mut owners = 0;
        let owner_of = credentials.iter().map(|credential| {
            let mut next = || {
                owners += 1;
                owners - 1
            };
            match &credential.identity.account {
                Some(account) => *places.entry(account.clone()).or_insert_with(next),
                None => next(),
            }
        });
        let owner_of: Vec<usize> = owner_of.collect();
        let owners = vec![Owner::default(); owner_of.iter().max().map_or(0, |last| last + 1)];
        Self {
            owner_of,
            owners,
            waiting: VecDeque::new(),
            sent: Vec::new(),
            wanted: HashSet::new(),
            names_at: None,
            has_names: false,
            is_on,
        }
    }

    /// How many accounts there are, as far as the keys say: the requests that each round of caps takes.
    pub(super) fn accounts(&self) -> usize {
        if self.is_on { self.owners.len() } else { 0 }
    }

    /// The usage of this credential's account is known up to that hour.
    pub(super) fn usage_is_known(&mut self, id: CredentialId, until: Option<DateTime<Utc>>) {
        if let Some(owner) = self.owner_mut(id) {
            owner.usage_until = owner.usage_until.max(until);
        }
    }

    /// The names of chutes were learned so long ago.
    pub(super) fn names_are_known(&mut self, age: Duration, now: Instant) {
        self.names_at = now.checked_sub(age);
        self.has_names = true;
    }

    /// The user asked for this credential: its account's seldom errands follow the next answer.
    pub(super) fn want(&mut self, id: CredentialId) {
        if let Some(owner) = self.owner_of.get(id.index()) {
            self.wanted.insert(*owner);
        }
    }

    /// The daily quota of `id` was answered: what else is there to ask?
    pub(super) fn follow(
        &mut self,
        id: CredentialId,
        quota: Quota,
        interval: Duration,
        now: Instant,
        wall: DateTime<Utc>,
    ) {
        let Some(place) = self.owner_of.get(id.index()).copied().filter(|_| self.is_on) else { return };
        let is_wanted = self.wanted.remove(&place);
        let Some(owner) = self.owners.get_mut(place) else { return };
        let is_old = |at: Option<Instant>, age: Duration| at.is_none_or(|at| now.saturating_duration_since(at) >= age);
        let mut errands = Vec::new();
        let often = if owner.has_no_caps { SELDOM } else { interval / 2 };
        let has_reset = owner.caps_reset_at.take_if(|reset_at| *reset_at <= wall).is_some();
        if is_wanted || has_reset || is_old(owner.caps_at, often) {
            owner.caps_at = Some(now);
            if quota != Quota::Unlimited {
                errands.push(Errand::Caps(id));
            }
            errands.extend(owner.chutes.iter().map(|(chute, _)| Errand::Chute(id, chute.clone())));
        }
        if is_wanted || is_old(owner.seldom_at, SELDOM) {
            owner.seldom_at = Some(now);
            let since = owner.usage_until.unwrap_or(wall - FIRST_LOOK);
            let since = since.duration_trunc(TimeDelta::hours(1)).unwrap_or(since);
            errands.extend([Errand::Account(id), Errand::Rows(id), Errand::Usage(id, since, 0)]);
        }
        if is_old(self.names_at, if self.has_names { DAILY } else { SELDOM }) {
            self.names_at = Some(now);
            errands.push(Errand::Names);
        }
        self.add(errands);
    }

    /// Whether anything waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next errand.
    pub(super) fn next(&mut self) -> Option<Errand> {
        let errand = self.waiting.pop_front()?;
        self.sent.push(errand.clone());
        Some(errand)
    }

    /// An errand was answered, or failed.
    pub(super) fn landed(&mut self, errand: &Errand) {
        self.sent.retain(|sent| sent != errand);
    }

    /// What was sent is let go without an answer: it is next again.
    pub(super) fn let_go(&mut self) {
        for errand in self.sent.drain(..).rev() {
            self.waiting.push_front(errand);
        }
    }

    /// A cap of this credential's account starts anew then.
    pub(super) fn expect_reset(&mut self, id: CredentialId, reset_at: DateTime<Utc>) {
        if let Some(owner) = self.owner_mut(id) {
            owner.caps_reset_at = Some(reset_at);
        }
    }

    /// Takes in what an errand brought, or why it brought nothing, and gives what is to be reported. The usage is
    /// not: it has to be put together with what is known before.
    pub(super) fn learn(
        &mut self,
        errand: &Errand,
        result: Result<Brought, Failure>,
        at: DateTime<Utc>,
    ) -> Option<Update> {
        let brought = match result {
            Ok(brought) => brought,
            Err(failure) => {
                let (id, part) = errand.part()?;
                return Some(Update::Part { id, result: Err((part, failure)), at });
            }
        };
        let id = errand.id();
        let answer = match (errand, brought) {
            (Errand::Caps(id), Brought::Caps(plan)) => {
                self.owner_mut(*id)?.has_no_caps = plan.is_none();
                PartAnswer::Caps(plan)
            }
            (Errand::Rows(id), Brought::Rows(chutes)) => self.learn_rows(*id, chutes)?,
            (Errand::Chute(id, chute), Brought::Chute(usage)) => self.learn_chute(*id, chute, usage)?,
            (Errand::Account(_), Brought::Account(account)) => PartAnswer::Account(account),
            (Errand::Usage(id, since, page), Brought::Usage(answer)) => {
                self.learn_page(*id, *since, *page, &answer);
                return None;
            }
            (Errand::Names, Brought::Names(names)) => {
                self.has_names = true;
                return Some(Update::Names(Arc::new(names)));
            }
            // Each errand brings its own kind.
            _ => return None,
        };
        Some(Update::Part { id: id?, result: Ok(answer), at })
    }

    /// The rows: their counts are errands too. Where there are none, that is the answer.
    fn learn_rows(&mut self, id: CredentialId, chutes: Vec<ChuteId>) -> Option<PartAnswer> {
        let owner = self.owner_mut(id)?;
        let known = std::mem::take(&mut owner.chutes);
        let usage = |chute: &ChuteId| known.iter().find(|(known, _)| known == chute).and_then(|(_, usage)| *usage);
        owner.chutes = chutes.into_iter().take(CHUTES).map(|chute| (chute.clone(), usage(&chute))).collect();
        let errands: Vec<Errand> = owner.chutes.iter().map(|(chute, _)| Errand::Chute(id, chute.clone())).collect();
        let is_none = errands.is_empty();
        self.add(errands);
        is_none.then(|| PartAnswer::Quotas(Vec::new()))
    }

    /// The count of a chute, told with all counts that are known of its account.
    fn learn_chute(&mut self, id: CredentialId, chute: &ChuteId, usage: QuotaUsage) -> Option<PartAnswer> {
        let owner = self.owner_mut(id)?;
        if let Some((_, known)) = owner.chutes.iter_mut().find(|(known, _)| known == chute) {
            *known = Some(usage);
        }
        let known = owner.chutes.iter().filter_map(|(chute, usage)| Some((chute.clone(), (*usage)?)));
        Some(PartAnswer::Quotas(known.map(|(chute, usage)| ChuteQuota { chute, usage }).collect()))
    }

    /// A page of the usage: there may be another one. The newest hours are on the first page, so nothing counts as
    /// known before the last is in: a page that fails must not leave a gap.
    fn learn_page(&mut self, id: CredentialId, since: DateTime<Utc>, page: u32, answer: &UsagePage) {
        let newest = answer.buckets.iter().map(|bucket| bucket.hour).max();
        let Some(owner) = self.owner_mut(id) else { return };
        owner.usage_seen = owner.usage_seen.filter(|_| page > 0).max(newest);
        let seen = owner.usage_seen;
        let next = page.saturating_add(1);
        if u64::from(next) * u64::from(PAGE) < answer.total && next < PAGES && !answer.buckets.is_empty() {
            self.add(vec![Errand::Usage(id, since, next)]);
        } else {
            self.usage_is_known(id, seen);
        }
    }

    fn add(&mut self, errands: Vec<Errand>) {
        for errand in errands {
            if !self.waiting.contains(&errand) {
                self.waiting.push_back(errand);
            }
        }
    }

    fn owner_mut(&mut self, id: CredentialId) -> Option<&mut Owner> {
        let place = *self.owner_of.get(id.index())?;
        self.owners.get_mut(place)
    }
}
