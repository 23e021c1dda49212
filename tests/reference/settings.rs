//! The configuration file, key by key: the parser's own lists and refusals, what the example says of each key, and the
//! defaults that `config check` prints.

use std::fs;

use chutes_top::cli::Cli;
use chutes_top::config::alerts::ALERT_KEYS;
use chutes_top::config::file::KEYS;
use chutes_top::config::{API_URL_VARIABLE, CREDENTIAL_KEYS, ConfigFile, INTERVAL_VARIABLE, LOG_VARIABLE};
use chutes_top::environment::Environment;
use chutes_top::palette::COLOURS;
use clap::CommandFactory as _;
use pretty_assertions::assert_eq;

use crate::root;

/// The keys that a variable beats, and which.
const VARIABLES: [(&str, &str); 3] =
    [("interval", INTERVAL_VARIABLE), ("api_url", API_URL_VARIABLE), ("log_level", LOG_VARIABLE)];

/// A table of the file: its heading in the example, as TOML has it, and its keys.
struct Table {
    heading: &'static str,
    keys: Vec<&'static str>,
}

fn tables() -> [Table; 3] {
    [
        Table { heading: "[themes.mine]", keys: ["base"].into_iter().chain(COLOURS).collect() },
        Table { heading: "[alerts]", keys: ALERT_KEYS.to_vec() },
        Table { heading: "[[credentials]]", keys: CREDENTIAL_KEYS.to_vec() },
    ]
}

pub(crate) fn page() -> String {
    let example = Example::read();
    let defaults = check(&[]);
    let mut page =
        "# Configuration\n\nThe file `config.toml` in the configuration directory, or `--config PATH`: TOML, \
                    every key optional. `chutes-top config init` writes one, `config path` says where it is, and \
                    `config check` what is in force. A flag beats the environment, and that beats the file.\n\n"
            .to_owned();
    for key in KEYS.into_iter().filter(|key| example.has("", key)) {
        let default = default(&defaults, key).map(|value| format!("Default: `{value}`."));
        let beaten = [flag(key).map(|flag| format!("Flag: `{flag}`.")), variable(key)];
        let facts: Vec<String> = [default].into_iter().chain(beaten).flatten().collect();
        page += &entry(&example, "", key, &facts);
    }
    for Table { heading, keys } in tables() {
        page += &format!("## `{}`\n\n{}\n\n", heading.replace("mine", "NAME"), example.about(heading));
        for key in keys {
            page += &entry(&example, heading, key, &[]);
        }
    }
    page.trim_end().to_owned() + "\n"
}

fn entry(example: &Example, heading: &str, key: &str, more: &[String]) -> String {
    let Line { value, comment, .. } = example.line(heading, key);
    let mut facts = vec![format!("Expected: {}.", expected(heading, key))];
    if !more.contains(&format!("Default: `{value}`.")) {
        facts.push(format!("Example: `{value}`."));
    }
    facts.extend_from_slice(more);
    let comment = if comment.is_empty() { String::new() } else { format!("  {comment}\n\n") };
    format!("- **`{key}`**\n\n{comment}  {}\n\n", facts.join(" "))
}

fn variable(key: &str) -> Option<String> {
    VARIABLES.iter().find(|(of, _)| *of == key).map(|(_, name)| format!("Variable: `{name}`."))
}

/// The flag of the same name, or the one that switches it off.
fn flag(key: &str) -> Option<String> {
    let command = Cli::command();
    let called = |name: &str| command.get_arguments().any(|argument| argument.get_id().as_str() == name);
    let flags: Vec<String> = [key.to_owned(), format!("no_{key}")].into_iter().filter(|name| called(name)).collect();
    let flags: Vec<String> = flags.iter().map(|name| format!("--{}", name.replace('_', "-"))).collect();
    (!flags.is_empty()).then(|| flags.join("`, `"))
}

/// What the parser says that it expects, when it finds what no key can be: a date.
fn expected(heading: &str, key: &str) -> String {
    let error = refusal(&format!("{heading}\n{key} = 1979-05-27\n"));
    let (_, reason) = error.split_once(&format!("{key}: expected ")).unwrap_or_else(|| panic!("{key}: {error}"));
    reason.replace('<', "\\<")
}

fn refusal(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    fs::write(&path, text).unwrap();
    ConfigFile::open(&path, &Environment::default()).unwrap_err().to_string()
}

/// What `config check` prints in an empty home with these variables. The home is called `~`.
fn check(variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home.path()).envs(variables.iter().copied());
    let output = command.args(["config", "check", "--log-file", "log"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().replace(home.path().to_str().unwrap(), "~")
}

fn default<'a>(check: &'a str, key: &str) -> Option<&'a str> {
    let line = check.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")))?;
    line.rsplit_once("  # ").filter(|(_, origin)| *origin == "default").map(|(value, _)| value.trim())
}

/// The example: each key with its value and what is said of it.
struct Example(Vec<Line>);

struct Line {
    heading: String,
    /// Empty for the heading itself.
    key: String,
    value: String,
    comment: String,
}

impl Example {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("assets/config.example.toml")).unwrap();
        let (mut lines, mut heading, mut said) = (Vec::new(), String::new(), Said::default());
        for line in text.lines() {
            let Some(line) = line.strip_prefix('#') else {
                said.end();
                continue;
            };
            let (key, value, comment) = if line.is_empty() || line.starts_with(' ') {
                said.add(line.trim());
                continue;
            } else if line.starts_with('[') {
                line.clone_into(&mut heading);
                ("", "", said.of_table())
            } else {
                let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("neither comment nor key: {line}"));
                (key, value, said.of_key())
            };
            lines.push(Line { heading: heading.clone(), key: key.to_owned(), value: value.to_owned(), comment });
        }
        Self(lines)
    }

    fn find(&self, heading: &str, key: &str) -> Option<&Line> {
        self.0.iter().find(|line| line.heading == heading && line.key == key)
    }

    fn has(&self, heading: &str, key: &str) -> bool {
        self.find(heading, key).is_some()
    }

    fn line(&self, heading: &str, key: &str) -> &Line {
        self.find(heading, key).unwrap_or_else(|| panic!("{heading} {key} is not in the example"))
    }

    fn about(&self, heading: &str) -> &str {
        &self.line(heading, "").comment
    }
}

/// What stands above a key or a table.
#[derive(Default)]
struct Said {
    comment: String,
    is_used: bool,
    /// What is said of the key behind the next.
    next: String,
    /// What stood above the last empty line.
    before: String,
}

impl Said {
    fn end(&mut self) {
        self.before = std::mem::take(&mut self.comment);
    }

    fn add(&mut self, words: &str) {
        if std::mem::take(&mut self.is_used) {
            self.comment.clear();
        }
        self.comment += if self.comment.is_empty() { "" } else { " " };
        self.comment += words;
    }

    /// What is said of a table. What ends in a colon is said of its second key, behind the label; then the table has
    /// what stands above that.
    fn of_table(&mut self) -> String {
        let comment = std::mem::take(&mut self.comment);
        match comment.strip_suffix(':') {
            Some(of_key) => {
                self.next = format!("{of_key}.");
                std::mem::take(&mut self.before)
            }
            None => comment,
        }
    }

    /// What is said of a key. Keys that follow one another share it.
    fn of_key(&mut self) -> String {
        self.is_used = true;
        let comment = self.comment.clone();
        if comment.is_empty() {
            self.comment = std::mem::take(&mut self.next);
        }
        comment
    }
}

/// Which variable beats which key is written here: that it does is seen from the program.
#[test]
fn the_variables_are_those_that_beat_the_file() {
    for (key, variable) in VARIABLES {
        let value = ["300", "http://127.0.0.1:1", "warn"][VARIABLES.iter().position(|(of, _)| *of == key).unwrap()];
        let check = check(&[(variable, value)]);
        let line = check.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key}: {check}"));
        assert!(line.ends_with(&format!("# {variable}")), "{line}");
    }
    let beaten = check(&[]).lines().filter(|line| line.ends_with("# default")).count();
    assert_eq!(beaten + 1 + tables().len(), KEYS.len(), "each key but log_file has a default: {}", check(&[]));
}
