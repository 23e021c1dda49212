//! The archive that users download, the same by hand and in the release workflow.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::{Done, cargo, output, root, run_command, target_directory};

const DOCUMENTS: [&str; 5] = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "docs/guide.md"];
/// The shells that completions are made for, with the name of each file.
const SHELLS: [(&str, &str); 4] = [
    ("bash", "chutes-top.bash"),
    ("zsh", "_chutes-top"),
    ("fish", "chutes-top.fish"),
    ("powershell", "_chutes-top.ps1"),
];

/// Builds for a target (this machine's without one), and packs. The program that was built is run to make its man
/// page and completions, so the target must be one that runs here.
pub(crate) fn run(target: Option<&str>) -> Done {
    let target = target.map_or_else(host, |target| Ok(target.to_owned()))?;
    run_command(&mut cargo(&["build", "--locked", "--release", "--target", &target]))?;
    let windows = target.contains("windows");
    let program =
        target_directory().join(&target).join("release").join(if windows { "chutes-top.exe" } else { "chutes-top" });
    let name = format!("chutes-top-{}-{target}", version(&program)?);
    let dist = target_directory().join("dist");
    let folder = dist.join(&name);
    let _ = fs::remove_dir_all(&folder);
    fill(&folder, &program)?;
    let archive = pack(&dist, &name, windows)?;
    let sum = checksum(&archive)?;
    println!("{sum}  {}", archive.display());
    Ok(())
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

fn fill(folder: &Path, program: &Path) -> Done {
    let completions = folder.join("completions");
    fs::create_dir_all(&completions).map_err(|error| format!("{}: {error}", completions.display()))?;
    for document in DOCUMENTS {
        copy(&root().join(document), folder)?;
    }
    copy(program, folder)?;
    write(&folder.join("chutes-top.1"), &output(Command::new(program).arg("man"))?)?;
    for (shell, file) in SHELLS {
        write(&completions.join(file), &output(Command::new(program).args(["completions", shell]))?)?;
    }
    Ok(())
}

/// A zip for Windows, whose `tar` makes one by the name; a tar.gz elsewhere.
fn pack(dist: &Path, name: &str, windows: bool) -> Result<PathBuf, String> {
    let archive = dist.join(format!("{name}{}", if windows { ".zip" } else { ".tar.gz" }));
    let flags = if windows { "-acf" } else { "-czf" };
    run_command(Command::new("tar").arg("-C").arg(dist).arg(flags).args([archive.as_os_str(), name.as_ref()]))?;
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

fn copy(from: &Path, folder: &Path) -> Done {
    let to = folder.join(from.file_name().unwrap_or_default());
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

fn write(file: &Path, text: &str) -> Done {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
