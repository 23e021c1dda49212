//! What the server says of a failure: `{"detail": ...}`, or a line of plain text.

use serde::Deserialize;
use serde_json::Value;

use crate::api::wire::HTML;
use crate::api::wire::object::Object;

/// What the body of a failure says, as one text; `None` when it says nothing.
///
/// `detail` is a string, a list of `{"loc", "msg"}` (422) or an object with a `message` (402); the server's own 500 and
/// 503 are plain text. The text is the server's and must be cleaned.
#[must_use]
pub fn detail(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with('<') {
        return Some(HTML.to_owned());
    }
    let said = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut fields)) => fields.remove("detail").map_or_else(|| text.to_owned(), |value| flat(&value)),
        _ => text.to_owned(),
    };
    Some(said).filter(|said| !said.is_empty())
}

/// What an object says in its `detail`; `None` when it has none, or it says nothing.
pub(super) fn stated(text: &str) -> Option<String> {
    /// Only this field is kept, however large the rest is.
    #[derive(Deserialize)]
    struct Stated {
        detail: Value,
    }
    /// The longest answer that is looked through, in bytes: an error has a line to say, and to take a large body apart
    /// takes many times its size.
    const LONGEST: usize = 16 * 1024;
    let text = Some(text).filter(|text| text.len() <= LONGEST)?;
    let Object(Stated { detail }) = serde_json::from_str(text).ok()?;
    Some(flat(&detail)).filter(|said| !said.is_empty())
}

/// A detail in words, whatever its shape.
fn flat(detail: &Value) -> String {
    match detail {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            let said = fields.get("message").or_else(|| fields.get("msg")).and_then(Value::as_str);
            match (said, fields.get("loc").and_then(Value::as_array)) {
                (Some(said), Some(place)) => format!("{}: {said}", dotted(place)),
                (Some(said), None) => said.to_owned(),
                (None, _) => detail.to_string(),
            }
        }
        other => other.to_string(),
    }
}

/// `query.page`.
fn dotted(place: &[Value]) -> String {
    place.iter().map(flat).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::text(r#"{"detail":"No matching chute found!"}"#, Some("No matching chute found!"))]
    #[case::list(
        r#"{"detail":[{"loc":["query","page"],"msg":"not a number"},{"loc":["query",0],"msg":"nor this"}]}"#,
        Some("query.page: not a number; query.0: nor this")
    )]
    #[case::object(r#"{"detail":{"message":"Quota exceeded","more":1}}"#, Some("Quota exceeded"))]
    #[case::other_object(r#"{"detail":{"code":7}}"#, Some(r#"{"code":7}"#))]
    #[case::number(r#"{"detail":7}"#, Some("7"))]
    #[case::null(r#"{"detail":null}"#, None)]
    #[case::no_detail(r#"{"error":"x"}"#, Some(r#"{"error":"x"}"#))]
    #[case::plain("Internal Server Error", Some("Internal Server Error"))]
    #[case::page(" <html><body>Bad gateway", Some(HTML))]
    #[case::empty("", None)]
    #[case::blank(" \r\n", None)]
    fn every_shape_is_said_in_words(#[case] body: &str, #[case] said: Option<&str>) {
        assert_eq!(detail(body.as_bytes()).as_deref(), said);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in any::<Vec<u8>>()) {
            let _either_way = detail(&body);
        }
    }
}
