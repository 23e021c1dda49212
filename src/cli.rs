//! The command line: what may be said, and nothing of what it means. `config` reads it.
#![expect(clippy::doc_markdown, reason = "the comments are the help text, which is not Markdown")]

mod manage;
mod report;
mod script;

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::domain::view::Shape;

pub use self::manage::{ConfigCommand, CredentialsCommand};
pub use self::report::{
    AskArgs, By, ExporterArgs, Format, HistoryArgs, HistoryFormat, SnapshotArgs, WatchArgs, WatchFormat,
};
pub use self::script::{CheckArgs, NeedArgs, PickArgs, Print, RunArgs, StatusArgs, StatusFormat};

/// What stands under the options in `--help`.
const AFTER_HELP: &str = "\
Environment:
  CHUTES_API_KEY                  an API key, called `default`
  CHUTES_API_KEY_<NAME>           another one, called `<name>`; as many as there are
  CHUTES_API_URL                  as --api-url
  CHUTES_QUOTA_REFRESH_INTERVAL   as --interval, in seconds
  XDG_CONFIG_HOME                 where chutes-top/config.toml, env and credentials are [default: ~/.config; Windows: %APPDATA%]
  XDG_STATE_HOME                  where chutes-top/history.db and state.toml are kept [default: ~/.local/state; Windows: %LOCALAPPDATA%]
  RUST_LOG                        what goes into --log-file, unless --log-level is given
  NO_COLOR                        no colours, unless --theme asks for them; TERM=dumb says so too
  CLICOLOR                        0: the same
  CLICOLOR_FORCE                  colours, whatever CLICOLOR and TERM say
  COLORTERM, TERM                 how many colours there are: truecolor, or a name that ends in -256color, or 16
  HTTPS_PROXY, NO_PROXY           the proxy, and the hosts that are asked without it
  SSL_CERT_FILE                   the certificates to trust, in place of the system's

Exit codes:
  0    all went well
  1    snapshot: at least one credential could not be read; pick, run: none has the room that is needed
  2    a wrong argument or configuration; a command that needs credentials found none
  0, 1, 2, 3   check: OK, WARNING, CRITICAL, UNKNOWN
  101  a fault of the program: please report it
  126, 127   run: the command cannot be run, is not there; otherwise the code is the command's
  129, 130, 143   ended by SIGHUP or a lost terminal, SIGINT, SIGTERM";

/// A terminal dashboard for Chutes API keys: what is left of each one's daily quota, and when it resets.
///
/// Keys are never given on the command line. They come from the environment, from chutes-top/config.toml, env and
/// credentials in the configuration directory, or from --env-file; the environment wins.
#[derive(Debug, Parser)]
#[command(name = "chutes-top", version, after_long_help = AFTER_HELP, after_help = "The environment and the exit codes are explained by --help.")]
pub struct Cli {
    /// What applies to the dashboard and to every command.
    #[command(flatten)]
    pub global: GlobalArgs,

    /// How the dashboard looks.
    #[command(flatten)]
    pub dashboard: DashboardArgs,

    /// What to do instead of opening the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The flags of the dashboard, which go with no command.
#[derive(Args, Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each a flag of its own")]
pub struct DashboardArgs {
    /// Hide names and balances from the start, for screen sharing; the key x shows them
    #[arg(long)]
    pub mask: bool,

    /// Draw with ASCII signs only, for plain fonts
    #[arg(long)]
    pub ascii: bool,

    /// Leave the title of the terminal alone, which else tells the key with the least left
    #[arg(long)]
    pub no_title: bool,

    /// Lay the credentials out like this; the key v changes it [default: full]
    ///
    /// A terminal of one or two rows gets the line, whatever is said here.
    #[arg(long, value_enum, value_name = "LAYOUT")]
    pub layout: Option<Shape>,

    /// Let the wheel scroll and a click select; the terminal's own selection then needs Shift
    #[arg(long)]
    pub mouse: bool,

    /// Draw in the colours of this theme; the key t shows the next [default: auto]
    ///
    /// auto (the terminal's own colours), catppuccin-latte, catppuccin-mocha, gruvbox, nord, tokyo-night, high-contrast,
    /// monochrome, or one of the configuration file. Given here, it is shown in colour whatever NO_COLOR says.
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
}

impl DashboardArgs {
    /// One of these flags that was given.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            (self.mask, "--mask"),
            (self.ascii, "--ascii"),
            (self.no_title, "--no-title"),
            (self.layout.is_some(), "--layout"),
            (self.mouse, "--mouse"),
            (self.theme.is_some(), "--theme"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

impl ValueEnum for Shape {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Full => "A table, with all there is room for",
            Self::Compact => "A short line a credential",
            Self::Line => "One row for the whole program",
            Self::Big => "The selected credential, to be read from across the room",
        };
        Some(PossibleValue::new(self.label()).help(help))
    }
}

/// The flags that may stand before or after the command.
#[derive(Args, Clone, Debug, Default)]
pub struct GlobalArgs {
    /// Read the settings from this file [default: chutes-top/config.toml in the configuration directory]
    ///
    /// Flags and the environment beat it. `chutes-top config init` writes one with every key explained.
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,

    /// Ask for each quota this often: seconds, or a duration such as 5m [default: 5m]
    ///
    /// From 30s to 24h. Beats CHUTES_QUOTA_REFRESH_INTERVAL. A key that is used up or refused (401, 403) is
    /// asked once an hour, and when you press r.
    #[arg(long, global = true, value_name = "DURATION")]
    pub interval: Option<String>,

    /// Read keys from this file
    ///
    /// Lines of NAME=value, as in a `.env` file, with the keys' variables below. It is read in place of
    /// chutes-top/env in the configuration directory. Variables that are set in the environment win. A file
    /// that is open to other users is refused: chmod 600 PATH.
    #[arg(long, global = true, value_name = "PATH")]
    pub env_file: Option<PathBuf>,

    /// Ask this server in place of api.chutes.ai
    ///
    /// Plain http is accepted for loopback only. Beats CHUTES_API_URL.
    #[arg(long, global = true, value_name = "URL")]
    pub api_url: Option<String>,

    /// Show a simulated server's credentials; needs no key and no network
    #[arg(long, global = true)]
    pub demo: bool,

    /// Send no more requests than this in any minute [default: 45; none to loopback]
    ///
    /// At most 45 to any other host: the server bans addresses that pass about 60. The default is 15 with
    /// --no-history, where instances do not know of one another.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_requests_per_minute: Option<u32>,

    /// Keep what was measured in this file [default: chutes-top/history.db in the state directory]
    ///
    /// Instances that are given the same file share it. Nothing of a key is kept in it. The demo keeps its
    /// own in memory.
    #[arg(long, global = true, value_name = "PATH")]
    pub history: Option<PathBuf>,

    /// Keep what was measured in memory only, and remember nothing of earlier runs
    #[arg(long, global = true)]
    pub no_history: bool,

    /// Write what happens into this file
    ///
    /// Never holds a key. At 1 MiB the file becomes PATH.1, and a new one is begun. RUST_LOG is honoured.
    #[arg(long, global = true, value_name = "PATH")]
    pub log_file: Option<PathBuf>,

    /// How much goes into the log file [default: info]
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
}

/// How much is logged: this and everything above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What ends the program
    Error,
    /// Failures, pauses, notices
    Warn,
    /// Each answer
    Info,
    /// Each request, and what is waited for
    Debug,
    /// Everything
    Trace,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Ask each credential once and print what it said
    ///
    /// Needs no terminal. The report goes to standard output, notices to standard error.
    Snapshot(SnapshotArgs),

    /// Print what the requests of the last days went to
    ///
    /// From the history file alone: nothing is asked of the server. What the server said of an hour is
    /// taken before what was measured in it. The credentials say whose history is meant.
    History(HistoryArgs),

    /// Print a line for every change, until stopped
    ///
    /// First a line for each credential as it becomes known, then one whenever something in it changes, and
    /// nothing while nothing changes. Each is written at once. Ends when nobody reads it any more.
    Watch(WatchArgs),

    /// Serve the metrics for Prometheus, until stopped
    ///
    /// At /metrics. What is not known is left out. The credentials are asked as the dashboard asks them, and
    /// no oftener than that, however often the metrics are read.
    Exporter(ExporterArgs),

    /// Say in one line how much is left, as a monitoring plugin
    ///
    /// For Nagios, Icinga and those like them: exits with 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN, which is also
    /// what a wrong argument is.
    Check(CheckArgs),

    /// Print which credential to use: the one with the most room
    ///
    /// The one that the dashboard gives the star. Of its room over all windows counts what is expected to be left
    /// in four hours. Prints nothing and exits with 1 when none has room.
    Pick(PickArgs),

    /// Run a command with the key of the credential to use
    ///
    /// In the environment variable CHUTES_API_KEY, and nowhere else. Signals and exit code are those of the
    /// command. Exits with 1 when no key has room, 127 when there is no such command, 126 when it cannot be run.
    Run(RunArgs),

    /// Print one line for a status bar, at once
    ///
    /// From the history file alone; its age is told when it is not young. When nobody has asked the server for an
    /// interval, a process is started that does, for the next line. The demo and --no-history keep no history to read:
    /// with them it is an error.
    Status(StatusArgs),

    /// Write, find or check the configuration file
    #[command(subcommand, arg_required_else_help = false)]
    Config(ConfigCommand),

    /// Keep keys in the system's keyring, or in a file that only you can read
    #[command(subcommand, arg_required_else_help = false)]
    Credentials(CredentialsCommand),

    /// Print a shell's completions, to be put where that shell looks for them
    Completions {
        /// For which shell
        shell: Shell,
    },

    /// Print the manual page, as roff
    Man,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_after_the_command() {
        for line in
            ["chutes-top --interval 1m snapshot --format json", "chutes-top snapshot --format json --interval 1m"]
        {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.global.interval.as_deref(), Some("1m"));
            assert!(matches!(cli.command, Some(Command::Snapshot(SnapshotArgs { format: Format::Json, .. }))));
        }
    }
}
