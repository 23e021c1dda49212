//! `chutes-top credentials`: keys are listed, taken in, forgotten and tested. No key is printed, or taken from the
//! command line.

use std::io::{self, IsTerminal as _, Read as _};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::{CredentialsCommand, GlobalArgs};
use crate::clock::Clock;
use crate::commands::ask::{self, Extent};
use crate::commands::{self, Console, Ended, Outcome, refuse, snapshot, typing};
use crate::credentials::{self as keys, Kept, Store};
use crate::domain::credential::{ApiKey, Credential, CredentialId};
use crate::domain::typed::Typed;
use crate::environment::Environment;
use crate::report;
use crate::worker::Look;

/// The most that is read of a key and the blanks around it, in bytes.
const SIZE_LIMIT: u64 = 64 * 1024;

/// Does it, and says how it went.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    command: &CredentialsCommand,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    match command {
        CredentialsCommand::List => list(global, environment, console),
        CredentialsCommand::Test { label } => test(global, label.as_deref(), environment, clock, console),
        CredentialsCommand::Add { label, file, replace } => {
            let place = Place { into_file: *file, replaces: *replace };
            Ok(with_store(label, environment, console, |store, label, console| {
                add(store, label, place, environment, console)
            }))
        }
        CredentialsCommand::Remove { label } => Ok(with_store(label, environment, console, remove)),
    }
}

fn list(global: &GlobalArgs, environment: &Environment, console: &mut Console<'_>) -> Ended {
    let (settings, found) = commands::prepare(global, environment, console)?;
    console.notices(&found.notices);
    if settings.demo {
        return Err(refuse(console, "--demo: cannot go with credentials list: its credentials are made up"));
    }
    let identities = found.credentials.iter().map(|credential| &credential.identity);
    let text = report::credentials::listed(identities.zip(found.origins.iter().map(String::as_str)));
    Ok(console.report(&text, Outcome::Success))
}

/// Does something to the user's own store, with a label that can be one.
fn with_store(
    label: &str,
    environment: &Environment,
    console: &mut Console<'_>,
    act: impl FnOnce(&Store<'_>, &str, &mut Console<'_>) -> Outcome,
) -> Outcome {
    let label = match keys::usable_label(label) {
        Ok(label) => label,
        Err(reason) => return refuse(console, &reason),
    };
    match Store::of(environment) {
        Some(store) => act(&store, &label, console),
        None => refuse(console, "there is no home directory to keep a key in"),
    }
}

/// Where a key is to be put.
#[derive(Clone, Copy)]
struct Place {
    into_file: bool,
    replaces: bool,
}

fn add(store: &Store<'_>, label: &str, place: Place, environment: &Environment, console: &mut Console<'_>) -> Outcome {
    let known = match store.labels() {
        Ok(labels) => labels.iter().any(|(known, _)| known == label),
        Err(error) => return refuse(console, &error.to_string()),
    };
    if known && !place.replaces {
        return refuse(console, &format!("{label}: is there already; --replace puts a new key in its place"));
    }
    let typed = match read_key(label, console) {
        Ok(Some(typed)) => typed,
        Ok(None) => return Outcome::Interrupted,
        Err(error) => return refuse(console, &format!("the key cannot be read: {error}")),
    };
    let key = match keys::usable_key(typed.expose()) {
        Ok(key) => key,
        Err(reason) => return refuse(console, &format!("the key {reason}: nothing was kept")),
    };
    let added = match store.add(label, &key, place.into_file) {
        Ok(added) => added,
        Err(reason) => {
            return console.fail(&reason);
        }
    };
    if let Some(reason) = &added.no_keyring {
        console.notices(&[format!("{reason}: the key is kept in {}, which only you can read", store.shown())]);
    }
    console.notices(&overruled(label, environment));
    let place = match added.kept {
        Kept::Keyring => "the keyring",
        Kept::File => store.shown(),
    };
    console.report(&format!("{label}: kept in {place}\n"), Outcome::Success)
}

/// That a variable of the same name wins.
fn overruled(label: &str, environment: &Environment) -> Vec<String> {
    let credential =
        |(name, _): (&str, _)| keys::label_of_variable(name).filter(|known| known == label).map(|_| name.to_owned());
    let variable = environment.iter().find_map(credential);
    variable.map(|name| format!("{name} is set in the environment, and wins")).into_iter().collect()
}

/// The key as it was typed, without being shown, or as it stands on standard input; `None`: the user gave up.
fn read_key(label: &str, console: &mut Console<'_>) -> io::Result<Option<Typed>> {
    if io::stdin().is_terminal() {
        return typing::ask(&format!("Key of {label} (it is not shown): "), console.err);
    }
    let mut text = String::new();
    io::stdin().lock().take(SIZE_LIMIT).read_to_string(&mut text)?;
    let mut typed = Typed::default();
    typed.replace(&Typed::new(text));
    typing::whole(typed).map(Some)
}

fn remove(store: &Store<'_>, label: &str, console: &mut Console<'_>) -> Outcome {
    match store.remove(label) {
        Ok(true) => console.report(&format!("{label}: forgotten\n"), Outcome::Success),
        Ok(false) => {
            refuse(console, &format!("{label}: was not added; chutes-top credentials list says where a key is"))
        }
        Err(reason) => console.fail(&reason),
    }
}

fn test(
    global: &GlobalArgs,
    label: Option<&str>,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (settings, credentials) = commands::begin(global, environment, console)?;
    let asked: Vec<Credential> =
        credentials.iter().filter(|one| label.is_none_or(|label| is_called(one, label))).cloned().collect();
    if asked.is_empty() && !settings.demo {
        // What was given is not repeated: it might be a key.
        let known: Vec<&str> = credentials.iter().flat_map(|one| &one.identity.labels).map(String::as_str).collect();
        return Err(refuse(console, &format!("no credential has that label; there are {}", known.join(", "))));
    }
    // A test of what others found would be none.
    let look = Look { max_age: Duration::ZERO, timeout: ask::TIMEOUT };
    let usage = ask::now(&settings, numbered(asked), Extent::Quota, clock, look, console)?;
    let all = usage.credentials().iter().all(snapshot::was_read);
    let outcome = if all { Outcome::Success } else { Outcome::Failed };
    Ok(console.report(&report::credentials::tested(&usage), outcome))
}

fn is_called(credential: &Credential, label: &str) -> bool {
    credential.identity.labels.iter().any(|known| known.eq_ignore_ascii_case(label))
}

/// The credentials with their places among themselves as ids.
fn numbered(credentials: Vec<Credential>) -> Vec<Credential> {
    let renumber = |(place, one): (usize, Credential)| {
        let key: ApiKey = one.key;
        Credential::new(CredentialId::new(place), one.identity.labels, key)
    };
    credentials.into_iter().enumerate().map(renumber).collect()
}
