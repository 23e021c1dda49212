use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;
use rstest::rstest;
use tempfile::TempDir;

use super::*;

/// The names and keys that are found in an environment without files.
fn found(variables: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
    shown(find(None, &ConfigFile::default(), &variables.iter().copied().collect()).unwrap())
}

fn shown(found: Found) -> (Vec<(String, String)>, Vec<String>) {
    let row = |credential: &Credential| (credential.identity.name(), credential.key.expose().to_owned());
    (found.credentials.iter().map(row).collect(), found.notices)
}

fn names(variables: &[(&str, &str)]) -> Vec<String> {
    found(variables).0.into_iter().map(|(name, _)| name).collect()
}

/// A directory with a key file that only its owner can read.
fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.env");
    write(&path, text.as_ref(), 0o600);
    (directory, path)
}

fn write(path: &Path, text: &[u8], #[cfg_attr(not(unix), expect(unused))] mode: u32) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn the_order_is_default_then_numbers_then_names() {
    let variables = [
        ("CHUTES_API_KEY_work", "w"),
        ("CHUTES_API_KEY_10", "10"),
        ("CHUTES_API_KEY_9", "9"),
        ("CHUTES_API_KEY_BATCH", "b"),
        ("CHUTES_API_KEY", "d"),
        ("CHUTES_API_KEY_010A", "10a"),
        ("CHUTES_API_KEY_99999999999999999999999999", "big"),
        ("CHUTES_API_URL", "not a key"),
        ("CHUTES_API_KEYRING", "not a key"),
        ("MY_CHUTES_API_KEY", "not a key"),
    ];
    assert_eq!(names(&variables), ["default", "9", "10", "99999999999999999999999999", "010a", "batch", "work"]);
    let ids: Vec<usize> = find(None, &ConfigFile::default(), &variables.into_iter().collect())
        .unwrap()
        .credentials
        .iter()
        .map(|credential| credential.identity.id.index())
        .collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn one_key_under_several_names_is_one_credential_at_the_first() {
    let variables = [("CHUTES_API_KEY_B", "same"), ("CHUTES_API_KEY", "Bearer same"), ("CHUTES_API_KEY_A", "other")];
    assert_eq!(found(&variables).0, [("default, b".into(), "same".into()), ("a".into(), "other".into())]);
}

#[test]
fn different_keys_of_one_name_are_said() {
    let (rows, notices) = found(&[("CHUTES_API_KEY_A", "11111111"), ("CHUTES_API_KEY_a", "22222222")]);
    assert_eq!(rows, [("a".into(), "11111111".into()), ("a".into(), "22222222".into())]);
    assert_eq!(notices, ["2 different keys are called a"]);
    let (rows, notices) = found(&[("CHUTES_API_KEY_A", "11111111"), ("CHUTES_API_KEY_a", "11111111")]);
    assert_eq!(rows, [("a".into(), "11111111".into())]);
    assert_eq!(notices, [""; 0]);
}

#[test]
fn what_cannot_be_used_is_named_by_its_variable_only() {
    let (rows, notices) = found(&[
        ("CHUTES_API_KEY_A", " "),
        ("CHUTES_API_KEY_B", "cpk_secret1 cpk_secret2"),
        ("CHUTES_API_KEY_C", "cpk_sécret"),
        ("CHUTES_API_KEY_D", "good-one"),
        ("CHUTES_API_KEY_", "nameless"),
    ]);
    assert_eq!(rows, [("d".into(), "good-one".into())]);
    assert_eq!(
        notices,
        [
            "CHUTES_API_KEY_A is empty: skipped",
            "CHUTES_API_KEY_B has blanks inside, so it is no key: skipped",
            "CHUTES_API_KEY_C holds characters that no key has: skipped",
        ]
    );
}

#[test]
fn a_label_is_clean_and_short() {
    let long = format!("CHUTES_API_KEY_{}", "X".repeat(200));
    assert_eq!(names(&[("CHUTES_API_KEY_\u{1b}[31mRED\u{202e}", "k")]), ["red"]);
    assert_eq!(names(&[("CHUTES_API_KEY_\u{200b}", "k")]), ["unnamed"]);
    assert_eq!(names(&[(&long, "k")])[0].chars().count(), LABEL_LIMIT);
}

#[test]
fn the_environment_wins_over_the_file_variable_by_variable() {
    let (_directory, path) = file("CHUTES_API_KEY=the-file\nCHUTES_API_KEY_A=the-file-a\nCHUTES_API_KEY_B=b\nX=1\n");
    let environment = [("CHUTES_API_KEY", "environment"), ("CHUTES_API_KEY_B", "")].into_iter().collect();
    let (rows, notices) = shown(find(Some(&path), &ConfigFile::default(), &environment).unwrap());
    assert_eq!(rows, [("default".into(), "environment".into()), ("a".into(), "the-file-a".into())]);
    assert_eq!(notices, ["CHUTES_API_KEY_B is empty: skipped"]);
}

#[test]
fn the_last_one_of_a_name_in_a_file_wins() {
    let (_directory, path) = file("CHUTES_API_KEY=first\nexport CHUTES_API_KEY='last'\n");
    let (rows, _) = shown(find(Some(&path), &ConfigFile::default(), &Environment::default()).unwrap());
    assert_eq!(rows, [("default".into(), "last".into())]);
}

#[rstest]
#[case::xdg("XDG_CONFIG_HOME", "")]
#[case::home("HOME", ".config")]
fn the_default_file_is_read_where_it_exists(#[case] variable: &str, #[case] below: &str) {
    let home = tempfile::tempdir().unwrap();
    let environment: Environment = [(variable, home.path())].into_iter().collect();
    assert_eq!(shown(find(None, &ConfigFile::default(), &environment).unwrap()).0, []);

    let directory = home.path().join(below).join("chutes-top");
    fs::create_dir_all(&directory).unwrap();
    write(&directory.join("env"), b"CHUTES_API_KEY_A=k\n", 0o600);
    assert_eq!(shown(find(None, &ConfigFile::default(), &environment).unwrap()).0, [("a".into(), "k".into())]);

    let (_other, path) = file("CHUTES_API_KEY_B=k\n");
    assert_eq!(shown(find(Some(&path), &ConfigFile::default(), &environment).unwrap()).0, [("b".into(), "k".into())]);
}

#[test]
fn a_relative_configuration_directory_is_ignored() {
    let environment: Environment = [("XDG_CONFIG_HOME", "relative"), ("HOME", "/home/x")].into_iter().collect();
    assert_eq!(default_path(&environment), Some("/home/x/.config/chutes-top/env".into()));
    assert_eq!(default_path(&Environment::default()), None);
}

#[rstest]
#[case::home(&[("HOME", "/home/x")], Some("~/.config/chutes-top/env"))]
#[case::below_home(&[("HOME", "/home/x"), ("XDG_CONFIG_HOME", "/home/x/conf")], Some("~/conf/chutes-top/env"))]
#[case::elsewhere(&[("HOME", "/home/x"), ("XDG_CONFIG_HOME", "/home/xy")], Some("/home/xy/chutes-top/env"))]
#[case::homeless(&[("XDG_CONFIG_HOME", "/etc\u{1b}[31m")], Some("/etc/chutes-top/env"))]
#[case::nowhere(&[], None)]
fn the_default_file_is_shown_as_people_write_it(#[case] variables: &[(&str, &str)], #[case] shown: Option<&str>) {
    assert_eq!(default_path_shown(&variables.iter().copied().collect()).as_deref(), shown);
}

#[rstest]
#[case::a_bad_line("# c\nCHUTES_API_KEY_A=k\ncpk_secret\n", "line 3 is not understood")]
#[case::an_open_quote("CHUTES_API_KEY_A='cpk_secret\n", "line 1 is not understood")]
#[case::not_text(b"CHUTES_API_KEY=\xff".as_slice(), "expected text in UTF-8")]
#[case::too_large(vec![b'\n'; 1024 * 1024 + 1], "larger than 1 MiB")]
fn a_file_that_is_of_no_use_is_named_but_not_quoted(#[case] text: impl AsRef<[u8]>, #[case] reason: &str) {
    let (_directory, path) = file(text);
    let error = find(Some(&path), &ConfigFile::default(), &Environment::default()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("--env-file {}: {reason}", path.display())), "{error}");
    assert!(!error.contains("secret") && !error.contains('\n'), "{error}");
}

#[test]
fn a_named_file_must_be_there_and_be_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none");
    let error = find(Some(&missing), &ConfigFile::default(), &Environment::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("--env-file {}: no such file; expected a file with lines of NAME=value", missing.display())
    );
    let error = find(Some(directory.path()), &ConfigFile::default(), &Environment::default()).unwrap_err().to_string();
    assert!(error.ends_with("expected a file, found a directory"), "{error}");
}

#[rstest]
#[case::private(0o600, false)]
#[case::read_only(0o400, false)]
#[case::group(0o640, true)]
#[case::everybody(0o644, true)]
#[case::written_by_others(0o602, true)]
fn a_file_that_is_open_to_others_is_refused_with_what_mends_it(#[case] mode: u32, #[case] refused: bool) {
    let (_directory, path) = file("");
    // Even its syntax is not looked at.
    write(&path, if refused { b"cpk_secret" } else { b"# no key" }, mode);
    let outcome = find(Some(&path), &ConfigFile::default(), &Environment::default());
    let expected =
        format!("--env-file {0}: not read, because it is open to other users; run: chmod 600 {0}", path.display());
    assert_eq!(outcome.err().map(|error| error.to_string()), refused.then_some(expected));
}

#[test]
fn the_default_file_is_refused_too_and_its_path_is_fit_for_a_shell() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("it's mine/chutes-top");
    fs::create_dir_all(&directory).unwrap();
    write(&directory.join("env"), b"CHUTES_API_KEY=file-file", 0o644);
    let variables = [("XDG_CONFIG_HOME", home.path().join("it's mine"))];
    let error = find(None, &ConfigFile::default(), &variables.into_iter().collect()).unwrap_err().to_string();
    let quoted = format!("chmod 600 '{}/it'\\''s mine/chutes-top/env'", home.path().display());
    assert!(error.ends_with(&quoted), "{error}");
}

#[test]
fn a_line_of_a_file_that_looks_like_ours_and_is_not_read_is_named() {
    let (_directory, path) = file(
        "PATH=/bin\n# c\nCHUTES_API_URL=http://x\nchutes_api_key='cpk_secret'\nCHUTES_API_KEY_A=long-enough\n\
         CHUTES_API_KEY_=cpk_secret\nCHUTES_API_KEY_cpk_secret.x=long-enough-too\nCHUTES_cpk_secret=1\n",
    );
    let (_, notices) = shown(find(Some(&path), &ConfigFile::default(), &Environment::default()).unwrap());
    let expected = [(3, "CHUTES_API_URL"), (4, "chutes_api_key"), (6, "CHUTES_API_KEY_"), (8, "CHUTES_[key]")];
    let expected = expected.map(|(line, name)| {
        format!(
            "{} line {line}: {name} is not read; only CHUTES_API_KEY and CHUTES_API_KEY_<NAME> are read from this file",
            path.display()
        )
    });
    assert_eq!(notices, expected);
}

#[test]
fn a_key_of_a_few_letters_is_used_but_doubted() {
    let (rows, notices) = found(&[("CHUTES_API_KEY_A", "1234567"), ("CHUTES_API_KEY_B", "12345678")]);
    assert_eq!(rows.len(), 2);
    assert_eq!(notices, ["CHUTES_API_KEY_A has only 7 characters: is the whole key there?"]);
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_skipped_and_said() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let environment = [("CHUTES_API_KEY_A", OsString::from_vec(b"cpk_\xff".to_vec()))].into_iter().collect();
    let (rows, notices) = shown(find(None, &ConfigFile::default(), &environment).unwrap());
    assert_eq!((rows, notices), (vec![], vec!["CHUTES_API_KEY_A is not UTF-8 text: skipped".to_owned()]));
}

/// What is found with these tables of the configuration file, and with a keyring that holds `ring` under `lab`.
fn found_with(
    tables: &str,
    variables: &[(&str, &str)],
    home: &TempDir,
) -> (Vec<(String, String)>, Vec<String>, Vec<String>) {
    let path = home.path().join("config.toml");
    fs::write(&path, tables).unwrap();
    let home = [("HOME", home.path().to_str().unwrap())];
    let environment: Environment = home.iter().chain(variables).copied().collect();
    let tables = ConfigFile::open(&path, &environment).unwrap();
    let keyring = super::keyring::fake::Fake::empty();
    keyring.set("lab", "ring-key").unwrap();
    let found = find_with(None, &tables, &environment, &keyring).unwrap();
    let origins = found.origins.iter().map(|from| from.rsplit('/').next().unwrap().to_owned()).collect();
    let (rows, notices) = shown(found);
    (rows, origins, notices)
}

#[test]
fn the_tables_of_the_configuration_come_first_and_in_their_order() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("k"), b" 'file-key'\n", 0o600);
    let tables = "[[credentials]]\nlabel = 'Zoo'\nkey_env = 'ZOO'\n[[credentials]]\nlabel = 'work'\nkey_command = ['false']\n\
        [[credentials]]\nlabel = 'b'\nkey_file = 'k'\n[[credentials]]\nlabel = 'a'\nkey_command = ['echo', 'Bearer command-key']\n\
        [[credentials]]\nlabel = 'lab'\nkeyring = true\n";
    let variables = [("ZOO", "zoo-key1"), ("CHUTES_API_KEY", "default1"), ("CHUTES_API_KEY_WORK", "of-shell")];
    let (rows, origins, notices) = found_with(tables, &variables, &home);
    let expected = [
        ("Zoo", "zoo-key1"),
        ("work", "of-shell"),
        ("b", "file-key"),
        ("a", "command-key"),
        ("lab", "ring-key"),
        ("default", "default1"),
    ];
    assert_eq!(rows, expected.map(|(name, key)| (name.to_owned(), key.to_owned())));
    assert_eq!(
        origins,
        [
            "config.toml line 2 (key_env)",
            "CHUTES_API_KEY_WORK",
            "config.toml line 8 (key_file)",
            "config.toml line 11 (key_command)",
            "config.toml line 14 (keyring)",
            "CHUTES_API_KEY"
        ]
    );
    assert_eq!(notices, [""; 0], "the program of a key that the environment has must not be run");
}

#[test]
fn a_key_that_cannot_be_had_is_said_with_its_place_and_skipped() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("open"), b"cpk_secret_of_open", 0o644);
    let tables = "[[credentials]]\nlabel = 'a'\nkey_env = 'NOT_SET'\n[[credentials]]\nlabel = 'b'\nkey_file = 'none'\n\
        [[credentials]]\nlabel = 'c'\nkey_file = 'open'\n[[credentials]]\nlabel = 'd'\nkey_command = ['printf', 'two words']\n\
        [[credentials]]\nlabel = 'e'\nkeyring = true\n[[credentials]]\nlabel = 'f'\nkey_command = ['/no/such']\n";
    let (rows, _, notices) = found_with(tables, &[], &home);
    assert_eq!(rows, []);
    let notices: Vec<String> =
        notices.iter().map(|notice| notice.replace(home.path().to_str().unwrap(), "~")).collect();
    let expected = [
        "~/config.toml line 2: a: the variable NOT_SET is not set: skipped",
        "~/config.toml line 5: b: ~/none: no such file; expected a file with the key in it: skipped",
        "~/config.toml line 8: c: ~/open: not read, because it is open to other users; run: chmod 600 ~/open: skipped",
        "~/config.toml line 11: d: has blanks inside, so it is no key: skipped",
        "~/config.toml line 14: e: the keyring has no such key; `chutes-top credentials add e` asks for it: skipped",
        "~/config.toml line 17: f: key_command: there is no such program: skipped",
    ];
    assert_eq!(notices, expected);
}

#[test]
fn the_configuration_beats_the_file_of_keys_and_that_the_store() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".config/chutes-top");
    fs::create_dir_all(&directory).unwrap();
    write(&directory.join("env"), b"CHUTES_API_KEY_A=env-file\nCHUTES_API_KEY_B=env-file-b", 0o600);
    write(
        &directory.join("credentials"),
        b"CHUTES_API_KEY_A=store-aa\nCHUTES_API_KEY_B=store-bb\nCHUTES_API_KEY_C=store-cc\nCHUTES_API_KEY_LAB=@keyring\n",
        0o600,
    );
    let (rows, origins, notices) =
        found_with("[[credentials]]\nlabel = 'A'\nkey_env = 'MINE'\n", &[("MINE", "from-env")], &home);
    let expected = [("A", "from-env"), ("b", "env-file-b"), ("c", "store-cc"), ("lab", "ring-key")];
    assert_eq!(rows, expected.map(|(name, key)| (name.to_owned(), key.to_owned())));
    assert_eq!(origins, ["config.toml line 2 (key_env)", "env line 2", "credentials", "keyring"]);
    assert_eq!(notices, [""; 0]);
}

#[test]
fn what_is_low_is_said_by_label_wherever_the_key_is() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    fs::write(&path, "low = '40%'\n[[credentials]]\nlabel = 'Work'\nkeyring = true\nlow = '30%'\n").unwrap();
    let environment: Environment =
        [("CHUTES_API_KEY_WORK", "of-shell"), ("CHUTES_API_KEY_X", "of-other")].into_iter().collect();
    let file = ConfigFile::open(&path, &environment).unwrap();
    let found = find(None, &file, &environment).unwrap();
    let low: Vec<String> =
        found.credentials.iter().map(|credential| credential.identity.thresholds.low.to_string()).collect();
    assert_eq!(low, ["30%", "40%"]);
}
