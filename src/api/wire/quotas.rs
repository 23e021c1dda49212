//! `GET /users/me/quotas`: the quota rows, of which only those of single chutes matter.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::activity::ChuteId;

/// A list of rows; an object from chute to quota (the server's default, when the account has no row); or `{}`
/// (a free or invoiced account). Neither has an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ChuteQuotas {
    /// Rows.
    Rows(Vec<Row>),
    /// Chutes and their quotas.
    Defaults(BTreeMap<String, serde_json::Value>),
}

/// One row; what its quota is is asked for with its use.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    chute_id: String,
}

impl ChuteQuotas {
    /// Where it is asked for.
    pub const PATH: &str = "/users/me/quotas";

    /// The chutes with a quota of their own, in the order of their ids. Never `*`, which is the shared quota.
    #[must_use]
    pub fn chutes(&self) -> Vec<ChuteId> {
        let ids: BTreeSet<ChuteId> = match self {
            Self::Rows(rows) => rows.iter().filter_map(|row| ChuteId::parse(&row.chute_id)).collect(),
            Self::Defaults(quotas) => quotas.keys().filter_map(|id| ChuteId::parse(id)).collect(),
        };
        ids.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_object_or_list;

    #[rstest]
    #[case("{}", &[])]
    #[case("[]", &[])]
    #[case(r#"{"*":0}"#, &[])]
    #[case(r#"{"*":0,"b":5}"#, &["b"])]
    #[case(r#"[{"chute_id":"b","quota":1},{"chute_id":"*","quota":300},{"chute_id":"a","quota":2},{"chute_id":"a"}]"#, &["a", "b"])]
    fn the_three_shapes(#[case] text: &str, #[case] chutes: &[&str]) {
        let quotas: ChuteQuotas = parse_object_or_list(text.as_bytes()).unwrap();
        assert_eq!(quotas.chutes().iter().map(ChuteId::as_str).collect::<Vec<_>>(), chutes);
    }

    #[rstest]
    #[case("null")]
    #[case(r#"["a"]"#)]
    #[case(r#"[{"quota":1}]"#)]
    #[case(r#"[{"chute_id":7}]"#)]
    fn what_is_not_understood(#[case] text: &str) {
        assert!(parse_object_or_list::<ChuteQuotas>(text.as_bytes()).is_err());
    }
}
