//! Text of an answer that is kept or quoted: cleaned, and without any key that a server sends back in it.

use crate::api::EXCERPT;
use crate::domain::activity::ChuteId;
use crate::domain::clean::clean;
use crate::domain::credential::{ApiKey, hide_keys};

/// `text`, however long that is: cleaned, without pieces of `key` and without anything that has the form of a key.
///
/// Our own words come around it afterwards, so that a key of a few letters is not found in those.
pub(in crate::api) fn harmless(text: &str, key: &ApiKey) -> String {
    key.redact(&hide_keys(&clean(text, EXCERPT)))
}

/// The chute of that id; `None` for what is no id, and for an id in which a piece of `key` stands.
///
/// In an id of the usual form there is no room for more of a secret than chance puts there: its runs of
/// hexadecimal digits are as good a part of a key's other parts, so it is taken as it is.
pub(super) fn chute_id(id: &str, key: &ApiKey) -> Option<ChuteId> {
    ChuteId::parse(id).filter(|chute| is_uuid(chute.as_str()) || harmless(chute.as_str(), key) == chute.as_str())
}

/// `aaaaaaaa-0000-4000-8000-00000000000a`.
fn is_uuid(id: &str) -> bool {
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::failure::{Failure, FailureKind};

    const KEY: &str =
        "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

    #[rstest]
    #[case("fake_plus", "fake_plus")]
    #[case("a\u{1b}[31mname\u{202e}\r\nof two lines", "aname of two lines")]
    #[case(KEY, "[key]")]
    #[case("not S3cr\u{200b}etS3 it", "not [key] it")]
    #[case("another's: cpk_ffff.0000.xyz", "another's: [key]")]
    fn no_key_and_no_escape_is_kept(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(harmless(text, &ApiKey::new(KEY)), kept);
    }

    #[test]
    fn a_key_is_gone_before_a_message_is_cut() {
        let text = harmless(&format!("{}{KEY}", "x".repeat(190)), &ApiKey::new(KEY));
        let failure = Failure::new(FailureKind::Other, text);
        assert!(failure.message.ends_with("[key]"), "{}", failure.message);
    }

    #[rstest]
    #[case("aaaaaaaa-0000-4000-8000-00000000000a", true)]
    #[case("01234567-89ab-cdef-0123-456789abcdef", true)]
    #[case("chute-a", true)]
    #[case("S3cretS3cret", false)]
    #[case("cpk_ffff.0000.xyz", false)]
    #[case("*", false)]
    fn an_id_is_no_piece_of_a_key(#[case] id: &str, #[case] is_taken: bool) {
        assert_eq!(chute_id(id, &ApiKey::new(KEY)).is_some(), is_taken);
    }
}
