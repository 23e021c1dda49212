//! What the pages point to is there: other pages and files, and the tests that SECURITY.md names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{files, root};

/// Every page of the project.
fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs"), ".md");
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(top.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages
}

/// The headings of a page, as links name them: small letters and digits, with a hyphen for a space.
fn headings(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let name = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(|line| name(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_between_pages_and_to_headings_lead_somewhere() {
    let mut broken = Vec::new();
    let mut links = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            // A format of starship's is written as a link is.
            if path.starts_with('$') || path.contains("://") || path.contains('`') {
                continue;
            }
            links += 1;
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            if !target.exists() || !heading.is_empty() && !headings(&target).iter().any(|known| known == heading) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(links > 10, "the links were not found");
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A promise names its tests as `file.rs::function`, from the root of the project.
#[test]
fn the_tests_that_hold_a_promise_exist() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let named: Vec<(&str, &str)> =
        text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs::")).collect();
    assert!(named.len() > 20, "the tests were not found: {named:?}");
    let missing: Vec<_> = named
        .into_iter()
        .filter(|(file, test)| {
            let code = fs::read_to_string(root().join(format!("{file}.rs"))).unwrap_or_default();
            !code.contains(&format!("fn {test}("))
        })
        .collect();
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}
