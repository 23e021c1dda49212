//! What is made of the value of a variable: a key that can be sent, or the reason why not.

use std::ffi::OsStr;

/// The key in `value`: without blanks, quotes and a leading `Bearer ` around it.
///
/// # Errors
///
/// The reason, to stand after the variable's name, when nothing is left or when what is left cannot
/// stand in an HTTP header.
pub(super) fn usable(value: &OsStr) -> Result<&str, &'static str> {
    let text = value.to_str().ok_or("is not UTF-8 text")?;
    let key = bare(text);
    if key.is_empty() {
        Err("is empty")
    } else if key.chars().any(char::is_whitespace) {
        Err("has blanks inside, so it is no key")
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err("holds characters that no key has")
    } else {
        Ok(key)
    }
}

/// `text` without what people copy along with a key.
fn bare(text: &str) -> &str {
    unquoted(without_scheme(unquoted(text.trim())))
}

/// `text` without one pair of quotes around it.
fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text).trim()
}

/// `text` without a leading `Bearer`, in any case.
fn without_scheme(text: &str) -> &str {
    const SCHEME: &str = "bearer";
    match text.split_at_checked(SCHEME.len()) {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case(SCHEME) && (rest.is_empty() || rest.starts_with(char::is_whitespace)) =>
        {
            rest.trim()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("cpk_a.b.c", Ok("cpk_a.b.c"))]
    #[case::blanks("  cpk_a\t\r\n", Ok("cpk_a"))]
    #[case::double_quotes("\"cpk_a\"", Ok("cpk_a"))]
    #[case::single_quotes(" 'cpk_a' ", Ok("cpk_a"))]
    #[case::bearer("Bearer cpk_a", Ok("cpk_a"))]
    #[case::bearer_in_any_case("bEARER   cpk_a", Ok("cpk_a"))]
    #[case::all_of_it("\" Bearer 'cpk_a' \"", Ok("cpk_a"))]
    #[case::a_key_that_begins_so("bearer_cpk_a", Ok("bearer_cpk_a"))]
    #[case::empty("", Err("is empty"))]
    #[case::only_blanks(" \t ", Err("is empty"))]
    #[case::only_quotes("\"\"", Err("is empty"))]
    #[case::only_bearer("Bearer ", Err("is empty"))]
    #[case::two_words("cpk_a cpk_b", Err("has blanks inside, so it is no key"))]
    #[case::two_lines("cpk_a\ncpk_b", Err("has blanks inside, so it is no key"))]
    #[case::control("cpk_a\u{1b}[31m", Err("holds characters that no key has"))]
    #[case::typographic_quotes("“cpk_a”", Err("holds characters that no key has"))]
    #[case::short_and_wide("é", Err("holds characters that no key has"))]
    fn a_value_becomes_a_key_or_a_reason(#[case] value: &str, #[case] expected: Result<&str, &str>) {
        assert_eq!(usable(OsStr::new(value)), expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_text_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(usable(OsStr::from_bytes(b"cpk_\xff")), Err("is not UTF-8 text"));
    }
}
