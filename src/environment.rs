//! The environment variables, taken once and handed in, so that no other code reads the process's own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

/// The environment variables that the program was started with.
///
/// Its `Debug` shows names only: values may be keys.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

impl Environment {
    /// The variables of this process. A name that is not UTF-8 is none of ours and left out.
    #[must_use]
    pub fn of_this_process() -> Self {
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect()
    }

    /// A variable's value; `None` when it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Every variable that is set, empty ones included, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_os_str()))
    }
}

impl<N: Into<String>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment ")?;
        formatter.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_as_good_as_unset() {
        let environment: Environment = [("EMPTY", ""), ("SET", "x")].into_iter().collect();
        assert_eq!(environment.get("EMPTY"), None);
        assert_eq!(environment.get("UNSET"), None);
        assert_eq!(environment.get("SET"), Some(OsStr::new("x")));
        assert_eq!(environment.iter().count(), 2);
    }

    #[test]
    fn debug_shows_no_value() {
        let environment: Environment = [("CHUTES_API_KEY", "cpk_secret")].into_iter().collect();
        assert_eq!(format!("{environment:?}"), "Environment {\"CHUTES_API_KEY\"}");
    }
}
