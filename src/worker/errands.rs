//! The optional requests: what else is asked of an account, once its daily quota is known.
//!
//! Pure: it is told the time. Errands follow an answer of the daily quota, so they need no times of their own: the
//! caps after every one, the rest when it is an hour old or the user asks. They wait until no daily quota is
//! due, so every row has its number first. One credential's errands serve its account.

mod owner;
mod waiting;

use std::collections::{HashMap, HashSet};
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
use crate::domain::usage::part::{ChuteQuota, Part, PartAnswer, PartState};
use crate::worker::errand::{Brought, Errand, PAGE};
use crate::worker::errands::owner::Owner;
use crate::worker::errands::waiting::Waiting;
use crate::worker::ration::{Load, Ration};

/// How old the names of chutes may become.
const DAILY: Duration = Duration::from_hours(24);
/// How far back the usage is asked for when nothing is known of it.
const FIRST_LOOK: TimeDelta = TimeDelta::days(7);
/// The most pages of usage that are asked for.
const PAGES: u32 = 20;
/// The most chutes of one account that are looked at.
const CHUTES: usize = 20;

/// The errands that wait, and when the last ones were run.
#[derive(Clone, Debug)]
pub(super) struct Errands {
    owner_of: Vec<usize>,
    owners: Vec<Owner>,
    waiting: Waiting,
    /// How often the caps are asked, and how old the rest may become.
    ration: Ration,
    /// Errands of these owners are asked for by the user, whatever their age.
    wanted: HashSet<usize>,
    names_at: Option<Instant>,
    has_names: bool,
    is_on: bool,
}

impl Errands {
    /// No errands yet; none at all when it is not `is_on`. Tell it the ration before the first.
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
            waiting: Waiting::default(),
            ration: Ration::default(),
            wanted: HashSet::new(),
            names_at: None,
            has_names: false,
            is_on,
        }
    }

    /// What there is to ask for, as far as the keys and the rows say.
    pub(super) fn load(&self) -> Load {
        let accounts = if self.is_on { self.owners.len() } else { 0 };
        let chutes = self.owners.iter().map(|owner| owner.chutes.len()).sum();
        Load { credentials: self.owner_of.len(), accounts, chutes }
    }

    /// Goes by `ration` from now on.
    pub(super) fn set_ration(&mut self, ration: Ration) {
        self.ration = ration;
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
    pub(super) fn follow(&mut self, id: CredentialId, quota: Quota, now: Instant, wall: DateTime<Utc>) {
        let Some(place) = self.owner_of.get(id.index()).copied().filter(|_| self.is_on) else { return };
        let (is_wanted, ration) = (self.wanted.remove(&place), self.ration);
        let Some(owner) = self.owners.get_mut(place) else { return };
        let is_old = |at: Option<Instant>, age: Duration| at.is_none_or(|at| now.saturating_duration_since(at) >= age);
        let mut errands = Vec::new();
        let reset = owner.caps_reset_at.take_if(|reset_at| *reset_at <= wall);
        owner.caps_reset = reset.or(owner.caps_reset);
        if is_wanted || reset.is_some() || is_old(owner.caps_at, owner.caps_serve(ration)) {
            owner.caps_at = Some(now);
            if quota != Quota::Unlimited {
                errands.push(Errand::Caps(id));
            }
            errands.extend(owner.chutes.iter().map(|quota| Errand::Chute(id, quota.chute.clone())));
        }
        if is_wanted || is_old(owner.seldom_at, ration.seldom) {
            owner.seldom_at = Some(now);
            let since = owner.usage_until.unwrap_or(wall - FIRST_LOOK);
            let since = since.duration_trunc(TimeDelta::hours(1)).unwrap_or(since);
            errands.extend([Errand::Account(id), Errand::Rows(id), Errand::Usage(id, since, 0)]);
        }
        if is_old(self.names_at, if self.has_names { DAILY } else { ration.seldom }) {
            self.names_at = Some(now);
            errands.push(Errand::Names);
        }
        self.waiting.add(errands);
    }

    /// Since when an answer to `errand` serves.
    pub(super) fn serves_since(&self, errand: &Errand, wall: DateTime<Utc>) -> DateTime<Utc> {
        let owner = errand.id().and_then(|id| self.owners.get(*self.owner_of.get(id.index())?));
        let serves = match errand {
            Errand::Caps(_) | Errand::Chute(..) => self.ration.interval,
            Errand::Rows(_) | Errand::Account(_) | Errand::Usage(..) => self.ration.seldom,
            Errand::Names => DAILY,
        };
        let since = TimeDelta::from_std(serves).ok().and_then(|serves| wall.checked_sub_signed(serves));
        let reset = owner.and_then(|owner| owner.caps_reset).filter(|_| errand.is_often());
        since.unwrap_or_default().max(reset.unwrap_or_default())
    }

    /// One that was taken is next again.
    pub(super) fn put_back(&mut self, errand: &Errand) {
        self.waiting.put_back(errand);
    }

    /// Puts one that was taken off until then.
    pub(super) fn put_off(&mut self, errand: &Errand, until: Instant) {
        self.waiting.put_off(errand, until);
    }

    /// When one is to be sent; `now` when one waits already.
    pub(super) fn ready_at(&self, now: Instant) -> Option<Instant> {
        self.waiting.ready_at(now)
    }

    /// Whether this one waits.
    pub(super) fn waits(&self, errand: &Errand) -> bool {
        self.waiting.has(errand)
    }

    /// The next errand; it counts as sent.
    pub(super) fn next(&mut self, now: Instant) -> Option<Errand> {
        self.waiting.next(now)
    }

    /// An errand was answered, or failed.
    pub(super) fn landed(&mut self, errand: &Errand) {
        self.waiting.landed(errand);
    }

    /// What was sent is let go without an answer: it is next again.
    pub(super) fn let_go(&mut self) {
        self.waiting.let_go();
    }

    /// Up to which hour the usage of this credential's account is known, without a gap.
    pub(super) fn usage_until(&self, id: CredentialId) -> Option<DateTime<Utc>> {
        self.owners.get(*self.owner_of.get(id.index())?)?.usage_until
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
                if let Errand::Chute(_, chute) = errand {
                    let answer = self.learn_chute(id, chute, |count| count.fail(failure))?;
                    return Some(Update::Part { id, result: Ok(answer), at });
                }
                if part == Part::Caps {
                    let owner = self.owner_mut(id)?;
                    owner.caps_failures = owner.caps_failures.saturating_add(1);
                }
                return Some(Update::Part { id, result: Err((part, failure)), at });
            }
        };
        let id = errand.id();
        let answer = match (errand, brought) {
            (Errand::Caps(id), Brought::Caps(plan)) => {
                let owner = self.owner_mut(*id)?;
                (owner.has_no_caps, owner.caps_failures) = (plan.is_none(), 0);
                PartAnswer::Caps(plan)
            }
            (Errand::Rows(id), Brought::Rows(chutes)) => self.learn_rows(*id, chutes)?,
            (Errand::Chute(id, chute), Brought::Chute(usage)) => {
                self.learn_chute(*id, chute, |count| count.learn(usage, at))?
            }
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
        let count = |chute: &ChuteId| known.iter().find(|known| known.chute == *chute).map(|known| known.count.clone());
        let quota = |chute| ChuteQuota { count: count(&chute).unwrap_or_default(), chute };
        owner.chutes = chutes.into_iter().take(CHUTES).map(quota).collect();
        let errands: Vec<_> = owner.chutes.iter().map(|quota| Errand::Chute(id, quota.chute.clone())).collect();
        let is_none = errands.is_empty();
        self.waiting.add(errands);
        is_none.then(|| PartAnswer::Quotas(Vec::new()))
    }

    /// What became of the count of a chute, told with what is known of all chutes of its account.
    fn learn_chute(
        &mut self,
        id: CredentialId,
        chute: &ChuteId,
        change: impl FnOnce(&mut PartState<QuotaUsage>),
    ) -> Option<PartAnswer> {
        let owner = self.owner_mut(id)?;
        if let Some(known) = owner.chutes.iter_mut().find(|known| known.chute == *chute) {
            change(&mut known.count);
        }
        Some(PartAnswer::Quotas(owner.chutes.clone()))
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
            self.waiting.add([Errand::Usage(id, since, next)]);
        } else {
            self.usage_is_known(id, seen);
        }
    }

    fn owner_mut(&mut self, id: CredentialId) -> Option<&mut Owner> {
        let place = *self.owner_of.get(id.index())?;
        self.owners.get_mut(place)
    }
}
