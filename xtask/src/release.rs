//! The archive that users download, the same by hand and in the release workflow.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::{Done, cargo, output, root, run_command, run_in, target_directory};

/// The files at the top of the archive.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"];
/// Folders that go in whole, so that the links between the pages lead somewhere.
const FOLDERS: [&str; 4] = ["assets", "docs", "docs/reference", "schema"];
/// The shells that completions are made for, with the name of each file.
const SHELLS: [(&str, &str); 4] = [
    ("bash", "chutes-top.bash"),
    ("zsh", "_chutes-top"),
    ("fish", "chutes-top.fish"),
    ("powershell", "_chutes-top.ps1"),
];

/// Builds for a target (this machine's without one), and packs. The man page and the completions are the program's
/// own: where it does not run here, those of a build for this machine are taken.
pub(crate) fn run(target: Option<&str>) -> Done {
    let host = host()?;
    let target = target.unwrap_or(&host);
    let is_native = runs_on(&host, target);
    run_command(&mut build(target, is_native))?;
    let windows = target.contains("windows");
    let built = target_directory().join(target).join("release");
    let program = built.join(if windows { "chutes-top.exe" } else { "chutes-top" });
    let teller = if is_native {
        program.clone()
    } else {
        run_command(&mut cargo(&["build", "--locked", "--release"]))?;
        target_directory().join("release").join(format!("chutes-top{}", std::env::consts::EXE_SUFFIX))
    };
    let name = format!("chutes-top-{}-{target}", version(&teller)?);
    let dist = target_directory().join("dist");
    let folder = dist.join(&name);
    let _ = fs::remove_dir_all(&folder);
    fill(&folder, &program, &teller)?;
    let archive = pack(&dist, &name, windows)?;
    let sum = checksum(&archive)?;
    println!("{sum}  {}", archive.display());
    Ok(())
}

/// Whether programs for `target` run on `host`: the processor and the system are the same, whatever the C library.
fn runs_on(host: &str, target: &str) -> bool {
    let parts = |triple: &str| {
        let mut parts = triple.split('-');
        (parts.next().map(str::to_owned), parts.nth(1).map(str::to_owned))
    };
    parts(host) == parts(target)
}

/// How it is built. The C code in it (SQLite, ring) needs a compiler for the target: zig is one for all of them, and
/// mingw the one that Rust looks for by itself.
fn build(target: &str, is_native: bool) -> Command {
    let task = if is_native || target.contains("windows") { "build" } else { "zigbuild" };
    cargo(&[task, "--locked", "--release", "--target", target])
}

fn host() -> Result<String, String> {
    let told = output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not tell its host".to_owned())
}

fn version(program: &Path) -> Result<String, String> {
    let told = output(Command::new(program).arg("--version"))?;
    told.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| format!("no version in {told:?}"))
}

/// Puts together what is packed; `teller` is the program that prints the man page and completions.
fn fill(folder: &Path, program: &Path, teller: &Path) -> Done {
    let completions = folder.join("completions");
    make(&completions)?;
    for document in DOCUMENTS {
        copy(&root().join(document), folder)?;
    }
    for name in FOLDERS {
        copy_files(&root().join(name), &folder.join(name))?;
    }
    copy(program, folder)?;
    write(&folder.join("chutes-top.1"), &output(Command::new(teller).arg("man"))?)?;
    for (shell, file) in SHELLS {
        write(&completions.join(file), &output(Command::new(teller).args(["completions", shell]))?)?;
    }
    Ok(())
}

/// A zip for Windows, a tar.gz elsewhere. Windows' own `tar` makes a zip by the name; that of others does not.
fn pack(dist: &Path, name: &str, windows: bool) -> Result<PathBuf, String> {
    let archive = dist.join(format!("{name}{}", if windows { ".zip" } else { ".tar.gz" }));
    if windows && !cfg!(windows) {
        // `zip` adds to an archive that is there.
        let _ = fs::remove_file(&archive);
        run_in(dist, Command::new("zip").arg("-qr").args([archive.as_os_str(), name.as_ref()]))?;
    } else {
        let flags = if windows { "-acf" } else { "-czf" };
        run_in(dist, Command::new("tar").arg(flags).args([archive.as_os_str(), name.as_ref()]))?;
    }
    Ok(archive)
}

/// Writes the SHA-256 beside the archive, as `sha256sum -c` reads it, and gives it.
fn checksum(archive: &Path) -> Result<String, String> {
    let bytes = fs::read(archive).map_err(|error| format!("{}: {error}", archive.display()))?;
    let mut sum = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(sum, "{byte:02x}");
    }
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    write(&archive.with_file_name(format!("{name}.sha256")), &format!("{sum}  {name}\n"))?;
    Ok(sum)
}

fn make(folder: &Path) -> Done {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn copy(from: &Path, folder: &Path) -> Done {
    let to = folder.join(from.file_name().unwrap_or_default());
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

/// The files of a folder, without those of the folders in it.
fn copy_files(from: &Path, folder: &Path) -> Done {
    make(folder)?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()) {
        copy(&path, folder)?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Done {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_runs_where_processor_and_system_are_the_same() {
        let linux = "x86_64-unknown-linux-gnu";
        assert!(runs_on(linux, linux) && runs_on(linux, "x86_64-unknown-linux-musl"));
        assert!(runs_on("x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu"));
        for foreign in ["aarch64-unknown-linux-musl", "x86_64-pc-windows-gnu", "x86_64-apple-darwin"] {
            assert!(!runs_on(linux, foreign), "{foreign}");
        }
    }

    #[test]
    fn the_checksum_is_what_sha256sum_reads() {
        let folder = std::env::temp_dir().join(format!("xtask-checksum-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.tar.gz"), "abc").unwrap();
        let sum = checksum(&folder.join("a.tar.gz")).unwrap();
        assert_eq!(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(fs::read_to_string(folder.join("a.tar.gz.sha256")).unwrap(), format!("{sum}  a.tar.gz\n"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
