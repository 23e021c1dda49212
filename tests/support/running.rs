//! A command of the built program that runs until it is stopped.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests: to fail is their job, and a real program needs a real deadline"
)]
#![allow(dead_code, unreachable_pub, reason = "shared by tests, each of which is a crate and uses a part")]

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long the program may take for anything; a machine under load is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Running {
    pub child: Child,
    pub out: Option<BufReader<ChildStdout>>,
    pub err: BufReader<ChildStderr>,
    pub home: TempDir,
}

impl Running {
    /// Starts it in an environment that holds nothing but these variables and an empty home.
    pub fn start(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_chutes-top"))
            .args(args)
            .env_clear()
            .env("HOME", home.path())
            .current_dir(home.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(BufReader::new);
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err, home }
    }

    /// An exporter on a port that the system picks, and its address.
    pub fn exporter(args: &[&str], variables: &[(&str, &str)]) -> (Self, String) {
        let args: Vec<&str> = ["exporter", "--listen", "127.0.0.1:0"].iter().chain(args).copied().collect();
        let mut running = Self::start(&args, variables);
        let said = running.complaint();
        let Some((_, address)) = said.split_once("metrics at http://") else { panic!("it said {said:?}") };
        let address = address.trim_end().trim_end_matches("/metrics").to_owned();
        (running, address)
    }

    /// The next line of standard output.
    pub fn line(&mut self) -> String {
        line(self.out.as_mut().unwrap())
    }

    /// The next line of standard error.
    pub fn complaint(&mut self) -> String {
        line(&mut self.err)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end, and gives all that was not read yet of both streams.
    pub fn end(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        if let Some(out) = &mut self.out {
            read_to_end(out, &mut rest);
        }
        read_to_end(&mut self.err, &mut rest);
        (self.child.wait().unwrap(), rest)
    }
}

/// The next line; empty at the end.
fn line<R: Read + AsFd>(reader: &mut BufReader<R>) -> String {
    let mut line = String::new();
    if !reader.buffer().contains(&b'\n') {
        wait_for(reader);
    }
    reader.read_line(&mut line).unwrap();
    line
}

/// Takes in everything up to the end of the program, which closes its streams.
fn read_to_end<R: Read + AsFd>(reader: &mut BufReader<R>, text: &mut String) {
    loop {
        let next = line(reader);
        if next.is_empty() {
            return;
        }
        *text += &next;
    }
}

/// Waits until there is something to read, or the end. A program that hangs must not hang the test.
fn wait_for<R: Read + AsFd>(reader: &BufReader<R>) {
    let patience = Timespec { tv_sec: PATIENCE.as_secs().try_into().unwrap(), tv_nsec: 0 };
    let ready = poll(&mut [PollFd::new(reader.get_ref(), PollFlags::IN)], Some(&patience)).unwrap();
    assert!(ready > 0, "nothing came");
}

impl Drop for Running {
    fn drop(&mut self) {
        // Most have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request as it is written, and gives the whole answer.
pub fn request(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that is broken off has said what it had to say.
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// The metrics.
pub fn scrape(address: &str) -> String {
    request(address, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

/// The metrics, once `is_there` holds for them.
pub fn scrape_until(address: &str, is_there: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let metrics = scrape(address);
        if is_there(&metrics) {
            return metrics;
        }
        assert!(began.elapsed() < PATIENCE, "it did not come; there is:\n{metrics}");
        std::thread::yield_now();
    }
}
