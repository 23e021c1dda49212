//! What only the fuzz targets reach (`fuzz/`): the judgement of an answer, without a connection that brings it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Response;

use crate::api::answer::{self, Head};
use crate::domain::credential::ApiKey;
use crate::domain::failure::Failure;

/// What a body with a status of 200 says.
///
/// # Errors
///
/// What is wrong with it.
pub fn understand<T>(body: &[u8], key: &ApiKey, parse: fn(&[u8]) -> Result<T, String>) -> Result<T, Failure> {
    answer::understand(&head(200), body, key, parse)
}

/// The failure that a body with another status is.
#[must_use]
pub fn refusal(status: u16, body: &[u8], key: &ApiKey, now: DateTime<Utc>) -> Failure {
    answer::refusal(&head(status), body, key, now)
}

/// The wait that a `Retry-After` header asks for.
#[must_use]
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    super::retry_after::retry_after(value, now)
}

fn head(status: u16) -> Head {
    let mut response = hyper::Response::new("");
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    Head::of(&Response::from(response))
}
