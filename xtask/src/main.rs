//! Recurring tasks of a developer: `cargo xtask help`.

mod bench;
mod release;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Done = Result<(), String>;

const HELP: &str = "\
cargo xtask TASK

  ci                          everything that must hold before a change lands (.ci/run)
  docs                        generate the reference pages of docs/reference
  screenshots                 generate the pictures of assets/
  bench [--save]              cargo bench against benches/baseline.json; --save makes it the new baseline
  compare [OPTION ...]        measure the table of docs/performance.md (tools/compare.py --help)
  soak [SECONDS]              measure memory and CPU of the demo in a pseudo-terminal; an hour by default
  fuzz [SECONDS] [TARGET]     run each fuzz target, ten minutes by default; needs cargo-fuzz and nightly
  release [--target TRIPLE]   pack program, man page, completions and checksum into target/dist
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Done {
    match arguments {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        ["ci"] => sh("bash", &[".ci/run"]),
        ["docs"] => run_command(cargo(&["test", "--locked", "--test", "reference"]).env("UPDATE", "1")),
        ["screenshots"] => {
            run_command(&mut cargo(&["build", "--locked", "--release"]))?;
            run_command(&mut cargo(&["run", "--locked", "--release", "--example", "screenshot"]))
        }
        ["bench"] => bench::run(false),
        ["bench", "--save"] => bench::run(true),
        ["compare", options @ ..] => sh("python3", &[&["tools/compare.py"], options].concat()),
        ["soak"] => soak("3600"),
        ["soak", seconds] => soak(seconds),
        ["fuzz"] => fuzz("600", None),
        ["fuzz", seconds] => fuzz(seconds, None),
        ["fuzz", seconds, target] => fuzz(seconds, Some(target)),
        ["release"] => release::run(None),
        ["release", "--target", target] => release::run(Some(target)),
        _ => Err(format!("no such task: {}\n\n{HELP}", arguments.join(" "))),
    }
}

/// The demo as it is left open: figures as JSON on standard output.
fn soak(seconds: &str) -> Done {
    run_command(&mut cargo(&["build", "--locked", "--release"]))?;
    let program = target_directory().join("release/chutes-top");
    let program = program.to_string_lossy();
    let meter = ["tools/tui_meter.py", "--size", "120x40", "--expect", "reset", "--seconds", seconds, "--quit", "q"];
    sh("python3", &[&meter[..], &["--", &program, "--demo", "--interval", "30s"]].concat())
}

/// What a fuzz target begins with, besides its own seeds, when its input is an answer of the server.
const RECORDINGS: &str = "tests/fixtures/wire";

fn fuzz(seconds: &str, only: Option<&str>) -> Done {
    let list = output(Command::new("cargo").args(["fuzz", "list"]).current_dir(root()))?;
    for target in list.split_whitespace().filter(|target| only.is_none_or(|only| only == *target)) {
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root().join(&corpus)).map_err(|error| format!("{corpus}: {error}"))?;
        let own = format!("fuzz/{target}.dict");
        let (dictionary, recordings) =
            if root().join(&own).exists() { (own.as_str(), None) } else { ("fuzz/json.dict", Some(RECORDINGS)) };
        let mut command = Command::new("cargo");
        command.args(["+nightly", "fuzz", "run", target, &corpus, &format!("fuzz/seeds/{target}")]).args(recordings);
        command.args(["--", &format!("-dict={dictionary}"), &format!("-max_total_time={seconds}")]);
        run_command(&mut command)?;
    }
    Ok(())
}

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds.
fn target_directory() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |directory| root().join(directory))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

fn sh(program: &str, arguments: &[&str]) -> Done {
    run_command(Command::new(program).args(arguments))
}

/// Runs it in the folder of the project; what it prints goes where ours does.
fn run_command(command: &mut Command) -> Done {
    run_in(root(), command)
}

/// Runs it in a folder; what it prints goes where ours does.
fn run_in(folder: &Path, command: &mut Command) -> Done {
    let line = shown(command);
    match command.current_dir(folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{line}: {status}")),
        Err(error) => Err(format!("{line}: {error}")),
    }
}

/// Runs it, and gives what it prints.
fn output(command: &mut Command) -> Result<String, String> {
    let line = shown(command);
    let output = command.output().map_err(|error| format!("{line}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{line}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{line}: {error}"))
}

fn shown(command: &Command) -> String {
    let words: Vec<_> =
        [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
