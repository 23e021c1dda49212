//! The log as a user asks for it: where it goes, what is in it, and that nothing goes anywhere else.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use rstest::rstest;

const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

/// The exit code, standard error, and what is in the log at the end.
fn snapshot(home: &Path, args: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"))
        .env_clear()
        // Port 9 of loopback refuses; nothing leaves this machine.
        .envs([("CHUTES_API_KEY_WORK", KEY), ("CHUTES_API_URL", "http://127.0.0.1:9")])
        .envs(variables.iter().copied())
        .env("HOME", home)
        .current_dir(home)
        .arg("snapshot")
        .args(args)
        .output()
        .unwrap();
    let log = fs::read_to_string(home.join("log")).unwrap_or_default();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), log)
}

#[rstest]
#[case::usual(&["--log-file", "log"], &[], &["INFO", "WARN"], &["DEBUG"])]
#[case::less(&["--log-file", "log", "--log-level", "warn"], &[], &["WARN"], &["INFO", "DEBUG"])]
#[case::more(&["--log-file", "log", "--log-level", "debug"], &[], &["INFO", "WARN", "DEBUG"], &[])]
#[case::by_variable(&["--log-file", "log"], &[("RUST_LOG", "chutes_top=debug")], &["DEBUG"], &[])]
#[case::the_flag_wins(&["--log-file", "log", "--log-level", "warn"], &[("RUST_LOG", "trace")], &["WARN"], &["INFO"])]
fn as_much_is_logged_as_is_asked_for(
    #[case] args: &[&str],
    #[case] variables: &[(&str, &str)],
    #[case] there: &[&str],
    #[case] not_there: &[&str],
) {
    let home = tempfile::tempdir().unwrap();
    let (code, err, log) = snapshot(home.path(), args, variables);
    assert_eq!((code, err.as_str()), (1, ""));
    for level in there {
        assert!(log.contains(&format!(" {level} chutes_top::")), "no {level}:\n{log}");
    }
    for level in not_there {
        assert!(!log.contains(level), "{level}:\n{log}");
    }
    assert!(log.contains("key=\"work\" kind=\"connect\""), "{log}");
}

#[cfg(unix)]
#[test]
fn the_log_is_private_and_goes_on_where_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let (_, _, once) = snapshot(home.path(), &["--log-file", "log"], &[]);
    assert_eq!(fs::metadata(home.path().join("log")).unwrap().permissions().mode() & 0o777, 0o600);
    let (_, _, twice) = snapshot(home.path(), &["--log-file", "log"], &[]);
    assert!(twice.starts_with(&once) && twice.matches("the program starts").count() == 2, "{twice}");
}

#[test]
fn without_a_log_file_nothing_is_logged_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let (code, err, log) = snapshot(home.path(), &["--no-history"], &[("RUST_LOG", "trace")]);
    assert_eq!((code, err.as_str(), log.as_str()), (1, "", ""));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[rstest]
#[case::a_directory(&["--log-file", "."], &[], "--log-file .: expected a file")]
#[case::nowhere(&["--log-file", "none/log"], &[], "--log-file none/log: cannot be written")]
#[case::no_file(&["--log-level", "debug"], &[], "--log-level: goes with --log-file, or with log_file in the configuration file")]
#[case::no_level(&["--log-file", "log", "--log-level", "loud"], &[], "[possible values: error, warn, info, debug, trace]")]
#[case::no_filter(&["--log-file", "log"], &[("RUST_LOG", "chutes_top=loud")], "RUST_LOG: expected a level")]
fn what_cannot_be_logged_is_said_in_one_line(
    #[case] args: &[&str],
    #[case] variables: &[(&str, &str)],
    #[case] says: &str,
) {
    let home = tempfile::tempdir().unwrap();
    let (code, err, _) = snapshot(home.path(), args, variables);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    assert!(err.starts_with("chutes-top: ") && err.contains(says), "{err}");
}
