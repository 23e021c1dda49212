use std::path::Path;

use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::config::document::Document;

fn parse(text: &str) -> Result<ConfigFile, String> {
    ConfigFile::parse(Document { shown: "c.toml", text, directory: Path::new("/etc/me"), home: None })
        .map_err(|error| error.to_string())
}

/// Low and critical of `label`, as they are written.
fn said(file: &ConfigFile, label: &str) -> [String; 2] {
    let Thresholds { low, critical } = file.rules().of(&[label.to_owned()]);
    [low.to_string(), critical.to_string()]
}

#[test]
fn a_table_says_it_for_its_credential_and_the_file_for_all_others() {
    let text = "low = '30%'\ncritical = 50\n[[credentials]]\nlabel = 'Work'\nkeyring = true\nlow = '2h'\n\
        [[credentials]]\nlabel = 'b'\nkeyring = true\nlow = '$2.5'\ncritical = '1%'";
    let file = parse(text).unwrap();
    assert_eq!(
        [said(&file, "work"), said(&file, "B"), said(&file, "x")],
        [["2h", "50"], ["$2.5", "1%"], ["30%", "50"]]
    );
    let origins = file.levels_in_force().map(|(key, level, origin)| format!("{key} {level} {origin}"));
    assert_eq!(origins, ["low 30% c.toml line 1", "critical 50 c.toml line 2"]);
    assert_eq!(said(&ConfigFile::default(), "x"), ["20%", "5%"]);
}

#[rstest]
#[case("low = '30%'\ncritical = '31%'", "c.toml line 2: critical: 31% is above low, which is 30%")]
#[case(
    "critical = '9%'\n[[credentials]]\nlabel = 'w'\nkeyring = true\nlow = '8%'",
    "c.toml line 5: low: 8% of w is below critical, which is 9%"
)]
#[case(
    "low = 'soon'",
    "c.toml line 1: low: expected what is left at least, such as 20%, 100 (requests), $2, or 2h (the time to empty)"
)]
#[case(
    "low = true",
    "c.toml line 1: low: expected what is left at least, such as \"20%\", 100 (requests), \"$2\", or \"2h\""
)]
#[case(
    "low = -3",
    "c.toml line 1: low: expected what is left at least, such as 20%, 100 (requests), $2, or 2h (the time to empty)"
)]
fn what_makes_no_sense_is_refused_with_its_line(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(parse(text).unwrap_err(), expected);
}

#[rstest]
#[case("low = '3%'", ["3%", "3%"])]
#[case("low = '10%'", ["10%", "5%"])]
#[case("critical = '21%'", ["21%", "21%"])]
#[case("critical = '10%'", ["20%", "10%"])]
#[case("critical = 50", ["20%", "50"])]
#[case("low = '1%'\n[[credentials]]\nlabel = 'x'\nkeyring = true\ncritical = '2h'", ["1%", "2h"])]
#[case("critical = '1%'\n[[credentials]]\nlabel = 'x'\nkeyring = true\nlow = '2%'", ["2%", "1%"])]
fn what_is_not_said_follows_what_is(#[case] text: &str, #[case] expected: [&str; 2]) {
    assert_eq!(said(&parse(text).unwrap(), "x"), expected);
}

#[test]
fn of_different_units_either_may_come_first() {
    assert_eq!(said(&parse("low = '2h'\ncritical = 5000").unwrap(), "x"), ["2h", "5000"]);
}
