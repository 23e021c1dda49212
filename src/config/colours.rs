//! How many colours to use, by the environment.

use crate::environment::Environment;
use crate::palette::Depth;

/// Terminals of these kinds show every colour, also where `COLORTERM` was lost on the way, as over ssh.
const TRUE_COLOUR: [&str; 6] = ["direct", "kitty", "ghostty", "alacritty", "wezterm", "foot"];

/// How many colours to use: as many as the terminal can show, unless the user wants none. A theme asked for by a flag
/// is shown in any case.
///
/// Of the conventions `NO_COLOR` (<https://no-color.org>) counts before `CLICOLOR_FORCE`, and that before `CLICOLOR=0`.
pub(super) fn depth(environment: &Environment, is_asked_for: bool) -> Depth {
    let is_zero = |name| environment.get(name).is_some_and(|value| value == "0");
    let is_forced = environment.get("CLICOLOR_FORCE").is_some() && !is_zero("CLICOLOR_FORCE");
    let is_unwanted = environment.get("NO_COLOR").is_some() || (is_zero("CLICOLOR") && !is_forced);
    match able(environment) {
        _ if is_unwanted && !is_asked_for => Depth::None,
        Depth::None if is_forced => Depth::Sixteen,
        depth => depth,
    }
}

/// Whether the terminal can do next to nothing.
pub(super) fn is_dumb(environment: &Environment) -> bool {
    environment.get("TERM").is_some_and(|term| term == "dumb")
}

/// How many colours the terminal can show.
fn able(environment: &Environment) -> Depth {
    let of = |name| environment.get(name).map(|value| value.to_string_lossy().to_lowercase()).unwrap_or_default();
    let (term, promised) = (of("TERM"), of("COLORTERM"));
    if is_dumb(environment) {
        Depth::None
    } else if matches!(promised.as_str(), "truecolor" | "24bit") || TRUE_COLOUR.iter().any(|it| term.contains(it)) {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing("", false, Depth::Sixteen)]
    #[case::console("TERM=linux", false, Depth::Sixteen)]
    #[case::indexed("TERM=xterm-256color", false, Depth::Indexed)]
    #[case::promised("TERM=xterm-256color COLORTERM=truecolor", false, Depth::True)]
    #[case::promised_otherwise("TERM=xterm COLORTERM=24bit", false, Depth::True)]
    #[case::over_ssh("TERM=xterm-kitty", false, Depth::True)]
    #[case::direct("TERM=tmux-direct", false, Depth::True)]
    #[case::some_colours("TERM=tmux-256color COLORTERM=yes", false, Depth::Indexed)]
    #[case::dumb("TERM=dumb COLORTERM=truecolor", false, Depth::None)]
    #[case::dumb_is_dumb("TERM=dumb", true, Depth::None)]
    #[case::no_color("NO_COLOR=1 COLORTERM=truecolor", false, Depth::None)]
    #[case::no_color_is_any_text("NO_COLOR=0 TERM=xterm", false, Depth::None)]
    #[case::no_color_is_empty("NO_COLOR= TERM=xterm", false, Depth::Sixteen)]
    #[case::but_the_flag("NO_COLOR=1 COLORTERM=truecolor", true, Depth::True)]
    #[case::clicolor("CLICOLOR=0", false, Depth::None)]
    #[case::clicolor_on("CLICOLOR=1", false, Depth::Sixteen)]
    #[case::forced("CLICOLOR=0 CLICOLOR_FORCE=1", false, Depth::Sixteen)]
    #[case::forced_not("CLICOLOR=0 CLICOLOR_FORCE=0", false, Depth::None)]
    #[case::forced_on_dumb("TERM=dumb CLICOLOR_FORCE=1", false, Depth::Sixteen)]
    #[case::forced_and_not("NO_COLOR=1 CLICOLOR_FORCE=1", false, Depth::None)]
    fn who_says_how_many(#[case] variables: &str, #[case] flag: bool, #[case] expected: Depth) {
        let environment: Environment = variables.split_whitespace().filter_map(|it| it.split_once('=')).collect();
        assert_eq!(depth(&environment, flag), expected);
    }
}
