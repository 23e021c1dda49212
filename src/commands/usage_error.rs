//! What is wrong with the command line, in one line.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::domain::clean::clean;
use crate::domain::credential::hide_keys;

/// The longest line, in characters.
const LIMIT: usize = 300;
/// The longest piece of the command line, other than a flag, that is repeated. Keys are longer.
const ECHO: usize = 24;

/// The argument and what was expected, without clap's usage and hints, and without anything that may
/// be a key.
pub(super) fn one_line(error: &Error) -> String {
    let mut text = error.render().to_string();
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand] {
        if let Some(ContextValue::String(given)) = error.get(kind)
            && !given.starts_with('-')
            && given.chars().count() > ECHO
        {
            text = text.replace(given.as_str(), "…");
        }
    }
    let mut line = String::new();
    let said =
        text.lines().map(str::trim).take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    for part in said.filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push_str(if part.starts_with('[') || line.ends_with(':') { " " } else { "; " });
        }
        line.push_str(part.strip_prefix("error: ").unwrap_or(part));
    }
    // Of these clap says only that they are wrong.
    if matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand) {
        line.push_str("; see chutes-top --help");
    }
    clean(&hide_keys(&line), LIMIT)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    use super::*;
    use crate::cli::Cli;

    #[rstest]
    #[case::value(
        "snapshot --format xml",
        "invalid value 'xml' for '--format <FORMAT>' [possible values: table, json]"
    )]
    #[case::flag(
        "--intervall 5m",
        "unexpected argument '--intervall' found; tip: a similar argument exists: '--interval'; see chutes-top --help"
    )]
    #[case::none("--interval", "a value is required for '--interval <DURATION>' but none was supplied")]
    #[case::missing("run", "the following required arguments were not provided: <COMMAND>...")]
    #[case::number(
        "--max-requests-per-minute 0",
        "invalid value '0' for '--max-requests-per-minute <N>': 0 is not in 1..=1000000"
    )]
    #[case::command(
        "snapshop",
        "unrecognized subcommand 'snapshop'; tip: a similar subcommand exists: 'snapshot'; see chutes-top --help"
    )]
    #[case::no_command(
        "config",
        "'chutes-top config' requires a subcommand but one was not provided [subcommands: init, path, check, help]"
    )]
    #[case::key("cpk_0123.4567.S3cret", "unrecognized subcommand '[key]'; see chutes-top --help")]
    #[case::other_key("snapshot eyJhbGciOiJIUzI1NiIsInR5cCI6", "unexpected argument '…' found; see chutes-top --help")]
    #[case::key_as_value(
        "--max-requests-per-minute cpk_01.S3",
        "invalid value '[key]' for '--max-requests-per-minute <N>': invalid digit found in string"
    )]
    fn one_line_says_what_is_wrong(#[case] args: &str, #[case] expected: &str) {
        let error = Cli::try_parse_from(["chutes-top"].into_iter().chain(args.split(' '))).unwrap_err();
        assert_eq!(one_line(&error), expected);
    }
}
