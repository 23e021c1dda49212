//! The keyring of the system: Keychain, Credential Manager, or the Secret Service of the desktop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// The keyring is given so long: a locked one asks for its password, which the dashboard must not wait for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Where keys are kept under labels.
pub(super) trait Keyring: Sync {
    /// The key of a label; `None`: there is none.
    ///
    /// # Errors
    ///
    /// Why the keyring cannot be asked.
    fn get(&self, label: &str) -> Result<Option<String>, String>;

    /// Keeps the key of a label, in the place of an earlier one.
    ///
    /// # Errors
    ///
    /// Why it cannot be kept.
    fn set(&self, label: &str, key: &str) -> Result<(), String>;

    /// Forgets the key of a label. One that is not there is forgotten already.
    ///
    /// # Errors
    ///
    /// Why it cannot be forgotten.
    fn remove(&self, label: &str) -> Result<(), String>;
}

/// This system's keyring.
#[derive(Debug)]
pub(super) struct System {
    patience: Duration,
    /// Whether it did not tell a key in time: then no other is asked for, so that one time limit holds for all of them.
    is_hung: AtomicBool,
}

impl System {
    /// A keyring that is given [`PATIENCE`].
    pub(super) const fn new() -> Self {
        Self { patience: PATIENCE, is_hung: AtomicBool::new(false) }
    }

    /// What `tell` gives, if it and those before it gave it in time.
    fn told<T: Send + 'static>(&self, tell: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
        if self.is_hung.load(Ordering::Relaxed) {
            return Err(self.late());
        }
        self.in_time(tell).unwrap_or_else(|| {
            self.is_hung.store(true, Ordering::Relaxed);
            Err(self.late())
        })
    }

    /// What `act` gives; `None`: not in time.
    fn in_time<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Option<Result<T, String>> {
        let (sender, answer) = sync_channel(1);
        thread::spawn(move || {
            let _nobody_waits = sender.send(act());
        });
        answer.recv_timeout(self.patience).ok()
    }

    fn late(&self) -> String {
        format!("the keyring did not answer within {} s: is it locked?", self.patience.as_secs())
    }
}

impl Keyring for System {
    fn get(&self, label: &str) -> Result<Option<String>, String> {
        let label = label.to_owned();
        self.told(move || system::get(&label))
    }

    fn set(&self, label: &str, key: &str) -> Result<(), String> {
        let (label, key) = (label.to_owned(), key.to_owned());
        self.in_time(move || system::set(&label, &key)).unwrap_or_else(|| Err(self.late()))
    }

    fn remove(&self, label: &str) -> Result<(), String> {
        let label = label.to_owned();
        self.in_time(move || system::remove(&label)).unwrap_or_else(|| Err(self.late()))
    }
}

#[cfg(feature = "keyring")]
mod system {
    use keyring::{Entry, Error};

    /// Under this name the keys stand in the keyring.
    const SERVICE: &str = "chutes-top";

    fn entry(label: &str) -> Result<Entry, String> {
        Entry::new(SERVICE, label).map_err(|error| reason(&error))
    }

    pub(super) fn get(label: &str) -> Result<Option<String>, String> {
        match entry(label)?.get_password() {
            Ok(key) => Ok(Some(key)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(reason(&error)),
        }
    }

    pub(super) fn set(label: &str, key: &str) -> Result<(), String> {
        entry(label)?.set_password(key).map_err(|error| reason(&error))
    }

    pub(super) fn remove(label: &str) -> Result<(), String> {
        match entry(label)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(reason(&error)),
        }
    }

    /// The reason in our own words: an error of the keyring may hold what is kept in it.
    fn reason(error: &Error) -> String {
        match error {
            Error::NoDefaultStore => "there is no keyring here",
            Error::NoStorageAccess(_) => "the keyring is locked or cannot be reached",
            Error::BadEncoding(_) => "what is in the keyring is no text",
            Error::Ambiguous(_) => "the keyring has several entries of that name",
            _ => "the keyring refuses",
        }
        .to_owned()
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    const NONE: &str = "this program was built without the feature keyring";

    pub(super) fn get(_label: &str) -> Result<Option<String>, String> {
        Err(NONE.to_owned())
    }

    pub(super) fn set(_label: &str, _key: &str) -> Result<(), String> {
        Err(NONE.to_owned())
    }

    pub(super) fn remove(_label: &str) -> Result<(), String> {
        Err(NONE.to_owned())
    }
}

/// A keyring in memory, for tests; `None`: there is none here.
#[cfg(test)]
pub(super) mod fake {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::Keyring;

    #[derive(Default)]
    pub(in crate::credentials) struct Fake(pub(in crate::credentials) Option<Mutex<BTreeMap<String, String>>>);

    impl Fake {
        pub(in crate::credentials) fn empty() -> Self {
            Self(Some(Mutex::default()))
        }

        fn on<T>(&self, act: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> Result<T, String> {
            self.0
                .as_ref()
                .map(|keys| act(&mut keys.lock().unwrap()))
                .ok_or_else(|| "there is no keyring here".to_owned())
        }
    }

    impl Keyring for Fake {
        fn get(&self, label: &str) -> Result<Option<String>, String> {
            self.on(|keys| keys.get(label).cloned())
        }

        fn set(&self, label: &str, key: &str) -> Result<(), String> {
            self.on(|keys| keys.insert(label.to_owned(), key.to_owned())).map(|_| ())
        }

        fn remove(&self, label: &str) -> Result<(), String> {
            self.on(|keys| keys.remove(label)).map(|_| ())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn one_that_hangs_is_waited_for_once() {
        let keyring = System { patience: Duration::from_millis(1), ..System::new() };
        let (_held, never) = channel::<()>();
        let hung = keyring.told(move || never.recv().map_err(|_| "gone".to_owned()));
        assert_eq!(hung, Err("the keyring did not answer within 0 s: is it locked?".to_owned()));
        assert!(keyring.told(|| Ok(())).is_err(), "it is not asked again");
    }
}
