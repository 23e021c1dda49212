//! What was changed in the dashboard, kept for its next start: `state.toml` in the state directory.
//!
//! It has the keys of the configuration file that the dashboard's own keys change. Only what was ever changed there
//! is in it, so that everything else follows the configuration.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{self, ConfigFile};
use crate::cli::{LayoutName, SortBy};
use crate::config::file::Quick;
use crate::environment::Environment;

/// What was changed; `None`: never.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The poll interval.
    pub interval: Option<Duration>,
    /// What rows are sorted by, and whether the other way round.
    pub order: Option<(SortBy, bool)>,
    /// The text of the filter; empty: every row.
    pub filter: Option<String>,
    /// Which rows the key `f` shows.
    pub quick: Option<Quick>,
    /// How the credentials are laid out.
    pub layout: Option<LayoutName>,
    /// The name of the theme.
    pub theme: Option<String>,
}

/// Where the state is kept. `None` when there is no home.
#[must_use]
pub fn path(environment: &Environment) -> Option<PathBuf> {
    Some(environment.state_directory()?.join("state.toml"))
}

impl State {
    /// Reads the state; none where there is no file yet.
    ///
    /// # Errors
    ///
    /// A line for the user, when the file is of no use.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, String> {
        if !path.try_exists().unwrap_or(true) {
            return Ok(Self::default());
        }
        let file = ConfigFile::open(path, environment).map_err(|error| format!("{error}: left out"))?;
        let reverse = file.reverse.is_some_and(|placed| placed.value);
        Ok(Self {
            interval: file.interval.map(|placed| placed.value),
            order: file.sort.map(|placed| (placed.value, reverse)),
            filter: file.filter.map(|placed| placed.value),
            quick: file.quick.map(|placed| placed.value),
            layout: file.layout.map(|placed| placed.value),
            theme: file.theme.map(|placed| placed.value),
        })
    }

    /// These changes over earlier ones.
    #[must_use]
    pub fn over(self, earlier: Self) -> Self {
        Self {
            interval: self.interval.or(earlier.interval),
            order: self.order.or(earlier.order),
            filter: self.filter.or(earlier.filter),
            quick: self.quick.or(earlier.quick),
            layout: self.layout.or(earlier.layout),
            theme: self.theme.or(earlier.theme),
        }
    }

    /// Writes the state into a new file that only the user can read, and puts that in the place of the old one, so
    /// that no other instance ever reads half of it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let directory = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(self.text().as_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = "# Written by chutes-top when it ends: what was changed in the dashboard.\n".to_owned();
        // Writing into a string cannot fail.
        if let Some(interval) = self.interval {
            let _ = writeln!(text, "interval = {}", interval.as_secs());
        }
        if let Some((sort, reverse)) = self.order {
            let _ = writeln!(text, "sort = \"{}\"\nreverse = {reverse}", file::name_of(sort));
        }
        if let Some(filter) = &self.filter {
            let _ = writeln!(text, "filter = {}", toml::Value::from(filter.as_str()));
        }
        if let Some(quick) = self.quick {
            let _ = writeln!(text, "quick = \"{}\"", file::quick_name(quick));
        }
        if let Some(theme) = &self.theme {
            let _ = writeln!(text, "theme = {}", toml::Value::from(theme.as_str()));
        }
        if let Some(layout) = self.layout {
            let _ = writeln!(text, "layout = \"{}\"", file::layout_name(layout));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::os::unix::fs::PermissionsExt as _;

    use pretty_assertions::assert_eq;

    use super::*;

    fn read(path: &Path) -> Result<State, String> {
        State::read(path, &Environment::default())
    }

    #[test]
    fn what_was_written_is_read_again_and_only_by_its_owner() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/state.toml");
        assert_eq!(read(&path), Ok(State::default()));
        let state = State {
            interval: Some(Duration::from_mins(10)),
            order: Some((SortBy::Left, true)),
            filter: Some("\"odd\" \\ ünïcode".to_owned()),
            quick: Some(None),
            layout: Some(LayoutName::Big),
            theme: Some("mine".to_owned()),
        };
        state.write(&path).unwrap();
        assert_eq!(read(&path), Ok(state.clone()));
        #[cfg(unix)]
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let later = State { filter: Some(String::new()), ..State::default() }.over(state);
        later.write(&path).unwrap();
        assert_eq!(read(&path), Ok(later));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_state_of_no_use_is_said_and_left_out() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state.toml");
        fs::write(&path, "interval = 1\n").unwrap();
        let said = read(&path).unwrap_err();
        assert!(
            said.ends_with(
                "state.toml line 1: interval: shorter than 30s: the server bans addresses that ask too often: left out"
            ),
            "{said}"
        );
    }
}
