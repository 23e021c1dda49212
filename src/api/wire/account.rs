//! `GET /users/me`: who the account is, and its balance.

use serde::Deserialize;

use crate::api::wire::echo::harmless;
use crate::domain::account::{self, AccountId};
use crate::domain::credential::ApiKey;

/// Of the many fields only these matter; each may be null or missing, but not all that say who it is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Account(Fields);

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Fields {
    user_id: Option<String>,
    username: Option<String>,
    balance: Option<f64>,
    permissions_bitmask: Option<u64>,
}

impl TryFrom<Fields> for Account {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let is_known = fields.user_id.is_some() || fields.username.is_some() || fields.balance.is_some();
        if is_known { Ok(Self(fields)) } else { Err("neither user id nor name nor balance of an account") }
    }
}

impl Account {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me";

    /// The account as shown to the owner of `key`, which asked for it: without any piece of the key other than its user
    /// id.
    #[must_use]
    pub fn seen_by(self, key: &ApiKey) -> account::Account {
        let Self(fields) = self;
        let username = fields.username.map(|name| harmless(&name, key));
        let bitmask = fields.permissions_bitmask.unwrap_or_default();
        let mut account =
            account::Account::new(fields.user_id.as_deref(), username.as_deref(), fields.balance, bitmask);
        let own = AccountId::of_key(key);
        account.id = account.id.filter(|id| own.as_ref() == Some(id) || harmless(id.as_str(), key) == id.as_str());
        account
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object;
    use crate::domain::account::Role;

    const KEY: &str =
        "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.5ec2e75ec2e7aaaabbbbccccdddd0000";

    fn parse(text: &str) -> Result<account::Account, String> {
        parse_object::<Account>(text.as_bytes()).map(|account| account.seen_by(&ApiKey::new(KEY)))
    }

    #[rstest]
    #[case(r#"{"user_id":"fedcba98-7654-3210-fedc-ba9876543210"}"#)]
    #[case(r#"{"username":"someone","balance":null}"#)]
    #[case(r#"{"balance":-0.37,"user_id":null}"#)]
    fn most_fields_may_be_missing(#[case] text: &str) {
        assert!(parse(text).is_ok(), "{text}");
    }

    #[test]
    fn a_name_cannot_carry_an_escape_sequence() {
        let text = r#"{"username":"evil\u001b[31m\u202ename","balance":-0.37,"permissions_bitmask":256}"#;
        let account = parse(text).unwrap();
        assert_eq!(account.username.as_deref(), Some("evilname"));
        assert_eq!((account.balance, account.role), (Some(-0.37), Role::Invoiced));
    }

    #[test]
    fn nor_a_piece_of_the_key() {
        let account = parse(r#"{"username":"I am 5ec2e7\u200b5ec2e7!"}"#).unwrap();
        assert_eq!(account.username.as_deref(), Some("I am [key]!"));
    }

    #[rstest]
    #[case::own("fedcba98-7654-3210-fedc-ba9876543210", true)]
    #[case::another("00000000-0000-4000-8000-000000000003", true)]
    #[case::the_key_id("01234567-89ab-cdef-0123-456789abcdef", false)]
    #[case::the_secret("5ec2e75e-c2e7-aaaa-bbbb-ccccdddd0000", false)]
    fn an_id_is_the_keys_own_or_no_piece_of_it(#[case] id: &str, #[case] is_taken: bool) {
        let account = parse(&format!(r#"{{"user_id":"{id}"}}"#)).unwrap();
        assert_eq!(account.id.is_some(), is_taken);
    }

    #[rstest]
    #[case("{}", "neither user id nor name")]
    #[case(r#"{"user_id":null,"permissions_bitmask":16}"#, "neither user id nor name")]
    #[case(r#"{"detail":"Not now"}"#, "an error instead: Not now")]
    #[case(r#"["a","b",1.0,0]"#, "not a JSON object")]
    #[case(r#"{"balance":"1"}"#, "expected f64")]
    #[case(r#"{"user_id":7}"#, "expected a string")]
    #[case(r#"{"balance":1,"permissions_bitmask":-1}"#, "expected u64")]
    fn what_is_not_understood(#[case] text: &str, #[case] reason: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), name in any::<String>()) {
            let _either_way = parse_object::<Account>(&body);
            let text = serde_json::json!({ "username": name, "user_id": name }).to_string();
            prop_assert!(parse(&text).is_ok());
        }
    }
}
