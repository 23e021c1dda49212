//! The arguments of the commands for scripts, monitors and status bars.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::AskArgs;

/// The arguments of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// WARNING when less than this is left: 20%, 100 (requests), $2 (dollars), or 2h (the time to empty)
    ///
    /// A percentage and the time to empty are of the window that binds, requests of the day, dollars of the
    /// tightest cap. What is used up is CRITICAL in any case. Without it what `low` says in the configuration
    /// file, of the credential or of all, or else 20%.
    #[arg(long, value_name = "LEFT")]
    pub warn: Option<String>,

    /// CRITICAL when less than this is left; without it what `critical` says in the configuration file, or else 5%
    #[arg(long, value_name = "LEFT")]
    pub crit: Option<String>,

    /// Of the credentials that match these words only, as the dashboard's filter reads them
    #[arg(long, value_name = "FILTER")]
    pub only: Option<String>,

    /// The worst credential counts (the default)
    #[arg(long, conflicts_with = "all")]
    pub any: bool,

    /// The best credential counts: it is bad only when all are that bad
    #[arg(long)]
    pub all: bool,

    /// How it asks.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// The forms of what was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// The name of the credential
    Label,
    /// The name of the environment variable that its key stands in; never the key
    Env,
}

/// What the credential that is picked has to have.
#[derive(Args, Clone, Debug)]
pub struct NeedArgs {
    /// With room for so many requests at least, in every window
    #[arg(long, value_name = "REQUESTS", default_value = "1")]
    pub min: String,

    /// And expected to have as much still after this long, such as 4h
    ///
    /// Without it the forecast of the next four hours decides the order only.
    #[arg(long = "for", value_name = "DURATION")]
    pub lasting: Option<String>,

    /// How it asks.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// The arguments of `pick`.
#[derive(Args, Clone, Debug)]
pub struct PickArgs {
    /// What is needed.
    #[command(flatten)]
    pub need: NeedArgs,

    /// What to print of it
    #[arg(long, value_enum, default_value_t = Print::Label)]
    pub print: Print,
}

/// The arguments of `run`.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// What is needed.
    #[command(flatten)]
    pub need: NeedArgs,

    /// The program and its arguments; what follows its name is its own, with or without -- in front
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// The arguments of `status`.
#[derive(Args, Clone, Copy, Debug)]
pub struct StatusArgs {
    /// For which bar
    #[arg(long, value_enum, default_value_t = StatusFormat::Plain)]
    pub format: StatusFormat,
}

/// The forms of the status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// Text
    Plain,
    /// Text with the colours of tmux
    Tmux,
    /// The JSON of a custom module of Waybar
    Waybar,
    /// The shortest text, for a custom module of Starship
    Starship,
    /// One JSON document on a line, for everything else
    Json,
}
