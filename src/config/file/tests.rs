use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use ratatui::style::Color;
use rstest::rstest;

use super::*;
use crate::config::alerts::{ALERT_KEYS, Osc};
use crate::config::{CREDENTIAL_KEYS, KeySource};
use crate::palette::{COLOURS, built_in};

/// The example that `config init` writes.
const EXAMPLE: &str = include_str!("../../../assets/config.example.toml");

fn parse(text: &str) -> Result<ConfigFile, String> {
    let document =
        Document { shown: "c.toml", text, directory: Path::new("/etc/me"), home: Some(Path::new("/home/me")) };
    ConfigFile::parse(document).map_err(|error| error.to_string())
}

/// The example with every key in force: prose has a blank behind its hash, settings have none.
fn example_in_force() -> String {
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_says_nothing_as_it_is_and_holds_every_key() {
    let shown = "c.toml".to_owned();
    assert_eq!(parse(EXAMPLE).unwrap(), ConfigFile { shown, ..ConfigFile::default() });
    let text = example_in_force();
    let file = parse(&text).unwrap();
    let without_desktop = |notice: &String| notice.ends_with("built without the feature desktop");
    assert!(file.notices.len() <= 1 && file.notices.iter().all(without_desktop), "{:?}", file.notices);
    let table: toml::Table = text.parse().unwrap();
    let mut keys: Vec<&str> = table.keys().map(String::as_str).collect();
    let mut known = KEYS.to_vec();
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(keys, known);
    let tables = table["credentials"].as_array().unwrap();
    for key in CREDENTIAL_KEYS {
        assert!(tables.iter().any(|table| table.get(key).is_some()), "{key} is not in the example");
    }
    assert_eq!(file.credentials.len(), tables.len());
    let theme = table["themes"]["mine"].as_table().unwrap();
    for key in COLOURS.into_iter().chain(["base"]) {
        assert!(theme.contains_key(key), "{key} is not in the example");
    }
    let alerts: BTreeSet<&str> = table["alerts"].as_table().unwrap().keys().map(String::as_str).collect();
    assert_eq!(alerts, ALERT_KEYS.into_iter().collect());
    assert!(file.alerts.is_on());
}

#[test]
fn every_key_is_read() {
    let file = parse(&example_in_force()).unwrap();
    assert!(file.interval.is_some() && file.api_url.is_some() && file.max_requests_per_minute.is_some());
    assert!(file.history.is_some() && file.mask.is_some() && file.ascii.is_some() && file.sort.is_some());
    assert!(file.theme.is_some() && file.themes.len() == 1);
    assert!(file.reverse.is_some() && file.filter.is_some() && file.log_file.is_some() && file.log_level.is_some());
    assert!(file.mouse.is_some() && file.layout.is_some());
    let paths = parse("history = '~/h.db'\nlog_file = \"logs/l\"").unwrap();
    assert_eq!(paths.history, Some(Placed { value: Some("/home/me/h.db".into()), line: 1 }));
    assert_eq!(paths.log_file, Some(Placed { value: "/etc/me/logs/l".into(), line: 2 }));
    assert_eq!(parse("history = false").unwrap().history, Some(Placed { value: None, line: 1 }));
    assert_eq!(parse("interval = 1_200").unwrap().interval, Some(Placed { value: Duration::from_mins(20), line: 1 }));
}

#[test]
fn a_key_comes_from_one_of_four_places() {
    let text = "[[credentials]]\nlabel = 'Work '\nkey_env = 'WORK_KEY'\n[[credentials]]\nkey_command = ['pass', 'show x']\nlabel = 'b'\n\
        [[credentials]]\nlabel = 'c'\nkeyring = true\n[[credentials]]\nlabel = 'd'\nkey_file = '~/d.key'";
    let file = parse(text).unwrap();
    let read: Vec<_> =
        file.credentials.iter().map(|one| (one.label.as_str(), &one.source, one.place.as_str())).collect();
    let expected = [
        ("Work", &KeySource::Environment("WORK_KEY".into()), "c.toml line 2"),
        ("b", &KeySource::Command(vec!["pass".into(), "show x".into()]), "c.toml line 6"),
        ("c", &KeySource::Keyring, "c.toml line 8"),
        ("d", &KeySource::File("/home/me/d.key".into()), "c.toml line 11"),
    ];
    assert_eq!(read, expected);
}

#[test]
fn alerts_are_read_and_wrong_ones_are_said_by_line() {
    let read = |text: &str| parse(&format!("[alerts]\n{text}")).map(|file| (file.alerts, file.notices));
    let (alerts, notices) =
        read("bell = true\nosc = '777'\ncommand = ['alert', 'me']\nquiet = '22:00-07:00'\nmail = 1").unwrap();
    assert!(alerts.bell && alerts.osc == Some(Osc::SevenSevenSeven) && alerts.command == ["alert", "me"]);
    assert_eq!(alerts.quiet.map(|quiet| quiet.to_string()).as_deref(), Some("22:00-07:00"));
    assert_eq!(notices, ["c.toml line 6: mail is no setting and was left out"]);
    let (alerts, notices) = read("desktop = true").unwrap();
    let said = ["c.toml line 2: desktop: this program was built without the feature desktop"];
    let can = cfg!(feature = "desktop");
    assert_eq!((alerts.desktop, notices.as_slice() == said), (can, !can), "{notices:?}");
    for (text, expected) in [
        ("bell = 'yes'", "bell: expected true or false"),
        ("osc = 9", "osc: expected one of \"9\", \"777\", \"99\""),
        (
            "command = 'alert me'",
            "command: expected a list of a program and its arguments, such as [\"alert\", \"-v\"]",
        ),
        ("quiet = 'night'", "quiet: expected a part of the day such as \"22:00-07:00\""),
    ] {
        assert_eq!(read(text).unwrap_err(), format!("c.toml line 2: {expected}"));
    }
    assert_eq!(parse("alerts = true").unwrap_err(), "c.toml line 1: alerts: expected a table: [alerts]");
}

#[test]
fn unknown_keys_are_said_by_line_and_change_nothing() {
    let file = parse(
        "# c\ncolour = 1\nmask = true\n[colours]\nx = 1\n[[credentials]]\nlabel = 'a'\nkey_env = 'A'\nkeyfile = 'b'\n",
    )
    .unwrap();
    let expected = [
        "c.toml line 2: colour is no setting and was left out",
        "c.toml line 4: colours is no setting and was left out",
        "c.toml line 9: keyfile is no setting and was left out",
    ];
    assert_eq!(file.notices, expected);
    assert_eq!(file.mask, Some(Placed { value: true, line: 3 }));
    let key_as_name = parse("cpk_0123456789abcdef = 1").unwrap();
    assert_eq!(key_as_name.notices, ["c.toml line 1: [key] is no setting and was left out"]);
}

#[test]
fn a_theme_of_the_user_is_its_base_with_other_colours() {
    let text = "[themes.a]\nok = 'bright-green'\nlow = 3\nalarm = 'default'\n[themes.\"b c\"]\ntext = '#777777'\nbase = 'nord'\n\
        colour = 'red'\nbackground = '#ffffff'\nlow = '#000'\n";
    assert!(parse(text).unwrap_err().starts_with("c.toml line 10: low: expected a colour"));
    let text = text.replace("'#000'", "'#000000'");
    let file = parse(&text).unwrap();
    let built_in = built_in();
    let [auto, _, _, _, nord, ..] = built_in.as_slice() else { panic!() };
    let a = Palette {
        name: "a".into(),
        ok: Color::LightGreen,
        low: Color::Indexed(3),
        alarm: Color::Reset,
        ..auto.clone()
    };
    let b = Palette {
        name: "b c".into(),
        text: Color::Rgb(0x77, 0x77, 0x77),
        background: Color::Rgb(255, 255, 255),
        low: Color::Rgb(0, 0, 0),
        ..nord.clone()
    };
    assert_eq!(file.themes, [a, b]);
    let (text, accent) = (file.notices[1].as_str(), file.notices[3].as_str());
    assert_eq!(file.notices[0], "c.toml line 8: colour is no setting and was left out");
    assert_eq!(
        text,
        "c.toml line 6: themes.b c: text on the background has a contrast of 4.4; under 4.5 it is hard to read"
    );
    assert!(
        accent.starts_with("c.toml line 5: themes.b c: accent on the background has a contrast of 2.0"),
        "{accent}"
    );
    let again: String = file.themes.iter().map(theme_table::text).collect();
    assert_eq!(parse(&again).unwrap().themes, file.themes, "{again}");
}

#[rstest]
#[case::not_toml("mask = yes please", "c.toml line 1: not TOML: ")]
#[case::later_line("mask = true\n\nascii = 'on'", "c.toml line 3: ascii: expected true or false")]
#[case::twice("mask = true\nmask = true", "c.toml line 2: not TOML: duplicate key")]
#[case::short("interval = 5", "c.toml line 1: interval: shorter than 30s")]
#[case::negative("interval = -5", "c.toml line 1: interval: expected seconds or a duration")]
#[case::kind("interval = true", "c.toml line 1: interval: expected seconds or a duration")]
#[case::float(
    "max_requests_per_minute = 4.5",
    "c.toml line 1: max_requests_per_minute: expected a whole number from 1 to"
)]
#[case::zero(
    "max_requests_per_minute = 0",
    "c.toml line 1: max_requests_per_minute: expected a whole number from 1 to"
)]
#[case::huge("max_requests_per_minute = 99999999999999999999", "c.toml line 1: ")]
#[case::url("api_url = 'http://example.com'", "c.toml line 1: api_url: expected https://")]
#[case::history("history = true", "c.toml line 1: history: expected the path of a file, or false for none")]
#[case::empty_path("log_file = ''", "c.toml line 1: log_file: expected the path of a file")]
#[case::choice(
    "sort = 'Left'",
    "c.toml line 1: sort: expected one of \"configured\", \"name\", \"tier\", \"left\", \"age\""
)]
#[case::level("log_level = 'loud'", "c.toml line 1: log_level: expected one of \"error\"")]
#[case::filter("filter = ['a']", "c.toml line 1: filter: expected a filter as it is typed behind /")]
#[case::table("credentials = 1", "c.toml line 1: credentials: expected tables, each begun with [[credentials]]")]
#[case::one_table(
    "[credentials]\nlabel='a'",
    "c.toml line 1: credentials: expected tables, each begun with [[credentials]]"
)]
#[case::no_label("[[credentials]]\nkey_env = 'A'", "c.toml line 2: credentials 1: expected label = \"NAME\"")]
#[case::empty_table("mask = true\n[[credentials]]", "c.toml line 2: credentials 1: expected label = \"NAME\"")]
#[case::no_source(
    "[[credentials]]\nlabel = 'a'\nkeyring = false",
    "c.toml line 2: credentials 1: expected one of key_env,"
)]
#[case::two_sources(
    "[[credentials]]\nlabel = 'a'\nkey_env = 'A'\nkeyring = true",
    "c.toml line 4: keyring: a credential has one key"
)]
#[case::label(
    "[[credentials]]\nlabel = ' '\nkeyring = true",
    "c.toml line 2: label: expected a name of 1 to 64 characters"
)]
#[case::twin(
    "[[credentials]]\nlabel = 'a'\nkeyring = true\n[[credentials]]\nlabel = 'A'\nkeyring = true",
    "c.toml line 5: label: A is taken at c.toml line 2"
)]
#[case::no_list(
    "[[credentials]]\nlabel = 'a'\nkey_command = 'pass chutes'",
    "c.toml line 3: key_command: expected a list of a program and its arguments"
)]
#[case::empty_list("[[credentials]]\nlabel = 'a'\nkey_command = []", "c.toml line 3: key_command: expected a list")]
#[case::theme("theme = 1", "c.toml line 1: theme: expected the name of a theme")]
#[case::themes("themes = 1", "c.toml line 1: themes: expected tables, each begun with [themes.NAME]")]
#[case::one_theme("[themes]\ntext = 'red'", "c.toml line 2: text: expected a table of colours")]
#[case::taken("[themes.nord]", "c.toml line 1: nord: is a theme of the program's own")]
#[case::base("[themes.a]\nbase = 'b'", "c.toml line 2: base: expected one of \"auto\", \"catppuccin-latte\",")]
#[case::colour("[themes.a]\nok = 'greenish'", "c.toml line 2: ok: expected a colour: \"#rrggbb\"")]
#[case::hex("[themes.a]\nok = '#12345é'", "c.toml line 2: ok: expected a colour: \"#rrggbb\"")]
#[case::number("[themes.a]\nok = 256", "c.toml line 2: ok: expected a colour: \"#rrggbb\"")]
#[case::key(
    "[[credentials]]\nlabel = 'a'\nkey_env = 'cpk_0123456789abcdef.S3cret'",
    "c.toml line 3: key_env: expected the name of an environment variable, not the key itself"
)]
#[case::key_alone("cpk_0123456789abcdef.S3cret", "c.toml line 1: not TOML: ")]
fn a_wrong_value_is_one_line_with_its_place_and_what_was_expected(#[case] text: &str, #[case] expected: &str) {
    let error = parse(text).unwrap_err();
    assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    assert!(!error.contains("0123") && !error.contains("S3cret"), "{error}");
}

#[test]
fn files_of_no_use_are_named() {
    let home = tempfile::tempdir().unwrap();
    let open = |path: &Path| ConfigFile::open(path, &Environment::default()).unwrap_err().to_string();
    assert!(open(&home.path().join("none")).ends_with("none: no such file; `chutes-top config init` writes one"));
    assert!(open(home.path()).ends_with(": expected a file, found a directory"));
    let path = home.path().join("c.toml");
    std::fs::write(&path, b"mask = \xff").unwrap();
    assert!(open(&path).ends_with("c.toml: expected text in UTF-8"));
    std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    assert!(open(&path).ends_with("c.toml: larger than 1 MiB: expected settings in TOML"));
}
