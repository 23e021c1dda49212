//! What leave is given to a request, and what the answer of another instance says to it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::failure::Failure;
use crate::domain::usage::part::PartAnswer;
use crate::history::{HistoryError, LastKnown, Leave, Turn, Wish};
use crate::worker::collector::{Given, Learned};
use crate::worker::errand::{Brought, Errand};
use crate::worker::keeper::Keeper;
use crate::worker::sending::Request;
use crate::worker::turn::{Claim, Granted};

impl Keeper {
    /// Takes leave, and looks up what there is to know in place of it.
    pub(super) async fn take_leave(&self, wish: Wish, request: &Request) -> Result<Given, HistoryError> {
        let (owner, now) = (wish.owner, wish.now);
        let (at, failure, known) = match self.history.leave(wish.clone()).await? {
            Leave::Known { at, failure, known } => (at, failure, known),
            leave => return Ok(self.given(leave, wish)),
        };
        let learned = match request {
            Request::Errand(Errand::Usage(..)) if failure.is_none() => {
                Some(Learned::Hours(self.hours(owner, now).await?, known.usage_until))
            }
            Request::Errand(Errand::Names) if failure.is_none() => {
                Some(Learned::Names(Arc::new(self.history.names().await?.0)))
            }
            request => learned(request, failure, &known, at),
        };
        if let Some(learned) = learned {
            return Ok(Given::Learned(at, learned));
        }
        // What cannot be read any more is asked for again, in its turn.
        let wish = Wish { serves_since: None, ..wish };
        Ok(self.given(self.history.leave(wish.clone()).await?, wish))
    }

    fn given(&self, leave: Leave, Wish { host, owner, what, .. }: Wish) -> Given {
        match leave {
            Leave::Granted { at, refusals, is_on_trial } => {
                let claim = Claim::of(&self.history, Turn { host, owner, what, at });
                Given::Granted(Granted { refusals, is_on_trial, claim })
            }
            leave => Given::Leave(leave),
        }
    }
}

/// What the answers that are known say to a request.
///
/// An answer of before `at` is not the one that was given then: its own was not kept, or replaced.
fn learned(request: &Request, failure: Option<Failure>, known: &LastKnown, at: DateTime<Utc>) -> Option<Learned> {
    let is_of_then = |time: DateTime<Utc>| time.timestamp_millis() >= at.timestamp_millis();
    let errand = match (request, failure) {
        (Request::Quota(..), Some(failure)) => return Some(Learned::Quota(Err(failure))),
        (Request::Quota(..), None) => {
            return known
                .snapshot
                .filter(|snapshot| is_of_then(snapshot.fetched_at))
                .map(|one| Learned::Quota(Ok(one)));
        }
        (Request::Errand(_), Some(failure)) => return Some(Learned::Errand(Err(failure))),
        (Request::Errand(errand), None) => errand,
    };
    if let Errand::Rows(_) = errand {
        let (rows, _) = known.rows.as_ref().filter(|(_, time)| is_of_then(*time))?;
        return Some(Learned::Errand(Ok(Brought::Rows(rows.clone()))));
    }
    let brought = known.answers.iter().find_map(|(answer, time)| match (errand, answer) {
        (Errand::Caps(_), PartAnswer::Caps(plan)) if is_of_then(*time) => Some(Brought::Caps(plan.clone())),
        (Errand::Account(_), PartAnswer::Account(account)) if is_of_then(*time) => {
            Some(Brought::Account(account.clone()))
        }
        (Errand::Chute(_, chute), PartAnswer::Quotas(quotas)) => {
            let own = quotas.iter().find(|quota| quota.chute == *chute);
            let count = own.map(|quota| &quota.count).filter(|count| count.fetched_at().is_some_and(is_of_then));
            count.and_then(|count| count.value().copied()).map(Brought::Chute)
        }
        _ => None,
    });
    Some(Learned::Errand(Ok(brought?)))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::credential::{ApiKey, CredentialId};
    use crate::history::Fingerprint;

    #[test]
    fn an_answer_of_before_is_not_the_one_that_was_given() {
        let at: DateTime<Utc> = "2026-11-23T17:38:21Z".parse().unwrap();
        let request = Request::Errand(Errand::Caps(CredentialId::new(0)));
        let known = |caps_at| LastKnown {
            owner: Fingerprint::of_key("https://api.chutes.ai", &ApiKey::new("fake")),
            snapshot: None,
            usage_until: None,
            rows: None,
            answers: vec![(PartAnswer::Caps(None), caps_at)],
        };
        assert!(learned(&request, None, &known(at), at).is_some());
        assert!(learned(&request, None, &known(at - TimeDelta::seconds(1)), at).is_none());
    }
}
