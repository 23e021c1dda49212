//! `GET /invocations/stats/llm`: from it, the names of chutes.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::api::wire::echo::{chute_id, harmless};
use crate::api::wire::object::Object;
use crate::domain::activity::ChuteId;
use crate::domain::clean::clean;
use crate::domain::credential::ApiKey;

/// The latest name of each chute. The server lists one entry a chute and day, in no defined order, and nothing at
/// all while its cache is cold.
#[derive(Clone, Debug, PartialEq)]
pub struct ChuteNames(HashMap<ChuteId, Dated>);

/// A name, and the day of which it is.
#[derive(Clone, Debug, PartialEq)]
struct Dated {
    name: String,
    date: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    chute_id: String,
    name: Option<String>,
    date: Option<String>,
}

/// How the server names a chute that is not the asker's business.
const PRIVATE: &str = "[private]";

/// The longest name that is kept, in characters.
const LONGEST: usize = 80;

/// The most chutes that are named: some ten times as many as there are models. The list of a mad server ends here.
const MOST: usize = 5_000;

impl ChuteNames {
    /// Where it is asked for.
    pub const PATH: &str = "/invocations/stats/llm";

    /// The longest list that is read, in bytes. It has no pages; a recorded entry has 200 bytes, so this is 20,000 of
    /// them: 50 models a day for more than a year, which is as far as the recorded list goes back. More would only be
    /// older names, and the program is to stay under 32 MiB.
    pub const LONGEST_LIST: usize = 4 * 1024 * 1024;

    /// The latest name of each chute.
    #[must_use]
    pub fn latest(self) -> HashMap<ChuteId, String> {
        self.0.into_iter().map(|(chute, Dated { name, .. })| (chute, name)).collect()
    }

    /// Takes in an entry. The list is asked for without a key, so there is no key to look for in it.
    fn add(&mut self, entry: Entry) {
        let nobody = ApiKey::new("");
        let named = entry.name.filter(|name| name != PRIVATE).map(|name| clean(&harmless(&name, &nobody), LONGEST));
        let Some(name) = named.filter(|name| !name.is_empty()) else { return };
        let Some(chute) = chute_id(&entry.chute_id, &nobody) else { return };
        let date = entry.date.map(|date| clean(&date, LONGEST));
        let is_full = self.0.len() >= MOST;
        match self.0.entry(chute) {
            Occupied(mut known) if known.get().date <= date => *known.get_mut() = Dated { name, date },
            Vacant(place) if !is_full => drop(place.insert(Dated { name, date })),
            Occupied(_) | Vacant(_) => {}
        }
    }
}

/// Entry by entry: the whole list would take many times the memory of what is kept.
impl<'de> Deserialize<'de> for ChuteNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = ChuteNames;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<ChuteNames, A::Error> {
        let mut names = ChuteNames(HashMap::new());
        while let Some(Object(entry)) = entries.next_element::<Object<Entry>>()? {
            names.add(entry);
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::api::wire::parse_list;

    fn parse(text: &str) -> Result<HashMap<ChuteId, String>, String> {
        parse_list::<ChuteNames>(text.as_bytes()).map(ChuteNames::latest)
    }

    #[test]
    fn the_latest_name_counts_and_private_ones_do_not() {
        let text = r#"[{"chute_id":"a","name":"new\u001b[1m","date":"2026-11-23"},{"chute_id":"a","name":"old","date":"2026-11-01"},
            {"chute_id":"b","name":"[private]","date":"2026-11-23"},{"chute_id":"c","name":null}]"#;
        assert_eq!(parse(text), Ok(HashMap::from([(ChuteId::parse("a").unwrap(), "new".to_owned())])));
    }

    #[test]
    fn a_key_is_no_name_and_no_id() {
        let text = r#"[{"chute_id":"a","name":"x cpk_0123.4567.S3cret"},{"chute_id":"cpk_0123.4567.S3cret","name":"y"},
            {"chute_id":"b\u202e","name":"z"}]"#;
        assert_eq!(parse(text), Ok(HashMap::from([(ChuteId::parse("a").unwrap(), "x [key]".to_owned())])));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let entry = |number: usize| format!(r#"{{"chute_id":"{number}","name":"{}"}}"#, "n".repeat(99));
        let list: Vec<String> = (0..MOST + 9).map(entry).collect();
        let names = parse(&format!("[{}]", list.join(","))).unwrap();
        assert_eq!(names.len(), MOST);
        assert!(names.values().all(|name| name.chars().count() == LONGEST));
    }

    #[rstest]
    #[case(r#"{"detail":"Not now"}"#, "an error instead: Not now")]
    #[case("{}", "not a JSON list")]
    #[case(r#"[["a","b","c"]]"#, "expected an object")]
    #[case(r#"[{"name":"b"}]"#, "missing field `chute_id`")]
    #[case(r#"[{"chute_id":"a","name":7}]"#, "expected a string")]
    fn what_is_not_understood(#[case] text: &str, #[case] reason: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in any::<Vec<u8>>(), name in any::<String>()) {
            let _either_way = parse_list::<ChuteNames>(&body);
            let text = serde_json::json!([{ "chute_id": name, "name": name, "date": name }]).to_string();
            prop_assert!(parse(&text).is_ok());
        }
    }
}
