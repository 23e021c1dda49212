//! The rooms of the house and the doors between them: which module may import which.
//!
//! Every `crate::` and `super::` path under `src` is read, wherever it stands, and must be in the table of
//! `ARCHITECTURE.md`. Tests inside `src` may reach further and are left out.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a file that cannot be read, or a scanner that loses its place, must fail the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may import.
type Table = BTreeMap<String, BTreeSet<String>>;

/// The import table of `ARCHITECTURE.md`.
fn table() -> Table {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let (_, page) = page.split_once("| module | may import").unwrap();
    let rows = page.lines().skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<(&str, &str)> = rows.map(|row| row.trim_matches('|').split_once('|').unwrap()).collect();
    let all: BTreeSet<String> = rows.iter().flat_map(|(rooms, _)| names(rooms)).collect();
    let mut table = Table::new();
    for (rooms, doors) in rows {
        let doors = match doors.trim().strip_prefix("everything") {
            Some(but) => &all - &names(but.trim_start_matches(" but ")),
            None => names(doors),
        };
        for room in names(rooms) {
            let of_room = &doors - &BTreeSet::from([room.clone(), "main".to_owned(), "lib".to_owned()]);
            assert!(table.insert(room, of_room).is_none(), "a room stands twice in ARCHITECTURE.md");
        }
    }
    table
}

/// `domain, clock` is two names, `nothing` none.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "nothing")).map(str::to_owned).collect()
}

/// Files seldom pass 300 lines, tests aside; one that passes this does too much.
const LONGEST: usize = 320;

/// Files that may be longer, each with the reason.
const LONG_FILES: &[(&str, &str)] =
    &[("domain/usage.rs", "one credential, all of them, and their totals are read together")];

/// An import: from which room, to which, and where it stands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Arrow {
    from: String,
    to: String,
    place: String,
}

#[test]
fn imports_follow_the_table() {
    let table = table();
    let wrong: Vec<Arrow> = arrows_of_the_crate().into_iter().filter(|arrow| !is_allowed(&table, arrow)).collect();
    assert!(wrong.is_empty(), "imports outside the table:\n{}", list(&wrong));
}

#[test]
fn there_is_no_circle() {
    assert_eq!(circle(&table()), None, "the table itself goes round in a circle");
    let mut built = Table::new();
    for Arrow { from, to, .. } in arrows_of_the_crate() {
        built.entry(from).or_default().insert(to);
    }
    assert_eq!(circle(&built), None, "the imports go round in a circle");
}

#[test]
fn every_room_is_in_the_table() {
    let known: BTreeSet<String> = table().into_keys().collect();
    let rooms: BTreeSet<String> = sources().iter().map(|file| room_of(&file.module).to_owned()).collect();
    assert_eq!(rooms, known, "the modules of src (left) and those of ARCHITECTURE.md differ");
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .iter()
        .map(|file| (&file.path, file.code.trim_end().lines().count()))
        .filter(|(path, lines)| *lines > LONGEST && !LONG_FILES.iter().any(|(long, _)| path == long))
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines, tests aside:\n{}", long.join("\n"));
}

fn is_allowed(table: &Table, arrow: &Arrow) -> bool {
    table.get(&arrow.from).is_some_and(|doors| doors.contains(&arrow.to))
}

fn list(arrows: &[Arrow]) -> String {
    let lines: Vec<String> =
        arrows.iter().map(|arrow| format!("  {}: {} -> {}", arrow.place, arrow.from, arrow.to)).collect();
    lines.join("\n")
}

/// The rooms that are in a circle, or lead into one.
fn circle(graph: &Table) -> Option<Vec<String>> {
    // Rooms that import nothing are taken away until nothing is left, or only circles.
    let mut left = graph.clone();
    loop {
        let is_end = |doors: &BTreeSet<String>| !doors.iter().any(|door| left.contains_key(door));
        let ends: Vec<String> = left.iter().filter(|(_, doors)| is_end(doors)).map(|(room, _)| room.clone()).collect();
        if ends.is_empty() {
            break;
        }
        left.retain(|room, _| !ends.contains(room));
    }
    (!left.is_empty()).then(|| left.into_keys().collect())
}

/// A source file: its path under `src`, its module path, and its text without tests.
struct Source {
    path: String,
    module: Vec<String>,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    assert!(files.len() > 10, "the sources were not found under {}", root.display());
    files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            let code = without_tests(&fs::read_to_string(file).unwrap());
            Source { path, module, code }
        })
        .filter(|source| source.module.last().is_some_and(|name| name != "tests"))
        .collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

fn arrows_of_the_crate() -> Vec<Arrow> {
    let sources = sources();
    let rooms: BTreeSet<&str> = sources.iter().map(|source| room_of(&source.module)).collect();
    sources.iter().flat_map(|source| arrows(&source.path, &source.module, &source.code, &rooms)).collect()
}

fn room_of(module: &[String]) -> &str {
    &module[0]
}

/// Every import of another room in `code`, which is the module at the path `module`.
fn arrows(file: &str, module: &[String], code: &str, rooms: &BTreeSet<&str>) -> Vec<Arrow> {
    let code = without_text(code);
    let from = room_of(module);
    let mut found = Vec::new();
    for (start, path) in paths(&code) {
        let line = code[..start].matches('\n').count() + 1;
        for target in resolve(module, &path) {
            // `crate::Error` would name an item of lib.rs, which is no room.
            if target != from && rooms.contains(target.as_str()) {
                found.push(Arrow { from: from.to_owned(), to: target, place: format!("src/{file}:{line}") });
            }
        }
    }
    found
}

/// The rooms that a path in `module` reaches; more than one when it branches into a group.
fn resolve(module: &[String], path: &str) -> Vec<String> {
    // How deep the place is that the path counts from: 0 is the root of the crate.
    let depth = match module {
        [root] if root == "lib" || root == "main" => 0,
        inner => inner.len(),
    };
    match path.strip_prefix("crate::") {
        Some(rest) => reach(rest, 0, room_of(module)),
        None => reach(path, depth, room_of(module)),
    }
}

fn reach(path: &str, depth: usize, room: &str) -> Vec<String> {
    if let Some(group) = path.strip_prefix('{') {
        return items(group).into_iter().flat_map(|item| reach(item, depth, room)).collect();
    }
    match path.strip_prefix("super::") {
        Some(rest) => reach(rest, depth.saturating_sub(1), room),
        None if depth > 0 => vec![room.to_owned()],
        None => vec![path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()],
    }
}

/// The items of a group, whose opening brace is left out: `a::b,c::{d,e}}...` is `a::b` and `c::{d,e}`.
fn items(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut items = Vec::new();
    let mut start = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

/// Every path that starts with `crate::` or `super::`, with all that follows it, spaces left out.
fn paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for word in ["crate", "super"] {
        for (start, _) in code.match_indices(word) {
            let before = code[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            // `super::super::x` is one path, counted from its first word.
            if word == "super" && code[..start].trim_end().ends_with("super::") {
                continue;
            }
            let tight: String = code[start..].chars().filter(|c| !c.is_whitespace()).take(4000).collect();
            if tight.starts_with("crate::") || tight.starts_with("super::") {
                found.push((start, tight));
            }
        }
    }
    found.sort();
    found
}

/// The code without its `#[cfg(test)]` items.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    // Braces inside strings and comments do not count, so they are looked for in a copy without those.
    let bare = without_text(code);
    let mut kept = String::new();
    let mut from = 0;
    while let Some(mark) = bare[from..].find(MARK).map(|at| from + at) {
        kept.push_str(&code[from..mark]);
        from = end_of_item(&bare, mark);
    }
    kept.push_str(&code[from..]);
    kept
}

/// Where the item that starts at `start` ends: after its `;`, or after its outermost braces.
fn end_of_item(bare: &str, start: usize) -> usize {
    let mut depth = 0;
    for (at, character) in bare[start..].char_indices() {
        match character {
            ';' if depth == 0 => return start + at + 1,
            '{' => depth += 1,
            '}' if depth == 1 => return start + at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    bare.len()
}

/// The code with every comment, string and character blanked out, line by line in the same places.
fn without_text(code: &str) -> String {
    let bytes = code.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + text_length(&code.as_bytes()[at..], at > 0 && is_word(bytes[at - 1]));
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(out).unwrap()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes at the start are a comment, a string or a character; 0 when it is code.
fn text_length(rest: &[u8], inside_word: bool) -> usize {
    let until = |from: usize, end: &[u8]| {
        rest[from..].windows(end.len()).position(|window| window == end).map_or(rest.len(), |at| from + at + end.len())
    };
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => until(2, b"*/"),
        [b'r', b'"' | b'#', ..] if !inside_word => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return 0;
            }
            let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
            until(2 + hashes, &end)
        }
        [b'"', ..] => quoted(rest, b'"'),
        // A lifetime has no closing quote.
        [b'\'', b'\\', ..] => quoted(rest, b'\''),
        [b'\'', ..] => match std::str::from_utf8(&rest[1..rest.len().min(6)]) {
            Ok(text) => char_length(text),
            Err(error) => char_length(std::str::from_utf8(&rest[1..=error.valid_up_to()]).unwrap()),
        },
        _ => 0,
    }
}

fn char_length(after_quote: &str) -> usize {
    let mut characters = after_quote.chars();
    match (characters.next(), characters.next()) {
        (Some(one), Some('\'')) => one.len_utf8() + 2,
        _ => 0,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

mod the_scanner {
    use super::*;

    fn arrows_in(module: &str, code: &str) -> Vec<String> {
        let module: Vec<String> = module.split('/').map(str::to_owned).collect();
        let table = table();
        let rooms = table.keys().map(String::as_str).collect();
        arrows("x.rs", &module, &without_tests(code), &rooms).into_iter().map(|arrow| arrow.to).collect()
    }

    #[test]
    fn sees_use_lines_groups_and_paths_in_the_middle_of_code() {
        assert_eq!(arrows_in("domain/tier", "use crate::api::Client;"), ["api"]);
        assert_eq!(arrows_in("domain", "use crate::{api::{Client, x}, domain::a, worker};"), ["api", "worker"]);
        assert_eq!(arrows_in("domain/tier", "fn f() { crate::ui::draw(); }"), ["ui"]);
        assert_eq!(arrows_in("app/list", "type X = Vec<crate :: runtime :: Exit>;"), ["runtime"]);
        assert_eq!(arrows_in("domain", "pub(in crate::app) fn f() {}"), ["app"]);
    }

    #[test]
    fn follows_super_to_the_root_and_no_further() {
        assert_eq!(arrows_in("domain/tier", "use super::super::api::Client;"), ["api"]);
        assert_eq!(arrows_in("domain/tier", "use super::{quota::Quota, super::api::Client};"), ["api"]);
        assert_eq!(arrows_in("clock", "use super::worker;"), ["worker"]);
        assert_eq!(arrows_in("domain/tier", "use super::quota;"), Vec::<String>::new());
    }

    #[test]
    fn ignores_comments_strings_and_tests() {
        assert_eq!(arrows_in("domain", "// crate::api\n/* crate::api */ /// [`crate::api`]\n"), Vec::<String>::new());
        assert_eq!(
            arrows_in("domain", r##"const A: &str = "crate::api"; const B: &str = r#"" crate::api"#;"##),
            [""; 0]
        );
        assert_eq!(arrows_in("domain", "#[cfg(test)]\nmod tests { use crate::api; const C: char = '}'; }"), [""; 0]);
        assert_eq!(arrows_in("domain", "#[cfg(test)]\nmod tests;\nuse crate::api;"), ["api"]);
        assert_eq!(arrows_in("domain", "fn f<'a>(x: &'a str) -> char { '\"' } use crate::api; // \""), ["api"]);
    }

    #[test]
    fn a_forbidden_arrow_and_a_circle_are_found() {
        let graph = |arrows: &[(&str, &str)]| -> Table {
            arrows.iter().map(|(from, to)| ((*from).to_owned(), BTreeSet::from([(*to).to_owned()]))).collect()
        };
        let table = graph(&[("worker", "api")]);
        let arrow = |from: &str, to: &str| Arrow { from: from.into(), to: to.into(), place: String::new() };
        assert!(is_allowed(&table, &arrow("worker", "api")));
        assert!(!is_allowed(&table, &arrow("worker", "ui")) && !is_allowed(&table, &arrow("ui", "api")));
        assert_eq!(circle(&graph(&[("a", "b"), ("b", "c"), ("c", "a")])).unwrap(), ["a", "b", "c"]);
        assert_eq!(circle(&table), None);
    }
}
