//! The history for spreadsheets: comma-separated values as RFC 4180 has them, with a head.

use super::History;
use super::rows::Row;
use crate::report::values::{DOLLARS, REQUESTS, Time, tidy};

/// The columns, the same for hours, days and chutes. What does not apply, or is unknown, is empty.
const HEAD: &str = "credential,start,chute,chute_name,requests,dollars,input_tokens,output_tokens,source";

/// The lines of every account under one head.
#[must_use]
pub fn csv(history: &History) -> String {
    let mut out = format!("{HEAD}\n");
    for account in &history.accounts {
        for row in history.rows(account) {
            out.push_str(&line(&account.name, &row, history));
            out.push('\n');
        }
    }
    out
}

fn line(credential: &str, row: &Row, history: &History) -> String {
    let name = row.chute.as_ref().and_then(|chute| history.name(chute)).unwrap_or_default();
    let number = |number: Option<String>| number.unwrap_or_default();
    [
        field(credential),
        number(row.start.map(|start| Time(start).to_string())),
        field(row.chute.as_ref().map_or("", |chute| chute.as_str())),
        field(name),
        tidy(row.requests, REQUESTS).to_string(),
        number(row.spent.map(|spent| tidy(spent.dollars, DOLLARS).to_string())),
        number(row.spent.map(|spent| spent.input_tokens.to_string())),
        number(row.spent.map(|spent| spent.output_tokens.to_string())),
        row.source.as_str().to_owned(),
    ]
    .join(",")
}

/// A text as a field: in quotes where it has to be. Anybody may name a chute, so one that a spreadsheet would
/// take for a formula has an apostrophe before it.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    format!("{guard}{text}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("work", "work")]
    #[case("default, work", "\"default, work\"")]
    #[case("the \"best\"", "\"the \"\"best\"\"\"")]
    #[case("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"")]
    #[case("@sum", "'@sum")]
    #[case("", "")]
    fn a_text_is_quoted_where_it_has_to_be(#[case] text: &str, #[case] quoted: &str) {
        assert_eq!(field(text), quoted);
    }
}
