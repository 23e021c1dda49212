//! The built program on a pseudo-terminal: what it shows, and that it gives the terminal back.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests: to fail is their job, and a real program needs a real deadline"
)]

#[path = "support/terminal.rs"]
mod terminal;

use std::time::Instant;

use rustix::process::Signal;
use rustix::termios::{OptionalActions, tcsetattr};

use terminal::{COLUMNS, KEY, PATIENCE, PROGRAM, ROWS, Session};

#[test]
fn the_demo_lives_and_q_leaves_it() {
    let mut session = Session::demo();
    session.wait_for("a number", |screen| screen.contents().contains('%'));
    assert!(session.screen().alternate_screen() && session.screen().hide_cursor() && session.is_raw());
    session.press("?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    session.press("\x1b");
    session.wait_for("the list again", |screen| !screen.contents().contains("this help"));
    session.press("j\r");
    session.wait_for("the details", |screen| screen.contents().contains("Esc back"));
    session.press("\x1b");
    session.wait_for("the list again", |screen| screen.contents().contains("filter"));
    session.press("q");
    session.ends_clean(0);
    assert_eq!(session.screen().contents().trim(), "", "something was left on the screen");
}

#[test]
fn a_locale_without_utf8_gets_ascii() {
    let mut session = Session::start(&["--demo"], &[("LANG", "C")]);
    session.wait_for("a gauge", |screen| screen.contents().contains("###"));
    assert!(session.screen().contents().is_ascii(), "{}", session.screen().contents());
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn ctrl_c_as_a_key_leaves() {
    let mut session = Session::demo();
    session.press("\x03");
    session.ends_clean(0);
}

fn listens_to_mouse(screen: &vt100::Screen) -> bool {
    let (mode, encoding) = (screen.mouse_protocol_mode(), screen.mouse_protocol_encoding());
    mode == vt100::MouseProtocolMode::PressRelease && encoding == vt100::MouseProtocolEncoding::Sgr
}

#[test]
fn the_mouse_selects_when_it_is_asked_for_and_is_let_go_on_every_way_out() {
    let mut session = Session::demo();
    assert!(!listens_to_mouse(session.screen()));
    session.press("q");
    session.ends_clean(0);
    let mut session = Session::start(&["--demo", "--mouse", "--layout", "full"], &[]);
    session.wait_for("the demo", |screen| screen.contents().contains("▌●  work") || screen.contents().contains("▌ ●"));
    assert!(listens_to_mouse(session.screen()));
    // The second row of the list, under the header, its rule and the titles.
    session.press("\x1b[<0;10;5M\x1b[<0;10;5m");
    session.wait_for("the second row", |screen| {
        screen.contents().lines().nth(4).is_some_and(|line| line.starts_with('▌') && line.contains("batch"))
    });
    session.press("q");
    session.ends_clean(0);
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut session = Session::start(&["--demo", "--mouse"], &[]);
        session.wait_for("the demo", |screen| screen.contents().contains("DEMO"));
        session.signal(signal);
        session.ends_clean(code);
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_lets_the_mouse_go() {
    let variables = [("CHUTES_TOP_PANIC", "ui"), ("CHUTES_API_KEY", KEY), ("CHUTES_API_URL", "http://127.0.0.1:9")];
    let mut session = Session::start(&["--mouse"], &variables);
    session.ends_clean(101);
    assert!(String::from_utf8_lossy(&session.written).contains("\x1b[?1000h"));
}

#[test]
fn signals_end_it_with_their_codes() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut session = Session::demo();
        session.signal(signal);
        session.ends_clean(code);
    }
}

#[test]
fn a_second_interrupt_changes_nothing() {
    let mut session = Session::demo();
    session.signal(Signal::INT);
    session.signal(Signal::INT);
    session.ends_clean(130);
}

/// This terminal answers nothing, so that whoever asked it would wait.
#[test]
fn the_terminal_is_asked_nothing() {
    let mut session = Session::demo();
    session.press("q");
    session.ends_clean(0);
    let written = String::from_utf8_lossy(&session.written);
    // Where the cursor is, its state, what it is, its keyboard, its size, its strings; its modes and colours.
    let at_start = ["[6n", "[5n", "[c", "[0c", "[>c", "[>0c", "[?u", "[14t", "[18t", "P+q", "P$q"];
    let queries = at_start.map(|query| format!("\x1b{query}"));
    for query in queries.iter().map(String::as_str).chain(["$p", ";?\x07", ";?\x1b\\"]) {
        assert!(!written.contains(query), "{query:?}");
    }
}

#[test]
fn the_title_is_ours_while_it_runs_and_restored_at_the_end() {
    let written = |arguments: &[&str], term: &str| {
        let mut session = Session::start(arguments, &[("TERM", term)]);
        session.wait_for("a number", |screen| screen.contents().contains('%'));
        session.press("x");
        session.wait_for("masked names", |screen| screen.contents().contains("key 1"));
        session.signal(Signal::TERM);
        session.ends_clean(143);
        String::from_utf8_lossy(&session.written).into_owned()
    };
    let (push, set, pop) = ("\x1b[22;0t", "\x1b]2;", "\x1b[23;0t");
    let text = written(&["--demo"], "xterm-256color");
    let places = [push, set, pop].map(|sequence| text.find(sequence).unwrap());
    assert!(places.is_sorted() && text.rfind(set) < text.find(pop), "{places:?}");
    assert!(text.contains("\x1b]2;key "), "the title of masked names is masked");
    for (arguments, term) in [(&["--demo", "--no-title"][..], "xterm"), (&["--demo"], "linux")] {
        let text = written(arguments, term);
        assert!(![push, set, pop].iter().any(|sequence| text.contains(sequence)), "{arguments:?} {term}");
    }
}

#[test]
fn a_megabyte_that_is_pasted_into_the_filter_is_cut() {
    let mut session = Session::demo();
    session.press("/");
    session.wait_for("the filter", |screen| screen.contents().contains("Enter keep"));
    session.press(&format!("\x1b[200~{}\x1b[201~", "nobody ".repeat(150_000)));
    session.wait_for("no match", |screen| screen.contents().contains("0 of 14"));
    session.press("\r");
    session.wait_for("the list", |screen| screen.contents().contains("14 hidden"));
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn a_storm_of_sizes_is_weathered() {
    let mut session = Session::demo();
    for number in 0..200_u16 {
        let size = pty_process::Size::new(1 + number * 37 % 60, 1 + number * 53 % 200);
        session.pty().resize(size).unwrap();
        if number % 10 == 0 {
            session.read();
        }
    }
    session.pty().resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
    session.wait_for("the list", |screen| screen.contents().contains("q quit"));
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn a_closed_terminal_ends_it() {
    let mut session = Session::demo();
    session.terminal = None;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = session.child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < PATIENCE, "it did not notice");
        std::thread::yield_now();
    };
    assert_eq!(status.code(), Some(129));
}

#[test]
fn a_new_size_is_drawn_at_once() {
    let mut session = Session::demo();
    session.pty().resize(pty_process::Size::new(2, 20)).unwrap();
    session.wait_for("that it is too small", |screen| !screen.contents().contains("quit"));
    session.pty().resize(pty_process::Size::new(ROWS, COLUMNS)).unwrap();
    session.wait_for("the list", |screen| screen.contents().contains("quit"));
    session.press("q");
    session.ends_clean(0);
}

/// A key that comes after a change of size was once lost until the next one came.
#[test]
fn a_key_after_a_new_size_is_answered() {
    let mut session = Session::demo();
    session.press("?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    for rows in [ROWS - 1, ROWS, ROWS - 2, ROWS] {
        session.pty().resize(pty_process::Size::new(rows, COLUMNS)).unwrap();
        session.press("\u{1b}");
        session.wait_for("the list", |screen| !screen.contents().contains("this help"));
        session.press("?");
        session.wait_for("the help", |screen| screen.contents().contains("this help"));
    }
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let script =
        format!("set -m; {PROGRAM} --demo --mouse; echo stopped; read line; echo line $line; fg; echo ended $?");
    let mut session = Session::run("/bin/sh", &["-c", &script], &[]);
    session.wait_for("the demo", |screen| screen.contents().contains("DEMO"));
    session.press("\x1a");
    session.wait_for("the shell", |screen| screen.contents().contains("stopped"));
    session.is_restored();
    session.press("q for the shell\n");
    session.wait_for("the demo again", |screen| screen.alternate_screen() && screen.contents().contains("DEMO"));
    assert!(session.is_raw() && session.screen().hide_cursor() && listens_to_mouse(session.screen()));
    session.press("q");
    session.wait_for("the end", |screen| screen.contents().contains("ended 0"));
    session.ends_clean(0);
    let left = session.screen().contents();
    assert!(left.contains("line q for the shell"), "the shell's input was taken away: {left}");
}

#[test]
fn ctrl_z_without_a_shell_does_not_stop_it_for_good() {
    let mut session = Session::demo();
    session.press("\x1a?");
    session.wait_for("the help", |screen| screen.contents().contains("this help"));
    session.press("q");
    session.ends_clean(0);
}

#[test]
fn stopped_and_continued_from_outside_it_takes_the_terminal_over_again() {
    let mut session = Session::demo();
    session.signal(Signal::STOP);
    while session.read() {}
    // What a shell does meanwhile.
    tcsetattr(session.pty(), OptionalActions::Now, &session.before).unwrap();
    session.parser.process(b"\x1b[?1049l\x1b[?25h\x1b[2J");
    session.signal(Signal::CONT);
    session.wait_for("the demo again", |screen| screen.alternate_screen() && screen.contents().contains("DEMO"));
    assert!(session.is_raw() && session.screen().hide_cursor());
    session.press("q");
    session.ends_clean(0);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_is_reported_on_the_restored_terminal_without_any_key() {
    for place in ["ui", "worker", "client", "history", "input"] {
        // Port 9 of loopback refuses; nothing leaves this machine.
        let variables =
            [("CHUTES_TOP_PANIC", place), ("CHUTES_API_KEY", KEY), ("CHUTES_API_URL", "http://127.0.0.1:9")];
        let mut session = Session::start(&[], &variables);
        session.ends_clean(101);
        let report = session.screen().contents();
        assert!(report.contains(&format!("asked to panic in the {place}")), "{report}");
        let file = if place == "history" { "thread.rs" } else { "panics.rs" };
        assert!(report.contains(file), "no place: {report}");
        assert!(!report.contains("S3cret") && !report.contains("456789"), "a key got out: {report}");
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(PROGRAM)
        .env_clear()
        .env("CHUTES_API_KEY", KEY)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("terminal") && said.lines().count() == 1, "{said}");
    assert!(output.stdout.is_empty());
}
