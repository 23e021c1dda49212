//! Where a setting comes from.

use std::fmt;

use super::file::{ConfigFile, Placed};

/// Where a setting comes from, from what counts most to what counts least.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This environment variable.
    Variable(&'static str),
    /// The configuration file: `config.toml line 3`.
    File(String),
    /// What it was last set to in the dashboard.
    State,
    /// Nobody said anything.
    #[default]
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => formatter.write_str(name),
            Self::File(place) => formatter.write_str(place),
            Self::State => formatter.write_str("as the dashboard was left"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> Chosen<T> {
    pub(super) fn flag(value: T, name: &'static str) -> Self {
        Self { value, origin: Origin::Flag(name) }
    }

    pub(super) fn variable(value: T, name: &'static str) -> Self {
        Self { value, origin: Origin::Variable(name) }
    }

    /// What was last changed in the dashboard.
    pub(super) fn kept(value: T) -> Self {
        Self { value, origin: Origin::State }
    }

    pub(super) fn by_default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }
}

impl ConfigFile {
    /// The origin of a value in this line.
    #[must_use]
    pub fn origin(&self, line: usize) -> Origin {
        Origin::File(format!("{} line {line}", self.shown))
    }

    /// What the file says, and where.
    pub(super) fn chosen<T: Clone>(&self, placed: Option<&Placed<T>>) -> Option<Chosen<T>> {
        placed.map(|placed| Chosen { value: placed.value.clone(), origin: self.origin(placed.line) })
    }

    /// What the file says, or else what was kept, or else the default.
    pub(super) fn or_kept<T: Clone + Default>(&self, placed: Option<&Placed<T>>, kept: Option<T>) -> Chosen<T> {
        self.chosen(placed).or_else(|| kept.map(Chosen::kept)).unwrap_or_default()
    }
}
