//! `GET /invocations/stats/llm`: from it, the names of chutes.

use std::collections::HashMap;

use serde::Deserialize;

use crate::domain::activity::ChuteId;
use crate::domain::clean::clean;

/// One entry a chute and day, in no defined order; an empty list while the server's cache is cold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ChuteNames(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Entry {
    chute_id: String,
    name: Option<String>,
    date: Option<String>,
}

/// How the server names a chute that is not the asker's business.
const PRIVATE: &str = "[private]";

/// The longest name that is kept, in characters.
const LONGEST: usize = 80;

impl ChuteNames {
    /// Where it is asked for.
    pub const PATH: &str = "/invocations/stats/llm";
}

impl ChuteNames {
    /// The latest name of each chute.
    #[must_use]
    pub fn latest(self) -> HashMap<ChuteId, String> {
        let Self(mut entries) = self;
        entries.sort_by(|a, b| a.date.cmp(&b.date));
        let named = entries.into_iter().filter_map(|entry| {
            let name = clean(&entry.name.filter(|name| name != PRIVATE)?, LONGEST);
            (!name.is_empty()).then_some((ChuteId::parse(&entry.chute_id)?, name))
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::parse_object_or_list;

    #[test]
    fn the_latest_name_counts_and_private_ones_do_not() {
        let body = r#"[{"chute_id":"a","name":"new\u001b[1m","date":"2026-11-23"},{"chute_id":"a","name":"old","date":"2026-11-01"},
            {"chute_id":"b","name":"[private]","date":"2026-11-23"},{"chute_id":"c","name":null}]"#;
        let names: HashMap<ChuteId, String> = parse_object_or_list::<ChuteNames>(body.as_bytes()).unwrap().latest();
        assert_eq!(names, HashMap::from([(ChuteId::parse("a").unwrap(), "new".to_owned())]));
    }
}
