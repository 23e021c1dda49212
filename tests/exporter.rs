//! `chutes-top exporter` as a shell and a network see it. `tests/prometheus.sh` has a real Prometheus scrape it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "support/running.rs"]
mod running;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use assert_cmd::Command;
use pretty_assertions::assert_eq;
use rstest::rstest;
use rustix::process::Signal;

use running::{Running, request, scrape, scrape_until};

fn ends_at_once(args: &[&str]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chutes-top"));
    let output = command.env_clear().env("HOME", home.path()).arg("exporter").args(args).output().unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_demo_can_be_scraped_until_it_is_stopped() {
    let (exporter, address) = Running::exporter(&["--demo"], &[]);
    let metrics = scrape_until(&address, |metrics| metrics.matches("chutes_credential_up{").count() == 14);
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    assert!(metrics.contains(r#"chutes_credential_up{credential="bob",account="acfffa4e"} 0.0"#), "{metrics}");
    assert!(metrics.contains(r#"chutes_quota_limit_requests{credential="work",account="ac01fa4e"} 2000.0"#));
    assert!(!metrics.contains("demo_"), "a label holds a user's name");
    exporter.signal(Signal::TERM);
    let (status, said) = exporter.end();
    assert_eq!((status.code(), said.as_str()), (Some(143), ""));
}

#[test]
fn a_stop_ends_what_is_idle_and_refuses_what_is_new() {
    let (exporter, address) = Running::exporter(&["--demo"], &[]);
    let mut idle = TcpStream::connect(&address).unwrap();
    scrape(&address);
    exporter.signal(Signal::INT);
    let (status, said) = exporter.end();
    assert_eq!((status.code(), said.as_str()), (Some(130), ""));
    assert_eq!(idle.read(&mut [0; 8]).unwrap_or(0), 0);
    assert!(TcpStream::connect(&address).is_err());
}

#[rstest]
#[case::post("POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", "405")]
#[case::elsewhere("GET /secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404")]
#[case::no_http("nonsense\r\n\r\n", "400")]
fn what_is_no_scrape_is_refused(#[case] text: &str, #[case] status: &str) {
    let (_exporter, address) = Running::exporter(&["--demo"], &[]);
    let answer = request(&address, text);
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
}

#[test]
fn an_endless_head_and_many_idle_connections_do_no_harm() {
    let (_exporter, address) = Running::exporter(&["--demo"], &[]);
    let long = format!("GET /metrics HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    let mut stream = TcpStream::connect(&address).unwrap();
    // It is cut off in the middle.
    let _ = stream.write_all(long.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    let idle: Vec<TcpStream> = (0..31).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert!(scrape(&address).starts_with("HTTP/1.1 200"));
    drop(idle);
}

#[test]
fn half_a_request_of_everyone_else_keeps_nobody_out() {
    let (_exporter, address) = Running::exporter(&["--demo"], &[]);
    let halves: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET /met").unwrap();
            stream
        })
        .collect();
    assert!(scrape(&address).starts_with("HTTP/1.1 200"));
    drop(halves);
}

#[test]
fn head_has_no_body() {
    let (_exporter, address) = Running::exporter(&["--demo"], &[]);
    let answer = request(&address, "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn a_busy_port_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = ends_at_once(&["--demo", "--listen", &address]);
    assert_eq!(code, 2);
    let start = format!("chutes-top: --listen {address}: ");
    assert!(said.starts_with(&start) && said.contains("in use") && said.lines().count() == 1, "{said}");
}

#[rstest]
#[case::no_address(&["--demo", "--listen", "nonsense"], "invalid value 'nonsense' for '--listen <ADDRESS:PORT>'")]
#[case::no_port(&["--demo", "--listen", "127.0.0.1"], "invalid value '127.0.0.1' for '--listen <ADDRESS:PORT>'")]
#[case::no_keys(&["--listen", "127.0.0.1:0"], "no credentials: ")]
fn what_cannot_be_is_said_in_one_line(#[case] args: &[&str], #[case] expected: &str) {
    let (code, said) = ends_at_once(args);
    assert_eq!(code, 2);
    assert!(said.starts_with(&format!("chutes-top: {expected}")) && said.lines().count() == 1, "{said}");
}

#[test]
fn whoever_listens_to_the_world_is_told_so() {
    let mut exporter = Running::start(&["exporter", "--demo", "--listen", "0.0.0.0:0"], &[]);
    let (place, warning) = (exporter.complaint(), exporter.complaint());
    assert!(place.starts_with("chutes-top: notice: metrics at http://0.0.0.0:"), "{place}");
    assert!(warning.contains("anyone who can reach this address can read"), "{warning}");
}
