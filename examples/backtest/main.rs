//! Replays series of requests as if each day were a window and says how good the forecast was at 25, 50
//! and 75 % of it, beside the straight line through the window's start.
//!
//! `cargo run --release --example backtest [-- --caps | --trace FILE.csv ...] [--format table|json]`

mod caps;
mod random;
mod read;
mod replay;
mod report;
mod series;
mod traces;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::replay::Score;
use crate::series::Series;

/// Replay series of requests and measure the forecast on each day.
#[derive(Parser)]
struct Arguments {
    /// Files to replay beside the built-in traces: lines of timestamp,value (naive UTC or RFC 3339, requests
    /// in the bucket that begins then)
    #[arg(long = "trace", value_name = "FILE", num_args = 1..)]
    traces: Vec<PathBuf>,
    /// Replay the built-in windows in dollars, four hours and months, in place of the days
    #[arg(long, conflicts_with = "traces")]
    caps: bool,
    /// How to print the figures
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let files: Result<Vec<Series>, String> = arguments.traces.iter().map(|path| read::file(path)).collect();
    let files = match files {
        Ok(files) => files,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "backtest: {error}");
            return ExitCode::from(2);
        }
    };
    let scores: Vec<Score> = if arguments.caps {
        caps::all().iter().map(caps::replay).collect()
    } else {
        let series = traces::all().into_iter().map(Series::built_in).chain(files);
        series.map(|series| replay::replay(&series)).collect()
    };
    let text = match arguments.format {
        Format::Table if arguments.caps => report::table_of_windows(&scores),
        Format::Table => report::table(&scores),
        Format::Json => report::json(&scores),
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
