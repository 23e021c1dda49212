//! The environment variables, taken once and handed in, so that no other code reads the process's own, and the
//! directories that they name.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

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

    /// A variable's value; `None` if it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Whether text may be more than ASCII, by the locale. Where no locale is set, as in many containers, UTF-8 is
    /// assumed.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        // The first that is set counts, says POSIX.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.get(name));
        locale.is_none_or(|locale| {
            let locale = locale.to_string_lossy().to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }

    /// Where the program's configuration is: `$XDG_CONFIG_HOME/chutes-top`, by default in `~/.config`; on Windows in
    /// `%APPDATA%`. `None` when there is no home either.
    #[must_use]
    pub fn config_directory(&self) -> Option<PathBuf> {
        self.directory("XDG_CONFIG_HOME", "APPDATA", ".config")
    }

    /// Where the program keeps what is not worth a backup: `$XDG_STATE_HOME/chutes-top`, by default in
    /// `~/.local/state`; on Windows in `%LOCALAPPDATA%`. `None` when there is no home either.
    #[must_use]
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.directory("XDG_STATE_HOME", "LOCALAPPDATA", ".local/state")
    }

    /// The user's home directory, for which `~` stands.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        let of_windows = if cfg!(windows) { self.get("USERPROFILE") } else { None };
        self.get("HOME").or(of_windows).map(Path::new)
    }

    fn directory(&self, variable: &str, appdata: &str, at_home: &str) -> Option<PathBuf> {
        // The XDG Base Directory Specification says to ignore a relative path.
        let absolute = |name: &str| self.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let of_windows = || if cfg!(windows) { absolute(appdata) } else { None };
        let directory = absolute(variable).or_else(of_windows).or_else(|| Some(self.home()?.join(at_home)))?;
        Some(directory.join("chutes-top"))
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

/// Makes the directory of `file`, and what is missing above it, for their owner only; one that is there stays as it is.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_directory_of(file: &Path) -> io::Result<()> {
    let Some(directory) = file.parent() else { return Ok(()) };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| match error.kind() {
        // Said of the file itself it would mislead.
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
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
    fn directories_are_where_each_system_has_them() {
        let home = std::env::temp_dir();
        let of = |names: &[&str]| {
            let environment: Environment = names.iter().map(|name| (*name, home.join(name))).collect();
            [environment.config_directory(), environment.state_directory()].map(|found| {
                let found = found.map(|found| found.strip_prefix(&home).map(Path::to_owned).unwrap_or_default());
                found.map_or("none".to_owned(), |found| found.to_string_lossy().replace('\\', "/"))
            })
        };
        let at_home = ["HOME/.config/chutes-top", "HOME/.local/state/chutes-top"];
        let by_system = ["APPDATA/chutes-top", "LOCALAPPDATA/chutes-top"];
        assert_eq!(of(&[]), ["none", "none"]);
        assert_eq!(of(&["HOME"]), at_home);
        let all = ["HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE"];
        assert_eq!(of(&all), if cfg!(windows) { by_system } else { at_home });
        let named = of(&[&all[..], &["XDG_CONFIG_HOME", "XDG_STATE_HOME"]].concat());
        assert_eq!(named, ["XDG_CONFIG_HOME/chutes-top", "XDG_STATE_HOME/chutes-top"]);
    }

    #[test]
    fn the_locale_says_whether_text_may_be_more_than_ascii() {
        for (variables, is_utf8) in [
            (vec![], true),
            (vec![("LANG", "en_GB.UTF-8")], true),
            (vec![("LANG", "C.utf8")], true),
            (vec![("LC_CTYPE", "UTF-8")], true),
            (vec![("LANG", "C")], false),
            (vec![("LANG", "POSIX")], false),
            (vec![("LANG", "de_DE.ISO-8859-1")], false),
            (vec![("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], false),
            (vec![("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], true),
        ] {
            let environment: Environment = variables.iter().copied().collect();
            assert_eq!(environment.is_utf8(), is_utf8, "{variables:?}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let environment: Environment = [("CHUTES_API_KEY", "cpk_secret")].into_iter().collect();
        assert_eq!(format!("{environment:?}"), "Environment {\"CHUTES_API_KEY\"}");
    }
}
