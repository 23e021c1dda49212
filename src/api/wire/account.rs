//! `GET /users/me`: who the account is, and its balance.

use serde::Deserialize;

use crate::domain::account;

/// Of the many fields only these matter; each may be null or missing.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Account {
    user_id: Option<String>,
    username: Option<String>,
    balance: Option<f64>,
    permissions_bitmask: Option<u64>,
}

impl Account {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me";
}

impl From<Account> for account::Account {
    fn from(wire: Account) -> Self {
        Self::new(
            wire.user_id.as_deref(),
            wire.username.as_deref(),
            wire.balance,
            wire.permissions_bitmask.unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::parse_object;
    use crate::domain::account::Role;

    #[test]
    fn every_field_may_be_missing() {
        let account: account::Account = parse_object::<Account>(b"{}").unwrap().into();
        assert_eq!(account, account::Account::new(None, None, None, 0));
    }

    #[test]
    fn a_name_cannot_carry_an_escape_sequence() {
        let body = br#"{"username":"evil\u001b[31m\u202ename","balance":-0.37,"permissions_bitmask":256}"#;
        let account: account::Account = parse_object::<Account>(body).unwrap().into();
        assert_eq!(account.username.as_deref(), Some("evilname"));
        assert_eq!((account.balance, account.role), (Some(-0.37), Role::Invoiced));
    }

    #[test]
    fn other_types_are_not_understood() {
        for body in [r#"{"balance":"1"}"#, r#"{"user_id":7}"#, r#"{"permissions_bitmask":-1}"#] {
            assert!(parse_object::<Account>(body.as_bytes()).is_err(), "{body}");
        }
    }
}
