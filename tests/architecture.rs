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

use proc_macro2::{Delimiter, TokenStream, TokenTree};

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
        .filter(|source| source.lines > LONGEST && !LONG_FILES.iter().any(|(long, _)| source.path == *long))
        .map(|source| format!("{}: {} lines", source.path, source.lines))
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

/// A source file, without its tests.
struct Source {
    /// Its path under `src`.
    path: String,
    module: Vec<String>,
    lines: usize,
    arrows: Vec<Arrow>,
}

impl Source {
    fn read(path: &str, code: &str) -> Self {
        let module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let mut scan = Scan { path, module: &module, arrows: Vec::new(), lines_of_tests: 0 };
        scan.tokens(code.parse().unwrap());
        let (arrows, lines) = (scan.arrows, code.trim_end().lines().count() - scan.lines_of_tests);
        Self { path: path.to_owned(), lines, arrows, module }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    assert!(files.len() > 10, "the sources were not found under {}", root.display());
    let path = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let sources = files.iter().map(|file| Source::read(&path(file), &fs::read_to_string(file).unwrap()));
    sources.filter(|source| !source.module.iter().any(|name| name == "tests")).collect()
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
    let rooms: BTreeSet<String> = sources.iter().map(|source| room_of(&source.module).to_owned()).collect();
    // `crate::Error` would name an item of lib.rs, which is no room.
    sources.into_iter().flat_map(|source| source.arrows).filter(|arrow| rooms.contains(&arrow.to)).collect()
}

fn room_of(module: &[String]) -> &str {
    &module[0]
}

/// Looks for imports of other rooms in the tokens of a module, tests left out.
struct Scan<'a> {
    path: &'a str,
    module: &'a [String],
    arrows: Vec<Arrow>,
    lines_of_tests: usize,
}

impl Scan<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_of_tests(&tokens[at..]) {
                let end = at + tokens[at..].iter().skip(2).position(is_end_of_item).unwrap() + 2;
                self.lines_of_tests += tokens[end].span().end().line - tokens[at].span().start().line + 1;
                at = end + 1;
                continue;
            }
            match (&tokens[at], &tokens[at + 1..]) {
                (TokenTree::Group(group), _) => self.tokens(group.stream()),
                (TokenTree::Ident(word), [TokenTree::Punct(_), TokenTree::Punct(_), rest @ ..]) if word == "crate" => {
                    self.path(rest, 0);
                }
                // `super::super::x` is one path, counted from its first word.
                (TokenTree::Ident(word), _)
                    if word == "super" && !is_colon(at.checked_sub(1).map(|at| &tokens[at])) =>
                {
                    let is_root = matches!(self.module, [root] if root == "lib" || root == "main");
                    self.path(&tokens[at..], if is_root { 0 } else { self.module.len() });
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes the rooms that a path reaches, which counts from a module `depth` levels below the root of the crate.
    fn path(&mut self, tokens: &[TokenTree], depth: usize) {
        match tokens {
            [TokenTree::Group(group), ..] => {
                let items: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                items.split(is_comma).for_each(|item| self.path(item, depth));
            }
            [TokenTree::Ident(word), _, _, rest @ ..] if word == "super" => self.path(rest, depth.saturating_sub(1)),
            [TokenTree::Ident(room), ..] if depth == 0 && room != room_of(self.module) => self.arrows.push(Arrow {
                from: room_of(self.module).to_owned(),
                to: room.to_string(),
                place: format!("src/{}:{}", self.path, room.span().start().line),
            }),
            _ => {}
        }
    }
}

/// Whether an item begins here that only tests have: `#[cfg(test)]`.
fn is_of_tests(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] if hash.as_char() == '#' => {
            let mut words = attribute.stream().into_iter();
            let is_cfg = words.next().is_some_and(|word| word.to_string() == "cfg");
            is_cfg && words.next().is_some_and(|when| when.to_string().contains("test"))
        }
        _ => false,
    }
}

fn is_end_of_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

mod the_scanner {
    use super::*;

    fn arrows_in(module: &str, code: &str) -> Vec<String> {
        Source::read(&format!("{module}.rs"), code).arrows.into_iter().map(|arrow| arrow.to).collect()
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
