//! The pages of `docs/reference` are what the program says of itself, and the schemas are what it prints.
//!
//! A page that has drifted fails here; `cargo xtask docs` makes all of them anew (`UPDATE=1` for this test).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a page that cannot be made, or a promise that is not kept, must fail the test"
)]
#![allow(clippy::format_push_string, reason = "pages are made of pieces, and nobody waits for them")]

mod documents;
mod flags;
mod help;
mod keys;
mod links;
mod schemas;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use rstest::rstest;

/// What every page begins with.
const HEAD: &str = "<!-- Made from the program by `cargo xtask docs`. Do not edit. -->\n\n";

#[rstest]
#[case("flags", flags::page())]
#[case("keys", keys::page())]
#[case("environment", help::environment())]
#[case("exit-codes", help::exit_codes())]
#[case("configuration", settings::page())]
#[case("json", documents::page())]
fn a_page_is_what_the_program_says(#[case] name: &str, #[case] page: String) {
    let file = root().join(format!("docs/reference/{name}.md"));
    let page = format!("{HEAD}{page}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, page).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, page, "{} has drifted: run `cargo xtask docs`", file.display());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under a folder whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A table in Markdown.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    text += &line(head.iter().map(|_| "---".to_owned()).collect());
    for row in rows {
        text += &line(row.iter().map(|cell| cell.replace('|', "\\|")).collect());
    }
    text
}
