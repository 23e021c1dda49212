//! `GET /users/me/quotas`: the quota rows, of which only those of single chutes matter.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::api::wire::echo::chute_id;
use crate::api::wire::object::Object;
use crate::api::wire::quota_usage::Limit;
use crate::domain::activity::ChuteId;
use crate::domain::credential::ApiKey;

/// The ids in a list of rows; in an object from chute to quota (the server's default, when the account has no
/// row); or in `{}` (a free or invoiced account). Neither has an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChuteQuotas(BTreeSet<String>);

/// One row; what its quota is is asked for with its use.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    chute_id: String,
}

impl ChuteQuotas {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me/quotas";

    /// The chutes with a quota of their own, in the order of their ids. Never `*`, which is the shared quota, and
    /// nothing in which a piece of `key`, the asker's, stands.
    #[must_use]
    pub fn chutes(&self, key: &ApiKey) -> Vec<ChuteId> {
        self.0.iter().filter_map(|id| chute_id(id, key)).collect()
    }
}

impl<'de> Deserialize<'de> for ChuteQuotas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = ChuteQuotas;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of quota rows, or an object from chute to quota")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<ChuteQuotas, A::Error> {
        let mut ids = BTreeSet::new();
        while let Some(Object(row)) = rows.next_element::<Object<Row>>()? {
            ids.insert(row.chute_id);
        }
        Ok(ChuteQuotas(ids))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut quotas: A) -> Result<ChuteQuotas, A::Error> {
        let mut ids = BTreeSet::new();
        while let Some((id, _quota)) = quotas.next_entry::<String, Limit>()? {
            ids.insert(id);
        }
        // Without it, the object is about something else: an error in the form of an answer.
        if !ids.is_empty() && !ids.contains("*") {
            return Err(de::Error::custom("quotas without the shared one, `*`"));
        }
        Ok(ChuteQuotas(ids))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object_or_list;

    #[rstest]
    #[case("{}", &[])]
    #[case("[]", &[])]
    #[case(r#"{"*":0}"#, &[])]
    #[case(r#"{"*":0,"b":5}"#, &["b"])]
    #[case(r#"[{"chute_id":"b","quota":1},{"chute_id":"*","quota":300},{"chute_id":"a","quota":2},{"chute_id":"a"}]"#, &["a", "b"])]
    #[case::changed_by_cleaning(r#"[{"chute_id":"a\u001b[1m"},{"chute_id":" b"},{"chute_id":"c\u202e"},{"chute_id":"d"}]"#, &["d"])]
    #[case::echoed_key(r#"[{"chute_id":"S3cretS3cret"},{"chute_id":"d"}]"#, &["d"])]
    fn the_three_shapes(#[case] text: &str, #[case] chutes: &[&str]) {
        let quotas: ChuteQuotas = parse_object_or_list(text.as_bytes()).unwrap();
        let key = ApiKey::new("cpk_a.b.S3cretS3cret");
        assert_eq!(quotas.chutes(&key).iter().map(ChuteId::as_str).collect::<Vec<_>>(), chutes);
    }

    #[test]
    fn an_id_that_is_too_long_is_not_asked_for_by_its_beginning() {
        let body = format!(r#"[{{"chute_id":"{}"}}]"#, "a".repeat(129));
        let quotas: ChuteQuotas = parse_object_or_list(body.as_bytes()).unwrap();
        assert_eq!(quotas.chutes(&ApiKey::new("")), []);
    }

    #[rstest]
    #[case("null", "not a JSON object or list")]
    #[case(r#"["a"]"#, "expected an object")]
    #[case(r#"[["a"]]"#, "expected an object")]
    #[case(r#"[{"quota":1}]"#, "missing field `chute_id`")]
    #[case(r#"[{"chute_id":7}]"#, "expected a string")]
    #[case(r#"{"detail":"Not now"}"#, "an error instead: Not now")]
    #[case(r#"{"detail":[{"msg":"Not now"}]}"#, "an error instead: Not now")]
    #[case(r#"{"code":7}"#, "quotas without the shared one")]
    #[case(r#"{"*":-1}"#, "expected a quota")]
    fn what_is_not_understood(#[case] text: &str, #[case] reason: &str) {
        let error = parse_object_or_list::<ChuteQuotas>(text.as_bytes()).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), text in "[\\[{](\"[a-z*.\\\\]{0,3}\"|[:,{}\\[\\]0-9-]|chute_id){0,24}") {
            let _either_way = parse_object_or_list::<ChuteQuotas>(&body);
            let _either_way = parse_object_or_list::<ChuteQuotas>(text.as_bytes());
        }
    }
}
