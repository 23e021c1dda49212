//! The account behind one or more credentials: who it is, what it pays, what it may spend.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::clean::clean;
use crate::domain::credential::ApiKey;
use crate::domain::window::WindowKind;

/// A Chutes account: the user id, as 32 hexadecimal digits without hyphens.
///
/// The middle part of a `cpk_` key is the user id, so two keys with the same one are one account's
/// (`api/api_key/schemas.py`). `/users/me` gives the same id with hyphens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// The account of a user id, with hyphens or without; `None` when it is not 32 hexadecimal digits.
    #[must_use]
    pub fn parse(user_id: &str) -> Option<Self> {
        const DIGITS: usize = 32;
        let digits: String = user_id.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
        (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(Self(digits))
    }

    /// The account that a key names; `None` for a key of another form.
    #[must_use]
    pub fn of_key(key: &ApiKey) -> Option<Self> {
        let mut parts = key.expose().strip_prefix("cpk_")?.split('.');
        let (_key_id, user, _secret) = (parts.next()?, parts.next()?, parts.next()?);
        Self::parse(user)
    }

    /// The id in full, to compare or to hash; it is never shown and never stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What may be shown: the first eight digits.
    #[must_use]
    pub fn masked(&self) -> &str {
        self.0.get(..8).unwrap_or_default()
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AccountId({}…)", self.masked())
    }
}

/// What `/users/me` says of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Which account; `None` when the answer had no user id of the usual form.
    pub id: Option<AccountId>,
    /// The user's name, cleaned for display.
    pub username: Option<String>,
    /// Dollars left; may be negative. `None` is unknown.
    pub balance: Option<f64>,
    /// Whether limits do not apply, and why.
    pub role: Role,
}

/// A role that changes what an account pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An account like any other.
    Ordinary,
    /// Everything is free (permission bit 16).
    Free,
    /// Everything is put on an invoice (permission bit 256).
    Invoiced,
}

impl Role {
    /// The role that a permission bitmask stands for (`api/permissions.py`: 16 free, 256 invoiced).
    #[must_use]
    pub fn from_bitmask(bitmask: u64) -> Self {
        const FREE: u64 = 16;
        const INVOICED: u64 = 256;
        if bitmask & FREE != 0 {
            Self::Free
        } else if bitmask & INVOICED != 0 {
            Self::Invoiced
        } else {
            Self::Ordinary
        }
    }
}

impl Account {
    /// An account whose name is cleaned for display.
    #[must_use]
    pub fn new(user_id: Option<&str>, username: Option<&str>, balance: Option<f64>, bitmask: u64) -> Self {
        const LONGEST_NAME: usize = 64;
        Self {
            id: user_id.and_then(AccountId::parse),
            username: username.map(|name| clean(name, LONGEST_NAME)).filter(|name| !name.is_empty()),
            balance: balance.filter(|balance| balance.is_finite()),
            role: Role::from_bitmask(bitmask),
        }
    }
}

/// What `/users/me/subscription_usage` says: the plan and its caps.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Dollars a month, when the server says so.
    pub price: Option<f64>,
    /// Whether it is a custom plan, when the server says so.
    pub custom: Option<bool>,
    /// When the running month began, when the server says so.
    pub anchor: Option<DateTime<Utc>>,
    /// The cap on four hours.
    pub four_hour: Capping,
    /// The cap on a month. Custom plans have none.
    pub monthly: Capping,
    /// When it renews: the monthly cap's reset as the server says, or a month after the anchor.
    pub renews_at: Option<DateTime<Utc>>,
}

/// Whether a plan has a cap. That an answer does not mention one is not that there is none: older servers left
/// them out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capping {
    /// It has this one.
    Capped(Cap),
    /// The server says that it has none.
    Uncapped,
    /// The server does not say.
    NotTold,
}

/// A cap in dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cap {
    /// Dollars used; may pass the cap.
    pub usage: f64,
    /// The cap in dollars.
    pub cap: f64,
    /// When it starts anew, when the server says so.
    pub reset_at: Option<DateTime<Utc>>,
}

impl Capping {
    /// The cap, where it is known.
    #[must_use]
    pub fn cap(self) -> Option<Cap> {
        match self {
            Self::Capped(cap) => Some(cap),
            Self::Uncapped | Self::NotTold => None,
        }
    }
}

impl Subscription {
    /// The windows of which the server does not say whether they have a cap, in the order in which windows are shown.
    pub fn not_told(&self) -> impl Iterator<Item = WindowKind> {
        let caps = [(WindowKind::FourHour, self.four_hour), (WindowKind::Monthly, self.monthly)];
        caps.into_iter().filter(|(_, cap)| *cap == Capping::NotTold).map(|(kind, _)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_the_account_route_name_the_same_account() {
        let key = ApiKey::new(format!("cpk_{}.00000000000040008000000000000003.{}", "a".repeat(32), "B".repeat(32)));
        let account = Account::new(Some("00000000-0000-4000-8000-000000000003"), Some("fake_plus"), Some(12.3), 0);
        assert_eq!(AccountId::of_key(&key), account.id);
        assert_eq!(account.id.unwrap().masked(), "00000000");
    }

    #[test]
    fn other_forms_name_no_account() {
        for key in ["cak_abc", "cpk_abc", "cpk_a.b.c", "", "cpk_.."] {
            assert_eq!(AccountId::of_key(&ApiKey::new(key)), None, "{key}");
        }
        assert_eq!(AccountId::parse("ünïcode"), None);
    }

    #[test]
    fn roles_are_read_from_the_bitmask() {
        assert_eq!(Role::from_bitmask(0), Role::Ordinary);
        assert_eq!(Role::from_bitmask(16), Role::Free);
        assert_eq!(Role::from_bitmask(256 | 1), Role::Invoiced);
        assert_eq!(Role::from_bitmask(1), Role::Ordinary);
    }
}
