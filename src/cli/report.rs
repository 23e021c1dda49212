//! The arguments of the commands that report.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

/// The arguments of `snapshot`.
#[derive(Args, Clone, Debug)]
pub struct SnapshotArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,

    /// Put the names of the accounts into the JSON document
    #[arg(long)]
    pub identities: bool,

    /// How it asks.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// The arguments of every command that asks each credential once.
#[derive(Args, Clone, Debug)]
pub struct AskArgs {
    /// Take an answer that the dashboard or another command got, if it is no older [default: 60s; 0 from loopback]
    ///
    /// 0 always asks. With --no-history there is nothing to take.
    #[arg(long, value_name = "DURATION")]
    pub max_age: Option<String>,

    /// Give what there is after this long, when the budget of requests makes it wait
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub timeout: String,
}

/// The arguments of `history`.
#[derive(Args, Clone, Debug)]
pub struct HistoryArgs {
    /// Of this credential only, by its name
    #[arg(long, value_name = "LABEL")]
    pub credential: Option<String>,

    /// How far back to look, such as 90m, 24h or 7d; at most the 35 days that are kept
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    pub since: String,

    /// A line for each of these
    #[arg(long, value_enum, default_value_t = By::Day)]
    pub by: By,

    /// How to print it
    #[arg(long, value_enum, default_value_t = HistoryFormat::Table)]
    pub format: HistoryFormat,
}

/// The arguments of `watch`.
#[derive(Args, Clone, Debug)]
pub struct WatchArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = WatchFormat::Jsonl)]
    pub format: WatchFormat,

    /// Of the credentials that match these words only, as the dashboard's filter reads them
    ///
    /// Such as work, tier:plus, is:low, is:exhausted, is:error, is:stale; all of them have to hold, and ! before
    /// one turns it round.
    #[arg(long, value_name = "FILTER")]
    pub only: Option<String>,

    /// Put the names of the accounts into the lines
    #[arg(long)]
    pub identities: bool,
}

/// The forms of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WatchFormat {
    /// A JSON document on a line of its own, for scripts
    Jsonl,
}

/// The arguments of `exporter`.
#[derive(Args, Clone, Copy, Debug)]
pub struct ExporterArgs {
    /// Where to listen; port 0 is any free one
    ///
    /// Whoever can reach it can read it: the names of the credentials, their quotas and balances.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9877")]
    pub listen: SocketAddr,
}

/// What the lines of the history are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Hours
    Hour,
    /// UTC days, as the quota counts
    Day,
    /// Chutes
    Chute,
}

/// The forms of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// Aligned columns, for people
    Table,
    /// One document, for scripts
    Json,
    /// Comma-separated values with a head, for spreadsheets
    Csv,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for people
    Table,
    /// One document, for scripts
    Json,
}
