use pretty_assertions::assert_eq;

use super::*;
use crate::domain::account::Account;
use crate::domain::usage::part::PartAnswer;
use crate::report::status::{Bar, status};

fn line(usage: &UsageManager, bar: Bar) -> String {
    status(usage, bar, now(), false).unwrap()
}

/// Keys with enough, hardly anything and nothing, one without a limit and one that was never answered.
fn some() -> UsageManager {
    let mut usage = manager(&[&["work"], &["#batch"], &["<alice>"], &["free"], &["bob"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(740.0))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(5000), Some(4321.7))));
    answered(&mut usage, 2, Ok(read(Quota::Finite(300), Some(300.9))));
    answered(&mut usage, 3, Ok(read(Quota::Unlimited, Some(0.0))));
    usage
}

#[test]
fn each_bar_has_its_form() {
    insta::assert_snapshot!(line(&some(), Bar::Plain), @"chutes ■ <alice> 0 % · ▲ #batch 13 % · 2 ok · 1 not known · reset 6h 21m");
    insta::assert_snapshot!(line(&some(), Bar::Tmux), @"chutes #[fg=red]■ <alice> 0 %#[default] · #[fg=yellow]▲ ##batch 13 %#[default] · 2 ok · 1 not known · reset 6h 21m");
    insta::assert_snapshot!(line(&some(), Bar::Starship), @"■ <alice> 0 %");
    insta::assert_snapshot!(line(&some(), Bar::Waybar), @r#"{"text":"■ &lt;alice&gt; 0 %","tooltip":"chutes ■ &lt;alice&gt; 0 % · ▲ #batch 13 % · 2 ok · 1 not known · reset 6h 21m\n\n■ &lt;alice&gt; 0 %\n▲ #batch 13 %\n● work 63 %\n● free","class":["exhausted"],"percentage":0}"#);
    insta::assert_snapshot!(line(&some(), Bar::Json), @r#"{"schema":1,"text":"chutes ■ <alice> 0 % · ▲ #batch 13 % · 2 ok · 1 not known · reset 6h 21m","class":"exhausted","identifier":"<alice>","remaining_fraction":0.0,"keys":5,"known":4,"remaining":1938.3,"quota":7300,"reset_at":"2026-11-24T00:00:00Z","fetched_at":"2026-11-23T17:38:20Z","stale":false}"#);
}

#[test]
fn where_all_is_well_the_least_is_told() {
    let mut usage = manager(&[&["work"], &["lab"]]);
    answered(&mut usage, 0, Ok(read(Quota::Finite(2000), Some(740.0))));
    answered(&mut usage, 1, Ok(read(Quota::Finite(2000), Some(40.0))));
    assert_eq!(line(&usage, Bar::Plain), "chutes ● work 63 % · 1 ok · reset 6h 21m\n");
    assert_eq!(status(&usage, Bar::Plain, now(), true).unwrap(), "chutes * work 63 % - 1 ok - reset 6h 21m\n");
}

#[test]
fn an_age_is_told_when_it_is_not_young() {
    let usage = some();
    let later = at("2026-11-23T17:50:30Z");
    let plain = status(&usage, Bar::Plain, later, false).unwrap();
    assert!(plain.ends_with(" · reset 6h 9m · 12m ago\n"), "{plain}");
    assert_eq!(status(&usage, Bar::Starship, later, false).unwrap(), "■ <alice> 0 % (12m ago)\n");
    assert!(status(&usage, Bar::Waybar, later, false).unwrap().contains(r#""class":["exhausted","stale"]"#));
    // After the reset what was left is not told as what is.
    let tomorrow = status(&usage, Bar::Plain, at("2026-11-24T00:10:00Z"), false).unwrap();
    assert!(tomorrow.starts_with("chutes ? ") && !tomorrow.contains('%'), "{tomorrow}");
}

#[test]
fn what_is_old_beside_what_is_not_says_so() {
    let mut usage = some();
    let later = at("2026-11-23T17:50:30Z");
    let young = Snapshot::new(QuotaUsage::new(Quota::Unlimited, Some(0.0)), later, later);
    let (id, interval) = (CredentialId::new(3), Duration::from_mins(5));
    usage.apply(Update::Answered { id, result: Ok(young), at: later, next_refresh: None, interval });
    let plain = status(&usage, Bar::Plain, later, false).unwrap();
    let told = "chutes ■ <alice> 0 % stale · ▲ #batch 13 % stale · 1 ok · 1 stale · 1 not known · reset 6h 9m\n";
    assert_eq!(plain, told);
    let waybar = status(&usage, Bar::Waybar, later, false).unwrap();
    assert!(waybar.contains(r#""class":["exhausted","stale"]"#), "{waybar}");
}

#[test]
fn a_key_of_which_every_request_is_refused_is_not_ok() {
    let mut usage = manager(&[&["broke"], &["card"]]);
    for (index, balance) in [(0, 0.0), (1, 7.35)] {
        answered(&mut usage, index, Ok(read(Quota::Finite(0), Some(0.0))));
        let answer = PartAnswer::Account(Account::new(None, None, Some(balance), 0));
        usage.apply(Update::Part { id: CredentialId::new(index), result: Ok(answer), at: now() });
    }
    assert_eq!(line(&usage, Bar::Plain), "chutes ■ broke · 1 ok · reset 6h 21m\n");
}

#[test]
fn what_cannot_be_read_is_told() {
    let refused = || Failure::new(FailureKind::Unauthorized, "Invalid token").with_status(401);
    let mut usage = manager(&[&["<#work>"], &["b"], &["c"]]);
    answered(&mut usage, 0, Err(refused()));
    answered(&mut usage, 1, Err(refused()));
    assert_eq!(line(&usage, Bar::Plain), "chutes ✕ <#work>: key refused (401), 1 more failed\n");
    assert_eq!(line(&usage, Bar::Tmux), "chutes ✕ <##work>: key refused (401), 1 more failed\n");
    assert_eq!(line(&usage, Bar::Starship), "✕ <#work>\n");
    insta::assert_snapshot!(line(&usage, Bar::Waybar), @r#"{"text":"✕ &lt;#work&gt;","tooltip":"chutes ✕ &lt;#work&gt;: key refused (401), 1 more failed\n\n✕ &lt;#work&gt;: key refused (401)\n✕ b: key refused (401)","class":["unknown"],"percentage":null}"#);
    // Numbers that there are come first.
    answered(&mut usage, 2, Ok(read(Quota::Finite(2000), Some(740.0))));
    assert_eq!(line(&usage, Bar::Plain), "chutes ● c 63 % · 2 failed · reset 6h 21m\n");
    // A number of just before its failure is a number.
    answered(&mut usage, 2, Err(refused()));
    assert_eq!(line(&usage, Bar::Plain), "chutes ● c 63 % · 2 failed · reset 6h 21m\n");
}

#[test]
fn where_nothing_is_known_that_is_told() {
    let usage = manager(&[&["work"]]);
    assert_eq!(line(&usage, Bar::Plain), "chutes ? nothing known yet\n");
    assert_eq!(line(&usage, Bar::Starship), "chutes ?\n");
    assert!(line(&usage, Bar::Waybar).contains(
        r#"{"text":"chutes ?","tooltip":"chutes ? nothing known yet","class":["unknown"],"percentage":null}"#
    ));
    assert!(line(&usage, Bar::Json).contains(r#""fetched_at":null,"stale":false"#));
}
