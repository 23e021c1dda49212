//! The built program with a configuration file that is edited while it runs, and what it keeps for its next start.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "support/echo.rs"]
mod echo;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use rustix::termios::{LocalModes, tcgetattr};
use tempfile::TempDir;
use terminal::{KEY, Session};

/// A directory with a configuration file and a state, and credentials that a closed port is asked for.
struct Files(TempDir);

impl Files {
    fn new(config: &str) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write(config);
        files
    }

    fn write(&self, config: &str) {
        fs::write(self.0.path().join("config.toml"), config).unwrap();
    }

    fn state(&self) -> Option<String> {
        fs::read_to_string(self.0.path().join("chutes-top/state.toml")).ok()
    }

    fn start(&self, more: &[&str]) -> Session {
        let config = self.0.path().join("config.toml");
        let variables = [
            ("CHUTES_API_KEY_ALICE", "cpk_alice.alice"),
            ("CHUTES_API_KEY_BATCH", "cpk_batch.batch"),
            ("XDG_STATE_HOME", self.0.path().to_str().unwrap()),
            ("CHUTES_API_URL", "http://127.0.0.1:1"),
            ("COLORTERM", "truecolor"),
        ];
        Session::start(&[&["--config", config.to_str().unwrap()], more].concat(), &variables)
    }
}

fn quit(mut session: Session) {
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn edits_are_picked_up_and_a_bad_one_changes_nothing() {
    let files = Files::new("filter = 'alice'\n");
    let mut session = files.start(&[]);
    session.wait_for("one row", |screen| screen.contents().contains("alice") && !screen.contents().contains("batch"));
    files.write("filter = 'batch'\nascii = true\n");
    session.wait_for("the other row", |screen| screen.contents().contains("batch"));
    session.wait_for("what waits", |screen| {
        screen.contents().contains("restart chutes-top to apply what was changed: ascii")
    });
    files.write("filter = 'alice'\ninterval = 'often'\n");
    session.wait_for("the reason", |screen| screen.contents().contains("line 2: interval: expected seconds"));
    assert!(session.screen().contents().contains("batch"));
    files.write("interval = '10m'\n");
    session.wait_for("the interval", |screen| screen.contents().contains("polling every 10m"));
    session.wait_for("both rows", |screen| screen.contents().contains("alice") && screen.contents().contains("batch"));
    quit(session);
    assert_eq!(files.state(), None, "nothing was changed in the dashboard");
}

#[test]
fn what_was_changed_is_there_at_the_next_start_and_only_its_owner_can_read_it() {
    let files = Files::new("");
    let mut session = files.start(&[]);
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    session.press("vsS+/alice\r");
    session.wait_for("the filter", |screen| !screen.contents().contains("batch"));
    quit(session);
    let expected = "interval = 600\nsort = \"name\"\nreverse = true\nfilter = \"alice\"\nlayout = \"compact\"\n";
    let state = files.state().unwrap();
    assert!(state.ends_with(expected), "{state}");
    let mode = fs::metadata(files.0.path().join("chutes-top/state.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut session = files.start(&[]);
    session
        .wait_for("the filter", |screen| screen.contents().contains("alice") && !screen.contents().contains("batch"));
    session.press("\x1b");
    session.wait_for("both rows", |screen| screen.contents().contains("batch"));
    let text = session.screen().contents();
    assert!(text.find("batch") < text.find("alice"), "{text}");
    quit(session);
    assert!(files.state().unwrap().ends_with("filter = \"\"\nlayout = \"compact\"\n"));

    // The configuration wins; and without a history nothing is written.
    files.write("sort = 'configured'\n");
    let mut session = files.start(&["--no-history"]);
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    let text = session.screen().contents();
    assert!(text.find("alice") < text.find("batch"), "{text}");
    let before = files.state();
    session.press("s-");
    session.wait_for("the interval", |screen| screen.contents().contains("polling every 5m"));
    quit(session);
    assert_eq!(files.state(), before);
}

#[test]
fn a_theme_fills_the_screen_is_kept_and_follows_the_file() {
    let files = Files::new("[themes.mine]\nbackground = '#102030'\n");
    let is_all = |screen: &vt100::Screen, colour| {
        let (rows, columns) = screen.size();
        let cells = || (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        cells().all(|(row, column)| screen.cell(row, column).is_some_and(|cell| cell.bgcolor() == colour))
    };
    let latte = vt100::Color::Rgb(0xef, 0xf1, 0xf5);
    let mut session = files.start(&[]);
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    session.press("t");
    session
        .wait_for("the theme", |screen| screen.contents().contains("theme: catppuccin-latte") && is_all(screen, latte));
    quit(session);
    assert!(files.state().unwrap().ends_with("theme = \"catppuccin-latte\"\n"));

    let mut session = files.start(&[]);
    session.wait_for("the theme", |screen| screen.contents().contains("batch") && is_all(screen, latte));
    files.write("theme = 'mine'\n[themes.mine]\nbackground = '#102030'\n");
    session.wait_for("mine", |screen| is_all(screen, vt100::Color::Rgb(0x10, 0x20, 0x30)));
    files.write("theme = 'mine'\n[themes.mine]\nbackground = '#203040'\n");
    session.wait_for("the edit", |screen| is_all(screen, vt100::Color::Rgb(0x20, 0x30, 0x40)));
    quit(session);
}

#[test]
fn a_key_that_is_typed_is_not_shown() {
    let mut session =
        Session::start(&["credentials", "add", "work"], &[("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")]);
    session.wait_for("the question", |screen| screen.contents().contains("Key of work"));
    assert!(!tcgetattr(session.pty()).unwrap().local_modes.contains(LocalModes::ECHO), "what is typed now is seen");
    session.press(&format!("{KEY}\r"));
    session.wait_for("the end", |screen| screen.contents().contains("work: kept in"));
    session.ends_clean(0);
    let written = String::from_utf8_lossy(&session.written).into_owned();
    assert!(!written.contains("S3cret"), "{written}");
    let kept = fs::read_to_string(session.home.path().join(".config/chutes-top/credentials")).unwrap();
    assert!(kept.contains(KEY));
}

#[test]
fn a_key_that_is_given_up_leaves_the_terminal_as_it_was() {
    for (keys, code, said) in [("cpk\u{3}", 130, ""), ("\u{4}", 2, "the key is empty: nothing was kept")] {
        let mut session = Session::start(&["credentials", "add", "work"], &[]);
        session.wait_for("the question", |screen| screen.contents().contains("Key of work"));
        session.press(keys);
        session.ends_clean(code);
        let text = session.screen().contents();
        assert!(text.contains(said) && !text.contains("cpk"), "{text}");
    }
}

#[test]
fn a_key_that_could_not_be_had_is_looked_for_again_with_all_others() {
    let table = |label: &str, command: &str| format!("[[credentials]]\nlabel = '{label}'\nkey_command = {command}\n");
    let files = Files::new("");
    let key = files.0.path().join("key-of-dave");
    let late = format!("['cat', '{}']", key.display());
    files.write(&(table("carol", "['echo', 'cpk_carol.made.up']") + &table("dave", &late)));
    let mut session = files.start(&[]);
    session.wait_for("the rows", |screen| screen.contents().contains("carol"));
    assert!(!session.screen().contents().contains("dave  "), "{}", session.screen().contents());
    fs::write(key, "cpk_dave.made.up").unwrap();
    session.press("R");
    session.wait_for("the new row", |screen| screen.contents().contains("dave  "));
    quit(session);
}

/// The sign turns at once, without a new answer or a new worker, and a bad edit leaves it. What an edit makes low rings once.
#[test]
fn thresholds_alone_are_edited_while_it_runs() {
    let (files, server) = (Files::new(""), echo::Server::start());
    let config = files.0.path().join("config.toml");
    let runs = files.0.path().join("runs");
    // Who looks for the keys anew, which a new worker is begun with, runs this too.
    let print = format!("echo >> {}; echo {}", runs.display(), echo::KEYS[0].1);
    let table = format!("[[credentials]]\nlabel = 'fine'\nkey_command = ['sh', '-c', '{print}']\n");
    let write = |levels: &str, own: &str| files.write(&format!("{levels}{table}{own}[alerts]\nbell = true\n"));
    let bells = |session: &Session| String::from_utf8_lossy(&session.written).matches('\u{7}').count();
    write("", "");
    let variables = [("CHUTES_API_URL", server.url.as_str())];
    let mut session = Session::start(&["--config", config.to_str().unwrap()], &variables);
    let has_sign = |sign: char| {
        move |screen: &vt100::Screen| {
            screen.contents().lines().any(|line| line.contains("fine") && line.contains(sign) && line.contains("4 %"))
        }
    };
    session.wait_for("little left", has_sign('\u{203c}'));
    write("critical = '4%'\n", "");
    session.wait_for("low", has_sign('\u{25b2}'));
    write("critical = '40%'\nlow = '30%'\n", "");
    session.wait_for("the reason", |screen| screen.contents().contains("critical: 40% is above low"));
    assert!(has_sign('\u{25b2}')(session.screen()));
    write("low = '4%'\n", "");
    session.wait_for("enough", has_sign('\u{25cf}'));
    assert_eq!(bells(&session), 0, "it was low from the start, and is ever less so");
    write("low = '4%'\n", "low = 20\ncritical = 1\n");
    session.wait_for("low of its own", has_sign('\u{25b2}'));
    assert_eq!(bells(&session), 1);
    quit(session);
    assert_eq!(fs::read_to_string(runs).unwrap(), "\n", "the keys are those that there were");
}

#[test]
fn credentials_come_and_go_with_the_file_while_the_others_stay() {
    let files = Files::new("");
    let mut session = files.start(&[]);
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    session.press("j");
    let table = |label: &str, key: &str| {
        format!("[[credentials]]\nlabel = '{label}'\nkey_command = ['echo', 'cpk_{key}.made.up']\n")
    };
    files.write(&(table("carol", "carol") + &table("dave", "dave")));
    session
        .wait_for("the new rows", |screen| screen.contents().contains("carol") && screen.contents().contains("dave"));
    let is_selected = |screen: &vt100::Screen, label: &str| {
        screen.contents().lines().any(|line| line.contains(label) && line.trim_start().starts_with('▌'))
    };
    assert!(is_selected(session.screen(), "batch"), "{}", session.screen().contents());
    // A bad edit keeps them all; a key that cannot be had keeps its own.
    files.write(&(table("carol", "carol") + "[[credentials]]\nlabel = 'dave'\nkeyfile = 'x'\n"));
    session.wait_for("the reason", |screen| screen.contents().contains("expected one of key_env"));
    assert!(session.screen().contents().contains("dave"));
    files.write(&format!("[[credentials]]\nlabel = 'dave'\nkey_command = ['false']\n{}", table("caroline", "carol")));
    session.wait_for("the new name", |screen| screen.contents().contains("caroline"));
    session.wait_for("dave", |screen| {
        let said = "dave: goes on with the key that it had; key_command: the program failed";
        screen.contents().contains(said)
    });
    let rows = session.screen().contents();
    assert!(rows.find(" dave ") < rows.find(" caroline "), "{rows}");
    files.write("");
    session.wait_for("the others", |screen| {
        let rows = screen.contents();
        rows.contains("alice")
            && !rows.lines().any(|line| line.trim_start_matches(['▌', ' ', '✕', '◌']).starts_with("carol"))
    });
    assert!(is_selected(session.screen(), "batch"), "{}", session.screen().contents());
    quit(session);
}

#[test]
fn the_quick_filter_is_there_at_the_next_start() {
    let files = Files::new("");
    let mut session = files.start(&[]);
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    session.press("f");
    session.wait_for("none of them", |screen| !screen.contents().contains("batch"));
    quit(session);
    assert!(files.state().unwrap().ends_with("quick = \"low\"\n"));
    let mut session = files.start(&[]);
    session.wait_for("the filter", |screen| screen.contents().contains("only low"));
    session.press("fff");
    session.wait_for("the rows", |screen| screen.contents().contains("batch"));
    quit(session);
    assert!(files.state().unwrap().ends_with("quick = \"all\"\n"));
}

/// Passes on to the server at `url` what it is sent, but holds back what has this key in it until the other end of the
/// channel is dropped. Gives its own address.
fn gate(url: &str, key: &'static str, opened: mpsc::Receiver<()>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (server, opened) = (url.trim_start_matches("http://").to_owned(), Arc::new(Mutex::new(opened)));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, mut server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let opened = Arc::clone(&opened);
            thread::spawn(move || std::io::copy(&mut answers, &mut back));
            thread::spawn(move || {
                let mut bytes = [0; 8192];
                while let Some(sent) = client.read(&mut bytes).ok().filter(|count| *count > 0) {
                    let sent = bytes.get(..sent).unwrap();
                    if sent.windows(key.len()).any(|piece| piece == key.as_bytes()) {
                        let _it_is_open = opened.lock().unwrap().recv();
                    }
                    server.write_all(sent).unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn a_first_key_that_is_tested_while_the_file_is_edited_is_said_to_be_kept_and_has_its_row() {
    let (files, server) = (Files::new(""), echo::Server::start());
    let (open, opened) = mpsc::channel();
    let url = gate(&server.url, echo::KEYS[0].1, opened);
    let config = files.0.path().join("config.toml");
    let mut session = Session::start(&["--config", config.to_str().unwrap()], &[("CHUTES_API_URL", &url)]);
    session.wait_for("the first screen", |screen| screen.contents().contains("No Chutes API key is set"));
    session.press(&format!("\x1b[200~{}\x1b[201~", echo::KEYS[0].1));
    session.wait_for("the key", |screen| screen.contents().contains("not shown"));
    session.press("\r");
    session.wait_for("the test", |screen| screen.contents().contains("asking the server"));
    files.write("[[credentials]]\nlabel = 'carol'\nkey_command = ['echo', 'cpk_carol.made.up']\n");
    session.wait_for("the row of the file", |screen| screen.contents().contains("carol"));
    drop(open);
    session.wait_for("the notice", |screen| screen.contents().contains("default: kept in "));
    session.wait_for("both rows", |screen| {
        let has_row = |name: &str| screen.contents().lines().any(|line| line.contains(name) && line.contains("4 %"));
        has_row("carol") && has_row("default")
    });
    let screen = session.screen().contents();
    // Whole, within 80 columns.
    assert!(screen.lines().any(|line| line.trim() == "default: kept in ~/.config/chutes-top/credentials"), "{screen}");
    quit(session);
}
