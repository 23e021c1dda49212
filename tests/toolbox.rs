//! The commands that look after the configuration and the keys, as a shell runs them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "support/ended.rs"]
mod ended;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread;

use ended::{Ended, program};
use pretty_assertions::assert_eq;
use rstest::rstest;
use tempfile::TempDir;

const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.SecretSecretSecretSecretSecretSe";

/// A home directory, in which there is no keyring: nothing says where the desktop's bus is.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(".config/chutes-top").join(name)
    }

    fn run(&self, args: &[&str], stdin: &str, variables: &[(&str, &str)]) -> Ended {
        let mut command = program(self.0.path());
        command.env("PATH", "/usr/bin:/bin").envs(variables.iter().copied());
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus");
        let Ended { code, out, err } = Ended::of(command.args(args).write_stdin(stdin));
        let text = |said: String| said.replace(self.0.path().to_str().unwrap(), "~");
        Ended { code, out: text(out), err: text(err) }
    }

    fn says(&self, args: &[&str]) -> Ended {
        self.run(args, "", &[])
    }
}

#[test]
fn init_writes_an_example_once_that_changes_nothing() {
    let home = Home::new();
    let path = home.says(&["config", "path"]);
    assert_eq!((path.code, path.out.as_str()), (0, "~/.config/chutes-top/config.toml\n"));
    let before = home.says(&["config", "check"]);
    assert!(before.out.starts_with("# ~/.config/chutes-top/config.toml is not there\n"), "{}", before.out);
    let made = home.says(&["config", "init"]);
    assert_eq!((made.code, made.out, made.err), (0, path.out, String::new()));
    let written = home.path("config.toml");
    assert_eq!(fs::metadata(&written).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&written).unwrap(), include_str!("../assets/config.example.toml"));
    let after = home.says(&["config", "check"]);
    let settings = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!((after.code, settings(&after.out)), (0, settings(&before.out)));
    fs::write(&written, "mask = true\n").unwrap();
    let again = home.says(&["config", "init"]);
    let refusal = "chutes-top: ~/.config/chutes-top/config.toml: is there already, and was left as it is\n";
    assert_eq!((again.code, again.err.as_str()), (2, refusal));
    assert_eq!(fs::read_to_string(&written).unwrap(), "mask = true\n");
}

#[test]
fn check_tells_the_settings_and_their_origins() {
    let home = Home::new();
    let config = "interval = '10m'\ncolour = 1\nfilter = 'tier:plus'\nlog_file = '/tmp/l'\n[[credentials]]\nlabel = 'work'\n\
        key_command = ['touch', 'RAN', 'cpk_0123456789abcdef.S3cret']\n[[credentials]]\nlabel = 'b'\nkey_env = 'B'\n\
        [alerts]\nbell = true\ncommand = ['tell', 'who']\nquiet = '22:00-07:00'\n";
    fs::create_dir_all(home.path("")).unwrap();
    fs::write(home.path("config.toml"), config).unwrap();
    let state = home.0.path().join(".local/state/chutes-top");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("state.toml"), "sort = 'left'\nreverse = true\n").unwrap();
    let variables = [("CHUTES_API_URL", "http://127.0.0.1:9"), ("CHUTES_API_KEY", KEY)];
    let checked = home.run(&["config", "check", "--no-history"], "", &variables);
    let expected = "# ~/.config/chutes-top/config.toml
interval = \"10m\"                 # ~/.config/chutes-top/config.toml line 1
api_url = \"http://127.0.0.1:9\"   # CHUTES_API_URL
# max_requests_per_minute: none  # default for this machine
history = false                  # --no-history
mask = false                     # default
ascii = false                    # default
mouse = false                    # default
layout = \"full\"                  # default
sort = \"left\"                    # as the dashboard was left
reverse = true                   # as the dashboard was left
filter = \"tier:plus\"             # ~/.config/chutes-top/config.toml line 3
quick = \"all\"                    # default
theme = \"auto\"                   # default
log_file = \"/tmp/l\"              # ~/.config/chutes-top/config.toml line 4
log_level = \"info\"               # default
title = true                     # default
low = \"20%\"                      # default
critical = \"5%\"                  # default

[alerts]
bell = true
command = [\"tell\"]
quiet = \"22:00-07:00\"

[[credentials]]  # ~/.config/chutes-top/config.toml line 6
label = \"work\"
key_command = [\"touch\"]

[[credentials]]  # ~/.config/chutes-top/config.toml line 9
label = \"b\"
key_env = \"B\"
";
    assert_eq!((checked.code, checked.out.as_str()), (0, expected));
    let notice = "chutes-top: notice: ~/.config/chutes-top/config.toml line 2: colour is no setting and was left out\n";
    assert_eq!(checked.err, notice);
}

#[rstest]
#[case::settings(&["config", "init"], "")]
#[case::key(&["credentials", "add", "work"], KEY)]
fn what_is_made_in_a_new_home_is_for_its_owner_only(#[case] args: &[&str], #[case] stdin: &str) {
    let home = Home::new();
    assert_eq!(home.run(args, stdin, &[]).code, 0);
    for made in [".config", ".config/chutes-top"] {
        assert_eq!(fs::metadata(home.0.path().join(made)).unwrap().permissions().mode() & 0o777, 0o700, "{made}");
    }
}

#[test]
fn a_file_in_the_place_of_a_directory_is_said() {
    let home = Home::new();
    fs::write(home.0.path().join(".config"), "").unwrap();
    let ended = home.says(&["config", "init"]);
    let expected = "chutes-top: ~/.config/chutes-top/config.toml: cannot be written: not a directory\n";
    assert_eq!((ended.code, ended.err.as_str()), (1, expected));
}

#[rstest]
#[case::check(&["config", "check"])]
#[case::snapshot(&["snapshot"])]
#[case::credentials(&["credentials", "list"])]
#[case::dashboard(&[])]
fn a_wrong_value_ends_every_command_with_its_place(#[case] args: &[&str]) {
    let home = Home::new();
    fs::create_dir_all(home.path("")).unwrap();
    fs::write(home.path("config.toml"), "\n\ninterval = 5\n").unwrap();
    let ended = home.says(args);
    let expected = "chutes-top: ~/.config/chutes-top/config.toml line 3: interval: shorter than 30s: the server bans addresses that ask too often\n";
    assert_eq!((ended.code, ended.err.as_str()), (2, expected));
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let ended = Home::new().says(&["--config", "none.toml", "snapshot"]);
    let expected = "chutes-top: none.toml: no such file; `chutes-top config init` writes one\n";
    assert_eq!((ended.code, ended.err.as_str()), (2, expected));
}

#[rstest]
#[case::bash("bash", "complete -F")]
#[case::zsh("zsh", "#compdef chutes-top")]
#[case::fish("fish", "complete -c chutes-top")]
fn completions_are_of_the_shell(#[case] shell: &str, #[case] part: &str) {
    let ended = Home::new().says(&["completions", shell]);
    assert!(ended.code == 0 && ended.out.contains(part) && ended.out.contains("max-requests-per-minute"));
    assert_eq!(ended.err, "");
}

#[rstest]
#[case::command("sna", "snapshot")]
#[case::value("status --format wa", "waybar")]
#[case::flag("run --mi", "--min")]
#[case::below("credentials add --re", "--replace")]
fn bash_completes(#[case] line: &str, #[case] expected: &str) {
    let script = r#"source /dev/stdin
        COMP_WORDS=(chutes-top $1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _chutes__top chutes-top "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}""#;
    let completions = Home::new().says(&["completions", "bash"]).out;
    let mut bash = assert_cmd::Command::new("bash");
    let output = bash.args(["--norc", "-c", script, "bash", line]).write_stdin(completions).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{expected}\n"));
}

#[test]
fn the_manual_is_a_page_with_every_flag_and_command() {
    let ended = Home::new().says(&["man"]);
    assert!(ended.code == 0 && ended.out.contains(".TH chutes-top 1 \"\" \"chutes-top "), "{}", ended.out);
    for part in [
        "\\-\\-interval",
        "\\-\\-config",
        ".SS \"chutes\\-top credentials add\"",
        "\\-\\-replace",
        "\\-\\-since",
        "CHUTES_API_KEY_<NAME>",
    ] {
        assert!(ended.out.contains(part), "{part} is missing: {}", ended.out);
    }
}

/// Answers each request of a server that knows [`KEY`].
fn server() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines: Vec<String> =
                BufReader::new(&stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            assert!(lines.first().unwrap().starts_with("GET /users/me/quota_usage/me "), "{lines:?}");
            let (status, body) = if lines.iter().any(|line| line.ends_with(KEY)) {
                ("200 OK", r#"{"quota":300,"used":12.5}"#)
            } else {
                ("401 Unauthorized", r#"{"detail":"Invalid token or user not found"}"#)
            };
            write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                .unwrap();
        }
    });
    url
}

#[test]
fn a_key_is_added_listed_tested_used_and_removed() {
    let (home, url) = (Home::new(), server());
    let added = home.run(&["credentials", "add", "Work"], &format!("  {KEY}\n"), &[]);
    assert_eq!((added.code, added.out.as_str()), (0, "work: kept in ~/.config/chutes-top/credentials\n"));
    assert!(
        added.err.ends_with("the key is kept in ~/.config/chutes-top/credentials, which only you can read\n"),
        "{}",
        added.err
    );
    assert_eq!(fs::metadata(home.path("credentials")).unwrap().permissions().mode() & 0o777, 0o600);

    let again = home.run(&["credentials", "add", "work"], "cpk_other.key", &[]);
    assert_eq!(
        (again.code, again.err.as_str()),
        (2, "chutes-top: work: is there already; --replace puts a new key in its place\n")
    );
    assert_eq!(home.run(&["credentials", "add", "bad", "--file"], "cpk_not.known", &[]).code, 0);

    let listed = home.run(&["credentials", "list"], "", &[("CHUTES_API_KEY_2", "cpk_of.shell")]);
    let expected = "LABEL  KEY        FROM
2      -          CHUTES_API_KEY_2
bad    -          ~/.config/chutes-top/credentials
work   cpk_0123…  ~/.config/chutes-top/credentials
";
    assert_eq!((listed.code, listed.out.as_str(), listed.err.as_str()), (0, expected, ""));

    let at = [("CHUTES_API_URL", url.as_str())];
    let tested = home.run(&["credentials", "test"], "", &at);
    let expected = "LABEL  RESULT
bad    unknown, revoked or restricted key (401) (a restricted one can never read account data): Invalid token or user not found
work   ok: 12.5 / 300
";
    assert_eq!((tested.code, tested.out.as_str()), (1, expected));
    let one = home.run(&["credentials", "test", "WORK"], "", &at);
    assert_eq!((one.code, one.out.as_str()), (0, "LABEL  RESULT\nwork   ok: 12.5 / 300\n"));
    let none = home.run(&["credentials", "test", "nobody"], "", &at);
    assert_eq!((none.code, none.err.as_str()), (2, "chutes-top: no credential has that label; there are bad, work\n"));

    let removed = home.says(&["credentials", "remove", "work"]);
    assert_eq!((removed.code, removed.out.as_str()), (0, "work: forgotten\n"));
    assert!(!fs::read_to_string(home.path("credentials")).unwrap().contains("Secret"));
    let twice = home.says(&["credentials", "remove", "work"]);
    assert_eq!(twice.code, 2);
    assert!(twice.err.starts_with("chutes-top: work: was not added; "), "{}", twice.err);
}

#[rstest]
#[case::empty(&["credentials", "add", "work"], "\n", "the key is empty: nothing was kept")]
#[case::two(&["credentials", "add", "work"], "cpk_a.b cpk_c.d", "the key has blanks inside, so it is no key: nothing was kept")]
#[case::endless(&["credentials", "add", "work"], &"x".repeat(100_000), "the key cannot be read: it is longer than any key")]
#[case::key_as_label(&["credentials", "add", KEY], "x", "expected a label of letters, digits, _, - and . (1 to 64), not a key")]
#[case::key_as_argument(&["credentials", "add", "work", KEY], "", "unexpected argument '…' found; see chutes-top --help")]
fn what_is_no_key_is_not_kept_and_not_repeated(#[case] args: &[&str], #[case] stdin: &str, #[case] expected: &str) {
    let home = Home::new();
    let ended = home.run(args, stdin, &[]);
    assert_eq!((ended.code, ended.err), (2, format!("chutes-top: {expected}\n")));
    assert!(!home.path("credentials").exists());
}

#[test]
fn a_variable_that_wins_is_said() {
    let home = Home::new();
    let ended = home.run(&["credentials", "add", "work", "--file"], KEY, &[("CHUTES_API_KEY_WORK", "cpk_of.shell")]);
    assert_eq!(ended.err, "chutes-top: notice: CHUTES_API_KEY_WORK is set in the environment, and wins\n");
}

#[test]
fn what_counts_as_low_holds_in_the_demo_too() {
    let home = Home::new();
    fs::create_dir_all(home.path("")).unwrap();
    let check = |levels: &str| {
        fs::write(home.path("config.toml"), levels).unwrap();
        home.says(&["check", "--demo", "--only", "lab"])
    };
    let usual = check("");
    assert!(usual.out.contains(";20:;5:;"), "{}", usual.out);
    // What is left depends on the time of day, but never is it all.
    let all = check("low = '100%'\n");
    assert!(all.code > 0 && all.out.contains(";100:;5:;"), "{}", all.out);
    let own = check("[[credentials]]\nlabel = 'lab'\nkey_env = 'NONE'\nlow = '90%'\ncritical = '90%'\n");
    assert!(own.out.contains(";90:;90:;"), "{}", own.out);
}
