//! Opening: the file, or a new one in its place, or memory. It never fails for good.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::files::{self, DirectoryLock, FileIdentity};
use super::schema;

/// Where the history is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this file, shared with every other instance that is given the same.
    File(PathBuf),
    /// In memory, until the last handle is dropped.
    Memory,
}

/// An open history.
#[derive(Debug)]
pub(super) struct Opened {
    /// The connection.
    pub(super) connection: Connection,
    /// The file; `None` for memory.
    pub(super) file: Option<OpenedFile>,
}

/// What came of opening.
#[derive(Debug)]
pub(super) struct Opening {
    /// The history; `None`: not even memory can be had.
    pub(super) opened: Option<Opened>,
    /// What was out of the ordinary, in plain sentences.
    pub(super) notices: Vec<String>,
    /// Another process holds the file: there is nothing wrong with it.
    pub(super) is_locked: bool,
}

impl Opening {
    /// Whether it is in a file.
    pub(super) fn has_file(&self) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.file.is_some())
    }
}

/// Which file is open.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Option<FileIdentity>,
}

/// Why a file is not used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not a whole database, or cannot be read: it is set aside.
    Damaged(String),
    /// It is of a later version of this program: it is set aside.
    Newer(i64),
    /// It is another program's database: it is left where it is.
    Foreign,
    /// Another process holds it: it is left where it is, until it is free.
    Locked,
    /// It cannot be used now, which is not the file's fault: it is left where it is.
    Unusable(String),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            error if is_damage(&error) => Self::Damaged(error.to_string()),
            error if is_busy(&error) => Self::Locked,
            error => Self::Unusable(error.to_string()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(reason) | Self::Unusable(reason) => formatter.write_str(reason),
            Self::Newer(version) => write!(formatter, "it is of a later version ({version})"),
            Self::Locked => formatter.write_str("another process holds it"),
            Self::Foreign => formatter.write_str("it is another program's database"),
        }
    }
}

/// Whether an error says that the file itself is broken.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = match error {
        rusqlite::Error::SqliteFailure(error, _) | rusqlite::Error::SqlInputError { error, .. } => error.code,
        _ => return false,
    };
    matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
}

/// Whether an error says that another process holds the file.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Opens a history. Another process that holds the file is waited for as long as `patience`.
pub(super) fn open(location: &Location, now: DateTime<Utc>, patience: Duration) -> Opening {
    let Location::File(path) = location else {
        return Opening { opened: memory().ok(), notices: Vec::new(), is_locked: false };
    };
    match open_file(path, now, patience) {
        Ok((opened, notice)) => {
            Opening { opened: Some(opened), notices: notice.into_iter().collect(), is_locked: false }
        }
        Err(refusal) => {
            let is_locked = refusal == Refusal::Locked;
            let until = if is_locked { "it is free" } else { "this ends" };
            let notice = format!(
                "The history {} cannot be used ({refusal}); what is measured is kept in memory until {until}.",
                path.display()
            );
            Opening { opened: memory().ok(), notices: vec![notice], is_locked }
        }
    }
}

fn memory() -> Result<Opened, Refusal> {
    let mut connection = Connection::open_in_memory()?;
    schema::prepare(&mut connection, schema::BUSY)?;
    Ok(Opened { connection, file: None })
}

/// Opens the file; one that cannot be used is set aside and a new one begun.
fn open_file(path: &Path, now: DateTime<Utc>, patience: Duration) -> Result<(Opened, Option<String>), Refusal> {
    let resolved = files::create_private(path).map_err(|error| Refusal::Unusable(error.to_string()))?;
    let lock = DirectoryLock::of(&resolved);
    let suffix = match attempt(&resolved, lock.is_some(), patience) {
        Ok(opened) => return Ok((opened, None)),
        Err(Refusal::Damaged(_)) => files::damaged_suffix(now),
        Err(Refusal::Newer(version)) => format!("newer-{version}"),
        Err(refusal) => return Err(refusal),
    };
    begin_anew(&resolved, &suffix).map(|(opened, notice)| (opened, Some(notice)))
}

/// Sets the file aside and begins a new one; the directory is locked by the caller.
fn begin_anew(path: &Path, suffix: &str) -> Result<(Opened, String), Refusal> {
    let reason = if suffix.starts_with("newer") { "of a later version" } else { "damaged or unreadable" };
    let aside = files::set_aside(path, suffix)
        .map_err(|error| Refusal::Unusable(format!("it is {reason} and cannot be set aside: {error}")))?;
    files::create_private(path).map_err(|error| Refusal::Unusable(error.to_string()))?;
    let opened = attempt(path, true, schema::BUSY)?;
    // Not having it is no reason to do without a history.
    let _not_understood = carry_over(&opened.connection, &aside);
    let notice = format!("The history was {reason}: it is set aside as {}, and a new one is begun.", aside.display());
    Ok((opened, notice))
}

/// Takes over what is known of the hosts, where it can be read: a pause is meant for all and goes on, and the instances
/// that have not yet found that their file was set aside spend the same budget.
pub(super) fn carry_over(connection: &Connection, aside: &Path) -> rusqlite::Result<()> {
    const HOST: &str = "name, full_at, paused_until, refusals, on_trial, trial_until";
    connection.execute("ATTACH ?1 AS aside", [aside.to_string_lossy()])?;
    let copied =
        connection.execute(&format!("INSERT OR REPLACE INTO main.host ({HOST}) SELECT {HOST} FROM aside.host"), []);
    connection.execute("DETACH aside", [])?;
    copied.map(drop)
}

/// Tries the file as it is. `can_open_files`: something else could just be opened, so that a file that
/// cannot is unreadable, rather than this process out of file descriptors.
fn attempt(path: &Path, can_open_files: bool, patience: Duration) -> Result<Opened, Refusal> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) if can_open_files => Refusal::Damaged(error.to_string()),
        _ => error.into(),
    })?;
    schema::prepare(&mut connection, patience)?;
    let file = OpenedFile { path: path.to_owned(), identity: FileIdentity::of(path) };
    Ok(Opened { connection, file: Some(file) })
}

impl OpenedFile {
    /// Whether its path leads elsewhere by now: it was set aside by another instance, or deleted.
    pub(super) fn has_moved(&self) -> bool {
        self.identity.is_some() && FileIdentity::of(&self.path) != self.identity
    }

    /// Sets the file aside for being damaged, and says where to; `None`: another instance has done so already.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) fn set_aside(&self, now: DateTime<Utc>) -> std::io::Result<Option<PathBuf>> {
        let _lock = DirectoryLock::of(&self.path);
        if self.has_moved() {
            return Ok(None);
        }
        files::set_aside(&self.path, &files::damaged_suffix(now)).map(Some)
    }
}
