//! What is masked is on no screen.

use super::account::{account, accounts, cap, caps, learn};
use super::*;
use crate::app::Effect;
use crate::domain::account::Account;
use crate::domain::usage::part::PartAnswer;

/// Words that are nowhere else: labels, a user name, the ids of users, balances, what a notice and a server say.
const SECRETS: [&str; 9] = ["zebra", "okapi", "quokka", "feed1234", "cafe4321", "77.31", "5.02", "tapir", "cpk_ab12"];

/// Two credentials of one account and one of another, of which the server said something when it failed.
fn named() -> App {
    let mut app = accounts(&[("zebra", 0xfeed_1234), ("okapi", 0xfeed_1234), ("okapi-two", 0xcafe_4321)]);
    for (index, balance) in [(0, 77.31), (1, 77.31), (2, -5.02)] {
        answer(&mut app, index, Quota::Finite(300), Some(300.9), 20);
        let user = Some("feed1234-0000-4000-8000-000000000000");
        learn(&mut app, index, PartAnswer::Account(Account::new(user, Some("quokka"), Some(balance), 0)));
        caps(&mut app, index, Some(cap(0.25, 4.0, None)), None);
    }
    account(&mut app, 2, Some(-5.02), 0);
    fail(&mut app, 2, Failure::new(FailureKind::Other, "user tapir is not known").with_status(418), 5, Some(600));
    let _ = app.update(Message::Notice("CHUTES_API_KEY_TAPIR is empty: skipped; tapir".to_owned()), now());
    app
}

/// Everything that can be put on the screen, at sizes of every layout.
fn all_screens(app: &mut App) -> String {
    let mut all = String::new();
    for size in [(160, 50), (120, 40), (80, 24), (40, 10), (60, 3), (40, 1)] {
        // A filter that is kept; then the list, each credential's details, and the help.
        press(app, "/zebra\n");
        all.push_str(&screen(app, size));
        press(app, "\u{1b}");
        for keys in ["", "uc", "ucg\n", "w", "jjj", "\u{1b}", "G\n", "jjj", "\u{1b}", "?", "GG", "\u{1b}"] {
            press(app, keys);
            all.push_str(&screen(app, size));
        }
    }
    all
}

#[test]
fn nothing_that_is_masked_is_on_any_screen() {
    let mut app = named();
    let open = all_screens(&mut app);
    for secret in SECRETS {
        assert!(open.contains(secret), "{secret} is never shown, so that it proves nothing");
    }
    press(&mut app, "x");
    let masked = all_screens(&mut app);
    for secret in SECRETS {
        assert!(!masked.contains(secret), "{secret} is shown");
    }
    press(&mut app, "x");
    assert_eq!(all_screens(&mut app), open);
}

#[test]
fn a_notice_that_comes_while_names_are_masked_and_a_copied_row_tell_none() {
    let mut app = named();
    press(&mut app, "x");
    let _ = app.update(Message::Notice("tapir again".to_owned()), now());
    assert!(!screen(&mut app, (120, 40)).contains("tapir"));
    let Effect::Copy(row) = app.update(Message::Key(KeyEvent::from(KeyCode::Char('y'))), now()) else {
        panic!("nothing was copied")
    };
    assert!(SECRETS.iter().all(|secret| !row.contains(secret)), "{row}");
}

#[test]
fn it_may_be_masked_from_the_start() {
    let setup = Setup {
        identities: vec![identity(0, "zebra")],
        interval: INTERVAL,
        zone: Zone::Local,
        notices: vec!["2 different keys are called zebra".to_owned()],
        demo: false,
        masked: true,
        key_file: None,
    };
    let mut app = App::new(setup);
    assert!(!all_screens(&mut app).contains("zebra"));
}
