//! Who there is: the made-up accounts and their keys.

use crate::demo::chutes::Mix;
use crate::demo::shape::{Load, Shape};
use crate::domain::credential::{ApiKey, Credential, CredentialId};

/// Where the quota of an account stands on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quota {
    /// In a row of the account: so many requests a day.
    Row(u64),
    /// The account has no row; the server's default is 0.
    NoRow,
    /// The free role: no daily limit.
    Free,
    /// The role of those who pay later: no daily limit, and all that is used makes the balance less.
    Invoiced,
}

/// What is unusual about the answers for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quirk {
    /// Nothing.
    None,
    /// Each takes two to three seconds.
    Slow,
    /// Every third is a 503.
    FailsNowAndThen,
    /// The server has lost count of the day (`used` is null).
    LostCount,
    /// `/users/me` is 500 for ever: its hotkey is NULL.
    NoProfile,
}

/// When a plan was last paid for: the day of the month, and how many renewals are overdue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Renewal {
    /// 1 to 28.
    pub(super) day_of_month: u32,
    /// 0 for a plan that is paid for.
    pub(super) months_overdue: u32,
}

/// A chute with a quota of its own. Requests to it are not in the shared count.
#[derive(Debug)]
pub(super) struct OwnRow {
    /// The chute's place in [`CHUTES`](crate::demo::chutes::CHUTES).
    pub(super) chute: Mix,
    /// Requests a day.
    pub(super) quota: u64,
    /// How it is used.
    pub(super) load: Load,
}

/// A made-up Chutes user.
#[derive(Debug)]
pub(super) struct Account {
    /// Tells it from the others; part of its user id.
    pub(super) number: u8,
    /// Its name.
    pub(super) username: &'static str,
    /// Its daily quota.
    pub(super) quota: Quota,
    /// How its shared quota is used.
    pub(super) load: Load,
    /// What for.
    pub(super) mix: Mix,
    /// Chutes with a quota of their own.
    pub(super) own_rows: &'static [OwnRow],
    /// Dollars, before anything is paid from it.
    pub(super) balance: f64,
    /// When its plan was last paid for.
    pub(super) renewal: Renewal,
    /// What is unusual about it.
    pub(super) quirk: Quirk,
}

const PAID: Renewal = Renewal { day_of_month: 10, months_overdue: 0 };

const fn load(seed: u64, weekday: u64, weekend: u64, spread: u64, shape: Shape, rerolls: u64) -> Load {
    Load { seed, weekday, weekend, spread, shape, rerolls }
}

/// An account like any other, to be changed where it differs.
const USUAL: Account = Account {
    number: 0,
    username: "demo",
    quota: Quota::NoRow,
    load: load(0, 0, 0, 0, Shape::Steady, 0),
    mix: &[0, 1, 0, 2, 0, 1, 4, 0],
    own_rows: &[],
    balance: 0.0,
    renewal: PAID,
    quirk: Quirk::None,
};

/// Plus, used in office hours; two keys.
static WORK: Account = Account {
    number: 1,
    username: "demo_work",
    quota: Quota::Row(2_000),
    load: load(11, 1_350, 400, 12, Shape::OfficeHours, 260),
    balance: 12.345_678,
    ..USUAL
};

/// Pro, used evenly and too much: runs out in the evening.
static BATCH: Account = Account {
    number: 2,
    username: "demo_batch",
    quota: Quota::Row(5_000),
    load: load(12, 5_600, 5_600, 4, Shape::Steady, 40),
    mix: &[2, 2, 4, 2, 1, 2, 4, 2],
    balance: 100.0,
    renewal: Renewal { day_of_month: 3, months_overdue: 0 },
    ..USUAL
};

/// Base, used up by a job a few minutes after the reset: 300.9 of 300.
static ALICE: Account = Account {
    number: 3,
    username: "demo_alice",
    quota: Quota::Row(300),
    load: load(13, 400, 400, 0, Shape::AtReset(90), 305),
    mix: &[1, 1, 0, 2],
    balance: 7.35,
    ..USUAL
};

/// The custom form of pro, with few and dear requests: its four-hour cap is what binds.
static LAB: Account = Account {
    number: 4,
    username: "demo_lab",
    quota: Quota::Row(5_001),
    load: load(14, 1_000, 1_000, 4, Shape::Steady, 90),
    mix: &[5, 5, 5, 0, 5, 5, 5, 5],
    balance: 40.25,
    renewal: Renewal { day_of_month: 21, months_overdue: 0 },
    ..USUAL
};

/// Legacy, no subscription, hardly used, slow to answer.
static OLD_LAPTOP: Account = Account {
    number: 5,
    username: "demo_old_laptop",
    quota: Quota::Row(200),
    load: load(15, 40, 25, 30, Shape::Bursty, 500),
    mix: &[0, 2],
    balance: 5.0,
    quirk: Quirk::Slow,
    ..USUAL
};

/// Plus, nearly used up from the first minutes of the day on; its profile cannot be read.
static NIGHT: Account = Account {
    number: 6,
    username: "demo_night",
    quota: Quota::Row(2_000),
    load: load(16, 2_000, 2_000, 0, Shape::AtReset(96), 100),
    mix: &[2, 1, 4, 2],
    quirk: Quirk::NoProfile,
    ..USUAL
};

/// Base, running low; two chutes with quotas of their own.
static TEAM: Account = Account {
    number: 7,
    username: "demo_team",
    quota: Quota::Row(300),
    load: load(17, 282, 282, 0, Shape::AtReset(90), 120),
    mix: &[1, 2, 3, 2, 1, 2, 2, 2, 2, 1, 2, 2, 2, 1, 2, 2],
    own_rows: &[
        OwnRow { chute: &[0], quota: 50, load: load(71, 58, 20, 20, Shape::OfficeHours, 200) },
        OwnRow { chute: &[4], quota: 1_000, load: load(72, 420, 420, 25, Shape::NightBatch, 0) },
    ],
    balance: 1.5,
    ..USUAL
};

/// Pay-as-you-go: no request is included, each is paid from the balance.
static PAY_AS_YOU_GO: Account = Account {
    number: 8,
    username: "demo_payg",
    load: load(18, 220, 60, 25, Shape::OfficeHours, 0),
    balance: 25.0,
    ..USUAL
};

/// The free role: no daily limit.
static FREE: Account = Account {
    number: 9,
    username: "demo_free",
    quota: Quota::Free,
    load: load(19, 500, 500, 20, Shape::Bursty, 0),
    ..USUAL
};

/// Paid for later: no daily limit, a balance below nothing.
static INVOICED: Account = Account {
    number: 12,
    username: "demo_invoice",
    quota: Quota::Invoiced,
    load: load(22, 2_400, 900, 15, Shape::OfficeHours, 0),
    balance: -310.4,
    ..USUAL
};

/// Plus, used evenly, so that the monthly cap is nearly reached at its end and binds from the middle of it on; its
/// server is overloaded now and then.
static FLAKY: Account = Account {
    number: 10,
    username: "demo_flaky",
    quota: Quota::Row(2_000),
    load: load(20, 1_000, 1_000, 6, Shape::Steady, 330),
    mix: &[0, 0, 0, 1, 0, 0, 0, 0],
    balance: 3.2,
    quirk: Quirk::FailsNowAndThen,
    ..USUAL
};

/// Plus, whose counter is lost and whose renewal is overdue.
static UNSURE: Account = Account {
    number: 11,
    username: "demo_unsure",
    quota: Quota::Row(2_000),
    load: load(21, 620, 90, 15, Shape::NightBatch, 150),
    mix: &[2, 4],
    balance: 0.8,
    renewal: Renewal { day_of_month: 5, months_overdue: 1 },
    quirk: Quirk::LostCount,
    ..USUAL
};

/// The labels, and whose keys they are; `None` is a key that the server does not know.
static KEYS: [(&str, Option<&Account>); 14] = [
    ("work", Some(&WORK)),
    ("batch", Some(&BATCH)),
    ("alice", Some(&ALICE)),
    ("lab", Some(&LAB)),
    ("old-laptop", Some(&OLD_LAPTOP)),
    ("bob", None),
    ("work-ci", Some(&WORK)),
    ("night", Some(&NIGHT)),
    ("team", Some(&TEAM)),
    ("payg", Some(&PAY_AS_YOU_GO)),
    ("free", Some(&FREE)),
    ("flaky", Some(&FLAKY)),
    ("unsure", Some(&UNSURE)),
    ("invoice", Some(&INVOICED)),
];

/// Filler that reads `fake` in hex.
const FAKE: &str = "fa4efa4efa4efa4efa4efa4efa4e";

impl Account {
    /// The user id as 32 hex digits, as it stands in a key.
    fn user_digits(number: u8) -> String {
        format!("ac{number:02x}fa4efa4e40008000fa4efa4efa4e")
    }

    /// The user id in the server's form.
    pub(super) fn user_id(&self) -> String {
        format!("ac{:02x}fa4e-fa4e-4000-8000-fa4efa4efa4e", self.number)
    }
}

/// The credentials that come with the demo, in order.
pub(super) fn credentials() -> Vec<Credential> {
    let credential =
        |(index, (label, key, _))| Credential::new(CredentialId::new(index), vec![label], ApiKey::new(key));
    keys().map(|(label, key, account)| (label.to_owned(), key, account)).enumerate().map(credential).collect()
}

/// Each label, its key in the server's shape, and whose it is.
pub(super) fn keys() -> impl Iterator<Item = (&'static str, String, Option<&'static Account>)> {
    KEYS.iter().enumerate().map(|(index, (label, account))| {
        // 255 is nobody: no account has that number.
        let user = Account::user_digits(account.map_or(255, |account| account.number));
        (*label, format!("cpk_de{index:02x}{FAKE}.{user}.MadeUpForTheDemoNotASecret{index:06}"), *account)
    })
}
