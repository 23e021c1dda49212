//! What was changed in the dashboard, kept for its next start: `state.toml` in the state directory.
//!
//! It has the keys of the configuration file that the dashboard's own keys change. Only what was ever changed there
//! is in it, so that everything else follows the configuration.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::file::ConfigFile;
use crate::domain::view::{Kept, Sort};
use crate::environment::{Environment, make_directory_of};

/// Where the state is kept. `None` when there is no home.
#[must_use]
pub fn path(environment: &Environment) -> Option<PathBuf> {
    Some(environment.state_directory()?.join("state.toml"))
}

/// Reads what was changed; nothing where there is no file yet.
///
/// # Errors
///
/// A line for the user, when the file is wrong.
pub fn read(path: &Path, environment: &Environment) -> Result<Kept, String> {
    if !path.try_exists().unwrap_or(true) {
        return Ok(Kept::default());
    }
    let file = ConfigFile::open(path, environment).map_err(|error| format!("{error}: left out"))?;
    let reversed = file.reverse.is_some_and(|placed| placed.value);
    Ok(Kept {
        interval: file.interval.map(|placed| placed.value),
        sort: file.sort.map(|placed| Sort { key: placed.value, reversed }),
        filter: file.filter.map(|placed| placed.value),
        quick: file.quick.map(|placed| placed.value),
        shape: file.layout.map(|placed| placed.value),
        theme: file.theme.map(|placed| placed.value),
    })
}

/// Writes what was changed into a new file that only the user can read, and puts that in the place of the old one,
/// so that no other instance ever reads half of it.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(kept: &Kept, path: &Path) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory_of(path)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text(kept).as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn text(kept: &Kept) -> String {
    let mut text = "# Written by chutes-top when it ends: what was changed in the dashboard.\n".to_owned();
    // Writing into a string cannot fail.
    if let Some(interval) = kept.interval {
        let _ = writeln!(text, "interval = {}", interval.as_secs());
    }
    if let Some(Sort { key, reversed }) = kept.sort {
        let _ = writeln!(text, "sort = \"{}\"\nreverse = {reversed}", key.label());
    }
    if let Some(filter) = &kept.filter {
        let _ = writeln!(text, "filter = {}", toml::Value::from(filter.as_str()));
    }
    if let Some(quick) = kept.quick {
        let _ = writeln!(text, "quick = \"{}\"", quick.label());
    }
    if let Some(theme) = &kept.theme {
        let _ = writeln!(text, "theme = {}", toml::Value::from(theme.as_str()));
    }
    if let Some(shape) = kept.shape {
        let _ = writeln!(text, "layout = \"{}\"", shape.label());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    #[cfg(unix)]
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::domain::view::{QuickFilter, Shape, SortKey};

    fn read(path: &Path) -> Result<Kept, String> {
        super::read(path, &Environment::default())
    }

    #[test]
    fn what_was_written_is_read_again_and_only_by_its_owner() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/state.toml");
        assert_eq!(read(&path), Ok(Kept::default()));
        let state = Kept {
            interval: Some(Duration::from_mins(10)),
            sort: Some(Sort { key: SortKey::Left, reversed: true }),
            filter: Some("\"odd\" \\ ünïcode".to_owned()),
            quick: Some(QuickFilter::All),
            shape: Some(Shape::Big),
            theme: Some("mine".to_owned()),
        };
        write(&state, &path).unwrap();
        assert_eq!(read(&path), Ok(state.clone()));
        #[cfg(unix)]
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let later = Kept { filter: Some(String::new()), ..Kept::default() }.over(state);
        write(&later, &path).unwrap();
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
