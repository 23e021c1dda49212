//! What only the fuzz targets reach (`fuzz/`).

use std::time::Duration;

use chrono::{DateTime, Utc};

/// See `retry_after`.
#[must_use]
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    super::retry_after::retry_after(value, now)
}
