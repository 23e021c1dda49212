//! The commands and their flags, from the definition of the command line.

use chutes_top::cli::Cli;
use clap::{Arg, Command, CommandFactory as _};

pub(crate) fn page() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = "# Commands and flags\n\nFlags beat the environment. Those of the first list may stand before or \
                    after any command, unless they are said to be of the dashboard.\n"
        .to_owned();
    add(&command, &mut page);
    page
}

/// A command, and then those below it.
fn add(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut copy = command.clone();
    *page += &format!("\n## {name}\n\n");
    *page += &paragraphs(command.get_long_about().or(command.get_about()), "");
    *page += &format!("\n```text\n{}\n```\n\n", copy.render_usage().to_string().trim_start_matches("Usage: "));
    let below = command.get_name() != "chutes-top";
    for argument in command.get_arguments().filter(|argument| is_told(argument, below)) {
        *page += &told(argument, below);
    }
    for command in command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        add(command, page);
    }
}

/// What applies everywhere is told once, at the top.
fn is_told(argument: &Arg, below: bool) -> bool {
    let of_clap = ["help", "version"].contains(&argument.get_id().as_str());
    !(argument.is_hide_set() || below && (argument.is_global_set() || of_clap))
}

fn told(argument: &Arg, below: bool) -> String {
    let dashboard = !below && !argument.is_global_set() && !["help", "version"].contains(&argument.get_id().as_str());
    let of = if dashboard { " (the dashboard)" } else { "" };
    let mut text = format!("- **`{argument}`**{of}\n\n");
    text += &paragraphs(argument.get_long_help().or(argument.get_help()), "  ");
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !default.is_empty() && argument.get_action().takes_values() {
        text += &format!("\n  Default: `{}`.\n", default.join("`, `"));
    }
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        text += "\n";
        for value in values {
            let help = value.get_help().map(|help| format!(": {help}")).unwrap_or_default();
            text += &format!("  - `{}`{help}\n", value.get_name());
        }
    }
    text + "\n"
}

fn paragraphs(text: Option<&impl ToString>, indent: &str) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| format!("{indent}{}\n", paragraph.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    paragraphs.join("\n").replace('<', "\\<")
}
