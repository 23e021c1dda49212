//! Text from outside is data. It is cleaned once, where it comes in, and then safe to draw and print.

/// The longest message kept of a failure, in characters.
pub const MESSAGE_LIMIT: usize = 200;

/// `text` on one line, at most `limit` characters (the last one `…` when it was longer), without
/// escape sequences, control characters (C0, C1), bidi controls and other invisible characters.
#[must_use]
pub fn clean(text: &str, limit: usize) -> String {
    let stripped = strip_escapes(text);
    let words: Vec<&str> =
        stripped.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().filter(|c| !is_invisible(*c)).collect();
    shorten(line.trim(), limit)
}

/// `text`, or its first `limit - 1` characters and `…`.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Removes ECMA-48 escape sequences: CSI, OSC and the other strings, and two-character escapes,
/// in their 7-bit and 8-bit forms. One that never ends takes the rest of the text with it.
fn strip_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => skip_csi(&mut chars),
                Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut chars),
                Some(intermediate @ ' '..='/') => skip_nf(intermediate, &mut chars),
                _ => {}
            },
            '\u{9b}' => skip_csi(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut chars),
            other => out.push(other),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips the parameters and the final byte of a control sequence.
fn skip_csi(chars: &mut Chars<'_>) {
    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    let _final_byte = chars.next_if(|c| matches!(c, '@'..='~'));
}

/// Skips a control string up to its terminator (BEL or ST).
fn skip_string(chars: &mut Chars<'_>) {
    while let Some(c) = chars.next() {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' if chars.next_if_eq(&'\\').is_some() => return,
            _ => {}
        }
    }
}

/// Skips an escape with intermediate bytes (`ESC ( B`).
fn skip_nf(first: char, chars: &mut Chars<'_>) {
    let mut last = Some(first);
    while matches!(last, Some(' '..='/')) {
        last = chars.next();
    }
}

/// Whether a character shows nothing, or changes how its neighbours are shown.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_controls_and_bidi_go() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b", 99), "ared b");
        assert_eq!(clean("t\u{1b}]0;title\u{7}x\u{1b}]8;;http://h\u{1b}\\y", 99), "txy");
        assert_eq!(clean("8bit \u{9b}31mred\u{9d}t\u{9c}!", 99), "8bit red!");
        assert_eq!(clean("safe\u{202e}txt\u{2066}\u{200b}", 99), "safetxt");
        assert_eq!(clean("two\r\nlines\tand \u{0}nul", 99), "two lines and nul");
        assert_eq!(clean("\u{1b}(Bcharset", 99), "charset");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("abcdef", 6), "abcdef");
        assert_eq!(clean("abcdefg", 6), "abcde…");
        assert_eq!(clean("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(text in any::<String>(), limit in 1usize..300) {
            let cleaned = clean(&text, limit);
            prop_assert!(cleaned.chars().count() <= limit);
            prop_assert!(!cleaned.chars().any(|c| c.is_control() || is_invisible(c)));
        }
    }
}
