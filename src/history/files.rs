//! The file and its directory: private, looked at and moved with care.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// What SQLite keeps beside the file, in the order in which they are moved. The file itself goes last:
/// were it gone first and the process killed, its left-over log would be taken for that of the new file.
const COMPANIONS: [&str; 4] = ["-journal", "-wal", "-shm", ""];

/// Creates the file, and its directory, for their owner only, if they are missing; gives the path with
/// its links resolved. An existing file is not opened: closing it would drop the locks that SQLite may
/// hold on it in this process (`howtocorrupt.html`, 2.2).
///
/// # Errors
/// When the directory or the file cannot be created.
pub(super) fn create_private(path: &Path) -> io::Result<PathBuf> {
    if let Some(directory) = directory_of(path) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())),
    }
}

/// Holds the directory for as long as it lives, so that two processes do not set the same file aside.
/// The lock is the kernel's and goes with its process, however that ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _directory: File,
}

impl DirectoryLock {
    /// Waits up to two seconds; then, and where directories cannot be locked, goes on without: the lock
    /// is against a rare accident, and a pane that hangs is worse. `None`: the directory cannot be opened.
    pub(super) fn of(path: &Path) -> Option<Self> {
        const TRIES: u32 = 100;
        let directory = File::open(directory_of(path).unwrap_or(Path::new("."))).ok()?;
        for _ in 0..TRIES {
            match directory.try_lock() {
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
                _ => break,
            }
        }
        Some(Self { _directory: directory })
    }
}

/// Which file a path leads to: it changes when the file is moved, deleted or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Of the file at `path`; `None` when there is none, or where files have no identity.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    /// Of the file at `path`; `None` when there is none, or where files have no identity.
    #[cfg(not(unix))]
    pub(super) fn of(_path: &Path) -> Option<Self> {
        None
    }
}

/// Moves the file and what belongs to it out of the way: `history.db.damaged-20261123T173821Z`. A name
/// that is taken gets a number, so nothing is ever overwritten. Gives the new path of the file.
///
/// # Errors
/// When it cannot be moved.
pub(super) fn set_aside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    const MOST: u32 = 1_000;
    let free = (1..MOST).map(|number| match number {
        1 => with_suffix(path, &format!(".{suffix}")),
        _ => with_suffix(path, &format!(".{suffix}-{number}")),
    });
    let target = free
        .into_iter()
        .find(|target| COMPANIONS.iter().all(|companion| with_suffix(target, companion).symlink_metadata().is_err()))
        .ok_or(io::ErrorKind::AlreadyExists)?;
    for companion in COMPANIONS {
        match fs::rename(with_suffix(path, companion), with_suffix(&target, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(target)
}

/// The suffix of a file that was set aside for being damaged.
pub(super) fn damaged_suffix(now: DateTime<Utc>) -> String {
    format!("damaged-{}", now.format("%Y%m%dT%H%M%SZ"))
}

fn directory_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|directory| !directory.as_os_str().is_empty())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_holds_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let another = File::open(directory.path()).unwrap();
        let lock = DirectoryLock::of(&directory.path().join("history.db"));
        assert!(matches!(another.try_lock(), Err(TryLockError::WouldBlock)));
        drop(lock);
        another.try_lock().unwrap();
    }
}
