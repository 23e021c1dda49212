//! What `--help` says of the environment and of the exit codes.

use std::collections::BTreeSet;
use std::fs;

use chutes_top::cli::Cli;
use chutes_top::commands::Outcome;
use chutes_top::runtime::Exit;
use clap::CommandFactory as _;

use crate::{files, root, table};

pub(crate) fn environment() -> String {
    let rows = section("Environment").into_iter().map(|(name, means)| vec![format!("`{name}`"), means]);
    format!(
        "# Environment\n\nFlags beat these. A variable that is empty counts as unset.\n\n{}",
        table(&["variable", "means"], rows)
    )
}

pub(crate) fn exit_codes() -> String {
    let rows = section("Exit codes").into_iter().map(|(code, means)| vec![code, means]);
    format!("# Exit codes\n\n{}", table(&["code", "means"], rows))
}

/// A section under the options of `--help`: what stands in its left column, and what that means.
fn section(title: &str) -> Vec<(String, String)> {
    let help = Cli::command().get_after_long_help().unwrap().to_string();
    let (_, section) = help.split_once(&format!("{title}:\n")).unwrap_or_else(|| panic!("--help has no {title}"));
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in section.lines().take_while(|line| !line.trim().is_empty()) {
        match line.trim().split_once("  ") {
            Some((name, means)) if !line.starts_with("    ") => rows.push((name.to_owned(), means.trim().to_owned())),
            // A line that is set in further goes on with the one before.
            _ => {
                let (_, means) = rows.last_mut().unwrap_or_else(|| panic!("{title} begins with {line:?}"));
                *means = format!("{means} {}", line.trim());
            }
        }
    }
    assert!(rows.len() > 2, "{title}: {rows:?}");
    rows
}

/// Those that tests and cargo set, and what every shell has.
const NOT_OURS: &[&str] = &["CHUTES_", "CHUTES_TOP_PANIC", "CARGO_PKG_VERSION"];
/// Those that the program sets for the command of `[alerts]`: its table tells of them.
const ALERT: &str = "CHUTES_ALERT_";

#[test]
fn every_variable_that_the_sources_name_is_in_the_help() {
    let told: BTreeSet<String> = section("Environment").into_iter().map(|(name, _)| name).collect();
    let mut named = BTreeSet::new();
    for file in files(&root().join("src"), ".rs") {
        if file.to_string_lossy().contains("tests") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        named.extend(code.split('"').skip(1).step_by(2).filter(|text| is_variable(text)).map(str::to_owned));
    }
    let named: BTreeSet<String> =
        named.into_iter().filter(|name| !NOT_OURS.contains(&name.as_str()) && !name.starts_with(ALERT)).collect();
    assert!(named.contains("XDG_CONFIG_HOME") && named.contains("CHUTES_API_URL"), "{named:?}");
    let missing: Vec<&String> = named.difference(&told).collect();
    assert!(missing.is_empty(), "not in --help: {missing:?}");
}

fn is_variable(text: &str) -> bool {
    let starts = ["CHUTES_", "XDG_", "RUST_", "NO_", "SSL_", "CLICOLOR"].iter().any(|start| text.starts_with(start));
    starts && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[test]
fn every_exit_code_is_in_the_help() {
    let told: BTreeSet<u8> = section("Exit codes")
        .iter()
        .flat_map(|(codes, _)| codes.split(", ").map(|code| code.parse().unwrap()).collect::<Vec<u8>>())
        .collect();
    let commands = [Outcome::Success, Outcome::Failed, Outcome::Usage].map(Outcome::code);
    let dashboard =
        [Exit::Quit, Exit::Interrupted, Exit::Terminated, Exit::HungUp, Exit::Panicked, Exit::Refused].map(Exit::code);
    let missing: Vec<u8> = commands.into_iter().chain(dashboard).filter(|code| !told.contains(code)).collect();
    assert!(missing.is_empty(), "not in --help: {missing:?}");
}
