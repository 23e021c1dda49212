//! The log: its file, and what goes into it.

use std::path::PathBuf;

use super::{ConfigError, ConfigFile, LOG_VARIABLE, Origin, variable};
use crate::cli::{GlobalArgs, LogLevel};
use crate::environment::Environment;

/// The file of the log, and what goes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The file.
    pub path: PathBuf,
    /// The level of the program's own events; `None`: as `targets` says, by default `info`.
    pub level: Option<LogLevel>,
    /// What `RUST_LOG` says.
    pub targets: Option<String>,
    /// Where the path comes from.
    pub origin: Origin,
    /// Where the level comes from.
    pub level_origin: Origin,
}

impl LogSettings {
    /// The path (as `shown`) after what set it: `--log-file PATH`.
    #[must_use]
    pub fn named(&self, shown: &str) -> String {
        format!("{} {shown}", self.origin)
    }

    /// What is asked for; `None`: no log. The arguments win, then `RUST_LOG`, then the configuration file.
    ///
    /// # Errors
    ///
    /// When `RUST_LOG` counts and is not text, or when a level is given and there is no log.
    pub fn resolve(
        args: &GlobalArgs,
        environment: &Environment,
        file: &ConfigFile,
    ) -> Result<Option<Self>, ConfigError> {
        let flag = args.log_file.clone().map(|path| (path, Origin::Flag("--log-file")));
        let written = || file.log_file.as_ref().map(|placed| (placed.value.clone(), file.origin(placed.line)));
        let Some((path, origin)) = flag.or_else(written) else {
            let reason = "goes with --log-file, or with log_file in the configuration file";
            return args.log_level.map_or(Ok(None), |_| Err(ConfigError::new("--log-level", reason)));
        };
        let targets = if args.log_level.is_some() { None } else { variable(environment, LOG_VARIABLE)? };
        let in_file = file.log_level.as_ref().filter(|_| targets.is_none());
        let level_origin = match (args.log_level, targets, in_file) {
            (Some(_), ..) => Origin::Flag("--log-level"),
            (_, Some(_), _) => Origin::Variable(LOG_VARIABLE),
            (.., Some(placed)) => file.origin(placed.line),
            _ => Origin::Default,
        };
        let level = args.log_level.or(in_file.map(|placed| placed.value));
        Ok(Some(Self { path, level, targets: targets.map(str::to_owned), origin, level_origin }))
    }
}
