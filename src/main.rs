//! Parses, calls the library, and maps the outcome to an exit code; nothing else.

use std::io;
use std::process::ExitCode;

use chutes_top::commands::Console;
use chutes_top::environment::Environment;

fn main() -> ExitCode {
    // Not locked: a panic in another thread must be able to write.
    let mut console = Console { out: &mut io::stdout(), err: &mut io::stderr() };
    ExitCode::from(chutes_top::run(std::env::args_os(), &Environment::of_this_process(), &mut console))
}
