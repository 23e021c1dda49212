//! The file of the log, and the one before it: together they never hold more than twice the limit.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// A file that would grow past this, in bytes, makes room for a new one.
const LIMIT: u64 = 1024 * 1024;

/// A log file that is open for appending.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    limit: u64,
}

impl LogFile {
    /// Opens the file at `path`, or makes it; only its owner can read it.
    ///
    /// The error is the reason to print after the path.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        Self::with_limit(path, LIMIT)
    }

    fn with_limit(path: &Path, limit: u64) -> Result<Self, String> {
        // Opening a pipe would wait for its reader, and a terminal is no place for a log.
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err("expected a file".to_owned());
        }
        let file = append_to(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "cannot be written: its directory is not there".to_owned(),
            kind => format!("cannot be written: {kind}"),
        })?;
        if file.is_terminal() {
            return Err("expected a file, found a terminal".to_owned());
        }
        Ok(Self { path: path.to_owned(), file, limit })
    }

    /// Appends a line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        // Asked for each time: another instance may write here too.
        if self.file.metadata()?.len().saturating_add(line.len() as u64) > self.limit {
            self.rotate()?;
        }
        self.file.write_all(line)
    }

    /// Moves the file to `PATH.1`, replacing the one before, and starts a new one. If another instance has done that
    /// already, its new file is used.
    fn rotate(&mut self) -> io::Result<()> {
        let is_full = fs::metadata(&self.path).is_ok_and(|there| there.len().saturating_mul(2) > self.limit);
        if is_full {
            let mut before = self.path.clone().into_os_string();
            before.push(".1");
            fs::rename(&self.path, before)?;
        }
        self.file = append_to(&self.path)?;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A file that was there may have any mode.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[test]
    fn the_file_and_the_one_before_it_are_all_there_is_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        fs::write(&path, "of before\n").unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let mut log = LogFile::with_limit(&path, 100).unwrap();
        for number in 0..1_000 {
            log.write(format!("line {number}\n").as_bytes()).unwrap();
        }
        let files: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 2);
        for file in files {
            assert!(fs::metadata(&file).unwrap().len() <= 100);
            #[cfg(unix)]
            assert_eq!(mode(&file), 0o600);
        }
        assert!(fs::read_to_string(&path).unwrap().ends_with("line 999\n"));
    }

    #[test]
    fn two_instances_share_a_file_and_its_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut logs = [LogFile::with_limit(&path, 100).unwrap(), LogFile::with_limit(&path, 100).unwrap()];
        for number in 0..1_000 {
            for log in &mut logs {
                log.write(format!("line {number}\n").as_bytes()).unwrap();
            }
        }
        for file in [path.clone(), directory.path().join("log.1")] {
            assert!(fs::metadata(&file).unwrap().len() <= 100, "{}", file.display());
        }
        assert!(fs::read_to_string(&path).unwrap().ends_with("line 999\n"));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(LogFile::open(directory.path()).unwrap_err(), "expected a file");
        assert_eq!(LogFile::open(Path::new("/dev/null")).unwrap_err(), "expected a file");
        let nowhere = directory.path().join("none/log");
        assert!(LogFile::open(&nowhere).unwrap_err().starts_with("cannot be written: "));
    }
}
