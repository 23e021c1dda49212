//! `chutes-top completions` and `chutes-top man`: what the definition of the command line gives.

use std::fmt::Write as _;
use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::commands::{Console, Outcome};

/// Prints the completions of a shell.
pub fn completions(shell: Shell, console: &mut Console<'_>) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "chutes-top", &mut text);
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if shell == Shell::Bash {
        // It calls the state of a hyphenated program one thing where it goes there and another where it looks for it, so
        // that nothing is found behind a command: https://github.com/clap-rs/clap/issues/6421.
        text = text.replace("chutes__subcmd__top", "chutes__top");
    }
    console.report(&text, Outcome::Success)
}

/// Prints the manual: one page, with a section for each command.
pub fn man(console: &mut Console<'_>) -> Outcome {
    match page() {
        Ok(text) => console.report(&text, Outcome::Success),
        Err(error) => console.fail(&format!("the page cannot be made: {error}")),
    }
}

fn page() -> io::Result<String> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Before clap copies the global flags to the commands, which would repeat them.
    let commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    program = program.mut_subcommands(|command| command.hide(true));
    let mut text = Vec::new();
    Man::new(program).title("chutes-top").section("1").render(&mut text)?;
    // It has no date, and leaves the place of one out, so that the version would stand there.
    let text = String::from_utf8_lossy(&text).replacen(".TH chutes-top 1  ", ".TH chutes-top 1 \"\" ", 1);
    let mut page = text + ".SH COMMANDS\n";
    for command in commands {
        add(&mut page, "chutes-top", command)?;
    }
    Ok(page)
}

/// Adds a command, and those below it, as parts of one section.
fn add(page: &mut String, above: &str, command: clap::Command) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    let below: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    // Writing into a string cannot fail.
    let _ = writeln!(page, ".SS \"{}\"", name.replace('-', "\\-"));
    let man =
        Man::new(command.disable_help_subcommand(true).disable_help_flag(true).mut_subcommands(|it| it.hide(true)));
    let mut text = Vec::new();
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    // The sections of its own page are paragraphs here.
    let text = String::from_utf8_lossy(&text).replace(".SH DESCRIPTION\n", "").replace(".SH OPTIONS\n", ".PP\n");
    page.push_str(&text);
    below.into_iter().try_for_each(|command| add(page, &name, command))
}
