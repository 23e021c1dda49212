//! Other credentials in the place of those that are asked for, after an edit of the configuration.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::credentials::{Found, Missing};
use crate::domain::credential::{Credential, CredentialId, Identity};
use crate::runtime::first_key::Server;
use crate::runtime::link::Link;
use crate::runtime::panics;
use crate::runtime::teller::Teller;
use crate::worker::{After, Keeper};

/// Who is asked, and for what.
#[derive(Clone, Debug)]
pub struct Exchange {
    server: Server,
    credentials: Vec<Credential>,
}

/// What came of an exchange.
#[derive(Debug)]
pub struct Exchanged {
    /// The credentials now.
    pub identities: Vec<Identity>,
    /// What each of them was before; `None`: not there.
    pub before: Vec<Option<CredentialId>>,
    /// The worker that asks for them.
    pub link: Link,
}

impl Exchange {
    /// `server` is asked for these.
    #[must_use]
    pub fn new(server: Server, credentials: Vec<Credential>) -> Self {
        Self { server, credentials }
    }

    /// Whether nobody is asked for so far.
    #[must_use]
    pub fn is_of_nobody(&self) -> bool {
        self.credentials.is_empty()
    }

    /// Begins to ask for what was found, with the history of the worker that there was and the pause that the host is in,
    /// and says in `notices` what is
    /// kept all the same. `None` when nothing is different, or no credential would be left.
    pub fn to(
        &mut self,
        found: Found,
        old: &mut Option<Link>,
        interval: Duration,
        paused_until: Option<DateTime<Utc>>,
        clock: &Arc<dyn Clock>,
        notices: &mut Vec<String>,
    ) -> Option<Exchanged> {
        let credentials = self.with_kept(found, notices);
        if credentials.is_empty() && !self.credentials.is_empty() {
            notices.push("no key is left in the configuration: those that there were are still asked for".to_owned());
        }
        // Whatever counts as low for them: that is no affair of the worker's.
        let is_same =
            |(a, b): (&Credential, &Credential)| a.identity.labels == b.identity.labels && a.key.same_as(&b.key);
        let is_old =
            credentials.len() == self.credentials.len() && credentials.iter().zip(&self.credentials).all(is_same);
        if credentials.is_empty() || is_old {
            return None;
        }
        panics::hide(credentials.iter().map(|credential| credential.key.clone()));
        let after = old.as_ref().map(|_| After { paused_until });
        let before = credentials.iter().map(|new| self.place_of(new)).collect();
        let identities = credentials.iter().map(|credential| credential.identity.clone()).collect();
        let teller = if let Some(teller) = old.take().and_then(|mut link| link.take_teller()) {
            teller.of(&credentials)
        } else {
            let (keeper, told) = Keeper::open(self.server.history.clone(), &self.server.api_base, &**clock);
            Teller::new(keeper, told, &credentials)
        };
        let link = self.server.link(credentials.clone(), teller, interval, after, clock);
        self.credentials = credentials;
        Some(Exchanged { identities, before, link })
    }

    /// What was found, and in its place what is still named but whose key cannot be had just now.
    fn with_kept(&self, found: Found, notices: &mut Vec<String>) -> Vec<Credential> {
        let Found { mut credentials, missing, .. } = found;
        let mut kept = 0;
        for Missing { label, place, reason, notice } in missing {
            let is_called = |old: &&Credential| old.identity.labels.iter().any(|known| known.to_lowercase() == label);
            let Some(old) = self.credentials.iter().find(is_called) else { continue };
            // It is not left out.
            notices.retain(|known| *known != notice);
            if !credentials.iter().any(|new| new.key.same_as(&old.key)) {
                notices.push(format!("{}: goes on with the key that it had; {reason}", old.identity.name()));
                credentials.insert((place + kept).min(credentials.len()), old.clone());
                kept += 1;
            }
        }
        for (place, credential) in credentials.iter_mut().enumerate() {
            credential.identity.id = CredentialId::new(place);
        }
        credentials
    }

    fn place_of(&self, new: &Credential) -> Option<CredentialId> {
        self.credentials.iter().find(|old| old.key.same_as(&new.key)).map(|old| old.identity.id)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::clock::SystemClock;
    use crate::domain::api_base::ApiBase;
    use crate::domain::credential::ApiKey;
    use crate::history::Location;

    fn credentials(all: &[(&str, &str)]) -> Vec<Credential> {
        let credential = |(index, (label, key)): (usize, &(&str, &str))| {
            Credential::new(CredentialId::new(index), vec![(*label).to_owned()], ApiKey::new(*key))
        };
        all.iter().enumerate().map(credential).collect()
    }

    type Rows = Vec<(String, Option<usize>)>;

    /// The names after an exchange of `a` and `b`, where each was before, and the notices.
    fn exchanged(found: &[(&str, &str)], missing: &[(&str, usize)]) -> (Option<Rows>, Vec<String>) {
        let server = Server {
            api_base: ApiBase::parse("http://127.0.0.1:1").unwrap(),
            requests_per_minute: None,
            history: Location::Memory,
        };
        let mut exchange = Exchange::new(server, credentials(&[("a", "key-of-a"), ("b", "key-of-b")]));
        let missing = missing.iter().map(|&(label, place)| Missing {
            label: label.to_owned(),
            place,
            reason: "key_command: it failed".to_owned(),
            notice: format!("line 1: {label}: key_command: it failed: skipped"),
        });
        let missing: Vec<_> = missing.collect();
        let skipped = missing.iter().map(|missing| missing.notice.clone()).collect();
        let found = Found { credentials: credentials(found), missing, ..Found::default() };
        let (mut notices, clock): (Vec<String>, Arc<dyn Clock>) = (skipped, Arc::new(SystemClock));
        let done = exchange.to(found, &mut None, Duration::from_mins(5), None, &clock, &mut notices);
        let rows = done.map(|done| {
            let before = done.before.iter().map(|id| id.map(CredentialId::index));
            done.identities.iter().map(Identity::name).zip(before).collect()
        });
        (rows, notices)
    }

    #[tokio::test]
    async fn a_key_is_the_same_credential_whatever_it_is_called() {
        let (rows, notices) = exchanged(&[("new", "key-of-n"), ("bee", "key-of-b")], &[]);
        assert_eq!(rows, Some(vec![("new".to_owned(), None), ("bee".to_owned(), Some(1))]));
        assert_eq!(notices, [""; 0]);
    }

    #[tokio::test]
    async fn what_cannot_be_had_just_now_goes_on_and_nothing_changes_for_nothing() {
        let (rows, notices) = exchanged(&[("b", "key-of-b"), ("c", "key-of-c")], &[("a", 0), ("d", 1)]);
        let row = |name: &str, before| (name.to_owned(), before);
        assert_eq!(rows, Some(vec![row("a", Some(0)), row("b", Some(1)), row("c", None)]), "each in its place");
        let kept = "a: goes on with the key that it had; key_command: it failed";
        assert_eq!(notices, ["line 1: d: key_command: it failed: skipped", kept]);
        let (rows, notices) = exchanged(&[("a", "key-of-a")], &[("b", 1)]);
        assert_eq!((rows, notices.len()), (None, 1), "a failure alone exchanges nobody");
        assert_eq!(exchanged(&[("a", "key-of-a"), ("b", "key-of-b")], &[]).0, None);
        let (rows, notices) = exchanged(&[], &[]);
        assert_eq!(rows, None);
        assert_eq!(notices, ["no key is left in the configuration: those that there were are still asked for"]);
    }
}
