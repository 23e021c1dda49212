use std::io;

use pretty_assertions::assert_eq;

use super::*;

/// Fails every write with this.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn report_to(mut out: impl Write, outcome: Outcome) -> (Outcome, String) {
    let mut err = Vec::new();
    let ended = Console { out: &mut out, err: &mut err }.report("text\n", outcome);
    (ended, String::from_utf8(err).unwrap())
}

#[test]
fn a_reader_that_has_gone_away_changes_nothing() {
    for outcome in [Outcome::Success, Outcome::Failed] {
        assert_eq!(report_to(Broken(io::ErrorKind::BrokenPipe), outcome), (outcome, String::new()));
    }
}

#[test]
fn a_full_disk_is_said_and_is_a_failure() {
    let (outcome, said) = report_to(Broken(io::ErrorKind::StorageFull), Outcome::Success);
    assert_eq!(outcome, Outcome::Failed);
    assert!(said.starts_with("chutes-top: the report cannot be written: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn nobody_to_complain_to_is_no_reason_to_stop() {
    let mut out = Vec::new();
    let mut console = Console { out: &mut out, err: &mut Broken(io::ErrorKind::BrokenPipe) };
    console.notices(&["a".to_owned()]);
    console.error("b");
    assert_eq!(console.report("text\n", Outcome::Success), Outcome::Success);
    assert_eq!(out, b"text\n");
}

#[test]
fn exit_codes_are_a_promise() {
    assert_eq!([Outcome::Success, Outcome::Failed, Outcome::Usage].map(Outcome::code), [0, 1, 2]);
    let signals = [Outcome::HungUp, Outcome::Interrupted, Outcome::Terminated];
    assert_eq!(signals.map(Outcome::code), [129, 130, 143]);
}
