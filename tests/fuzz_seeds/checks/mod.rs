//! What must hold whatever comes in from outside: one function a parser, of any bytes.
//!
//! The fuzz targets (`fuzz/`) call these with bytes that they make up, and `cargo test` with the seeds. `@KEY@`
//! in the bytes stands for [`KEY`], so that a text that gives it away can be made up, and is found.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "checks: to fail is their job"
)]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by the fuzz targets and a test")]

mod env;
mod filter;
mod screen;
mod wire;

use chrono::{DateTime, Utc};
use chutes_top::domain::clean::{MESSAGE_LIMIT, is_invisible};
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::Failure;
#[cfg(not(fuzzing))]
use chutes_top::domain::failure::FailureKind;

pub use env::env;
pub use filter::filter;
pub use wire::{account, chute_names, detail, quota_usage, quotas, subscription_usage, usage};

/// The key that must not be given away. Every eight characters in a row of it hold one that stands in no name.
pub const KEY: &str = "cpk_9f~3k2/Qw8x+Lm5z~Rt7y/Vb1n+Hj4d~Gs6f/Cp0u+Xe2a~Zi8o/Ky3w+Nq";

/// The time at which all is parsed and drawn.
pub fn now() -> DateTime<Utc> {
    "2026-11-23T17:38:21.25Z".parse().unwrap()
}

pub fn key() -> ApiKey {
    ApiKey::new(KEY)
}

/// The bytes, with the key where it is to stand.
fn with_key(data: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"@KEY@";
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(KEY.as_bytes());
        rest = &rest[at + MARK.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// How long a server asks to be left alone. It is no part of the library; cargo-fuzz sets `fuzzing`.
#[cfg(fuzzing)]
pub fn retry_after(data: &[u8]) {
    use std::time::Duration;
    let text = String::from_utf8_lossy(data);
    let wait = chutes_top::api::fuzzing::retry_after(&text, now());
    assert!(wait.is_none_or(|wait| wait <= Duration::from_hours(24)), "{wait:?}");
    let digits = text.trim();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let wish = digits.parse().unwrap_or(u64::MAX).min(86_400);
        assert_eq!(wait, Some(Duration::from_secs(wish)), "{digits}");
    }
    // A later clock never makes the wait longer.
    let later = chutes_top::api::fuzzing::retry_after(&text, now() + chrono::TimeDelta::hours(1));
    assert_eq!(wait.is_some(), later.is_some());
    assert!(later <= wait);
}

/// Text that is to be safe to show: not too long, and nothing in it that is not text.
#[track_caller]
fn assert_safe(text: &str, limit: usize) {
    assert!(text.chars().count() <= limit, "longer than {limit}: {text:?}");
    assert!(!text.chars().any(is_invisible), "not safe to show: {text:?}");
}

/// No piece of the key, of eight characters or more, is in the text.
#[track_caller]
fn assert_no_key(text: &str) {
    assert!(!has_key(text.as_bytes()), "a piece of the key: {text}");
}

/// A fuzzer that watches comparisons finds such pieces by itself, not only where `@KEY@` was.
fn has_key(text: &[u8]) -> bool {
    const TELLTALE: usize = 8;
    text.windows(TELLTALE).any(|window| KEY.as_bytes().windows(TELLTALE).any(|piece| piece == window))
}

/// What is made of a body with a status of 200. How a failure is put into words is no part of the library, so
/// without `fuzzing` only the parser is called.
fn understand<T>(body: &[u8], parse: fn(&[u8]) -> Result<T, String>) -> Result<T, Failure> {
    #[cfg(fuzzing)]
    let result = chutes_top::api::fuzzing::understand(body, &key(), parse);
    #[cfg(not(fuzzing))]
    let result = parse(body).map_err(|_| Failure::new(FailureKind::InvalidResponse, "not understood"));
    result.inspect_err(check_failure)
}

/// What is made of a body with this status, which is not 200.
fn refused(status: u16, body: &[u8]) -> Failure {
    #[cfg(fuzzing)]
    let failure = chutes_top::api::fuzzing::refusal(status, body, &key(), now());
    #[cfg(not(fuzzing))]
    let failure = {
        let said = chutes_top::api::wire::detail(body);
        Failure::new(FailureKind::from_status(status), if said.is_some() { "it says why" } else { "it does not say" })
    };
    check_failure(&failure);
    failure
}

#[track_caller]
fn check_failure(failure: &Failure) {
    assert_safe(&failure.message, MESSAGE_LIMIT);
    assert!(!failure.message.is_empty());
    assert_no_key(&failure.message);
}
