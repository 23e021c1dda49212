//! `chutes-top config`: the configuration file is written, found or checked.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::{ConfigCommand, DashboardArgs, GlobalArgs};
use crate::commands::{Console, Outcome, refuse};
use crate::config::file::default_path;
use crate::config::{ConfigError, Files, LogSettings, Settings, View, explain};
use crate::credentials::shown;
use crate::environment::{Environment, make_directory_of};

/// The file in which every key is explained and none is set.
const EXAMPLE: &str = include_str!("../../assets/config.example.toml");

/// Does it, and says how it went.
pub fn run(args: &GlobalArgs, command: ConfigCommand, environment: &Environment, console: &mut Console<'_>) -> Outcome {
    match command {
        ConfigCommand::Check => check(args, environment, console),
        ConfigCommand::Path | ConfigCommand::Init => {
            let Some(path) = args.config.clone().or_else(|| default_path(environment)) else {
                return refuse(console, "there is no home directory; name the file with --config");
            };
            if matches!(command, ConfigCommand::Init) { init(&path, console) } else { print(&path, console) }
        }
    }
}

fn print(path: &Path, console: &mut Console<'_>) -> Outcome {
    console.report(&format!("{}\n", shown(path)), Outcome::Success)
}

/// Writes the example, unless there is a file.
fn init(path: &Path, console: &mut Console<'_>) -> Outcome {
    match write_new(path) {
        Ok(()) => print(path, console),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            refuse(console, &format!("{}: is there already, and was left as it is", shown(path)))
        }
        Err(error) => console.fail(&format!("{}: cannot be written: {}", shown(path), error.kind())),
    }
}

fn write_new(path: &Path) -> io::Result<()> {
    make_directory_of(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(EXAMPLE.as_bytes())
}

/// Prints what is in force. Nobody is asked for a key.
fn check(args: &GlobalArgs, environment: &Environment, console: &mut Console<'_>) -> Outcome {
    let in_force = || {
        let mut files = Files::read(args, environment)?;
        files.read_kept(args, environment);
        let settings = Settings::resolve(args, environment, &files)?;
        let log = LogSettings::resolve(args, environment, &files.config)?;
        let view = View::resolve(&DashboardArgs::default(), environment, &files)?;
        Ok::<_, ConfigError>((files, settings, view, log))
    };
    let (files, settings, view, log) = match in_force() {
        Ok(in_force) => in_force,
        Err(error) => return refuse(console, &error.to_string()),
    };
    console.notices(&files.config.notices);
    let file = files_shown(args.config.clone().or_else(|| default_path(environment)), &files);
    let text = format!("# {file}\n{}", explain::text(&settings, &view, log.as_ref(), &files.config));
    console.report(&text, Outcome::Success)
}

fn files_shown(path: Option<PathBuf>, files: &Files) -> String {
    match path {
        _ if !files.config.shown.is_empty() => files.config.shown.clone(),
        Some(path) => format!("{} is not there", shown(&path)),
        None => "there is no configuration file, and no home directory to have one in".to_owned(),
    }
}
