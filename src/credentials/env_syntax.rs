//! The syntax of `.env` files, as far as it is the same everywhere.
//!
//! Written here, and not taken from a library, for three reasons: the libraries put variables of the
//! process's environment in the place of a `$`, their errors quote the line (which may hold a key),
//! and they do not say which line it is.
//!
//! ```text
//! # a comment
//! NAME=value                      # up to a blank and a hash, or the end of the line
//! export NAME = 'as it is'        # the word export and blanks do not matter
//! NAME="with \"escapes\" \\ \n"   # quoted values may go on over several lines
//! ```

/// A variable of a file.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Variable {
    /// The number of the line that it begins in, from 1.
    pub(super) line: usize,
    /// What stands before the `=`.
    pub(super) name: String,
    /// What stands behind it, which may be a key.
    pub(super) value: String,
}

/// The variables in `text`, in order, or the number of the line (from 1) that is not understood. For a
/// quote that is never closed it is the line that opens it.
pub(super) fn parse(text: &str) -> Result<Vec<Variable>, usize> {
    let mut variables = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (variable, after) = statement(rest).ok_or(line)?;
        variables.extend(variable.map(|(name, value)| Variable { line, name, value }));
        let read = rest.get(..rest.len() - after.len()).unwrap_or_default();
        line += read.bytes().filter(|byte| *byte == b'\n').count();
        rest = after;
    }
    Ok(variables)
}

/// The variable at the start of `text`, if there is one and not a comment or an empty line, and what
/// follows its line. `None`: neither of them.
fn statement(text: &str) -> Option<(Option<(String, String)>, &str)> {
    let text = text.trim_start_matches(is_blank);
    if let Some(after) = end_of_line(text) {
        return Some((None, after));
    }
    let (name, rest) = name(text)?;
    let (name, rest) = match rest.strip_prefix('=') {
        Some(rest) => (name, rest),
        None if name == "export" => {
            let (name, rest) = self::name(rest)?;
            (name, rest.strip_prefix('=')?)
        }
        None => return None,
    };
    let (value, rest) = value(rest.trim_start_matches(is_blank))?;
    let after = end_of_line(rest.trim_start_matches(is_blank))?;
    Some((Some((name.to_owned(), value)), after))
}

/// The name at the start of `text`, and what follows it and blanks.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then_some((name, rest.trim_start_matches(is_blank)))
}

/// The value at the start of `text`, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('\'') {
        return rest.split_once('\'').map(|(value, rest)| (value.to_owned(), rest));
    }
    if let Some(rest) = text.strip_prefix('"') {
        return double_quoted(rest);
    }
    let line_end = text.find(['\n', '\r']).unwrap_or(text.len());
    let (line, _) = text.split_at(line_end);
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| {
        let before = line.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with(is_blank)
    });
    let (value, rest) = text.split_at(comment.unwrap_or(line_end));
    Some((value.trim_end().to_owned(), rest))
}

/// The rest of a value in double quotes, and what follows the closing one.
fn double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                plain @ ('"' | '\\' | '$' | '\'' | '`') => value.push(plain),
                other => value.extend(['\\', other]),
            },
            plain => value.push(plain),
        }
    }
}

/// What follows the line, if nothing but a comment is left of it.
fn end_of_line(text: &str) -> Option<&str> {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    (line.starts_with('#') || line.trim_end_matches('\r').is_empty()).then_some(after)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    type Parsed = Result<Vec<(String, String)>, usize>;

    fn one(value: &str) -> Vec<(String, String)> {
        vec![("K".to_owned(), value.to_owned())]
    }

    fn pairs(text: &str) -> Parsed {
        let variables = parse(text)?;
        Ok(variables.into_iter().map(|variable| (variable.name, variable.value)).collect())
    }

    #[rstest]
    #[case::plain("K=v", Ok(one("v")))]
    #[case::line_ending("K=v\n", Ok(one("v")))]
    #[case::windows("\u{feff}# c\r\nK=v\r\n\r\n", Ok(one("v")))]
    #[case::blanks("  K = v  ", Ok(one("v")))]
    #[case::export("export K=v", Ok(one("v")))]
    #[case::a_comment("K=v # c", Ok(one("v")))]
    #[case::a_hash("K=v#c", Ok(one("v#c")))]
    #[case::only_a_comment("K= # c", Ok(one("")))]
    #[case::empty("K=\n", Ok(one("")))]
    #[case::blanks_inside("K=a b", Ok(one("a b")))]
    #[case::a_dollar_is_a_dollar("K=$HOME${PATH}", Ok(one("$HOME${PATH}")))]
    #[case::single("K='a\\n \"$b\" # c' # d", Ok(one("a\\n \"$b\" # c")))]
    #[case::double("K=\"a \\\"b\\\" \\$c \\n\\x # d\"# e", Ok(one("a \"b\" $c \n\\x # d")))]
    #[case::over_lines("K='a\nb'\n", Ok(one("a\nb")))]
    #[case::a_quote_inside("K=it's", Ok(one("it's")))]
    #[case::nothing("", Ok(vec![]))]
    #[case::only_comments("\n  # K=v\n\t\n", Ok(vec![]))]
    #[case::no_name("=v", Err(1))]
    #[case::no_value("A=1\nK\n", Err(2))]
    #[case::not_text("A='x\ny'\n\n<html>", Err(4))]
    #[case::never_closed("A=1\nK=\"v\nB=2\n", Err(2))]
    #[case::after_the_quote("K='v'w", Err(1))]
    fn each_form_has_one_meaning(#[case] text: &str, #[case] expected: Parsed) {
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn a_variable_called_export_is_a_variable() {
        assert_eq!(pairs("export=v"), Ok(vec![("export".to_owned(), "v".to_owned())]));
    }

    #[test]
    fn each_variable_knows_its_line() {
        let variables = parse("\u{feff}A=1\r\n\n# c\nB='x\ny'\nC=3").unwrap();
        let lines: Vec<_> = variables.iter().map(|variable| (variable.name.as_str(), variable.line)).collect();
        assert_eq!(lines, [("A", 1), ("B", 4), ("C", 6)]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[ \tK=v'\"#\\\\\n\r$é]{0,60}") {
            let lines = text.matches('\n').count() + 1;
            if let Err(number) = parse(&text) {
                prop_assert!((1..=lines).contains(&number));
            }
        }

        #[test]
        fn a_key_in_single_quotes_comes_out_as_it_is(key in "[!-&(-~]{0,99}") {
            prop_assert_eq!(pairs(&format!("K='{key}'")), Ok(one(&key)));
        }
    }
}
