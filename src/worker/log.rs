//! What is logged of the answers. The message of a failure was freed of keys where it came in.

use crate::domain::credential::{Credential, CredentialId};
use crate::domain::failure::Failure;
use crate::domain::snapshot::Snapshot;

/// Logs the answer of a daily quota.
pub(super) fn answer(credentials: &[Credential], id: CredentialId, result: &Result<Snapshot, Failure>) {
    let key = credentials.get(id.index()).map_or_else(String::new, |credential| credential.identity.name());
    match result {
        Ok(Snapshot { usage, .. }) => tracing::info!(key, used = usage.used(), limit = usage.limit(), "read"),
        Err(Failure { kind, message, .. }) => tracing::warn!(key, kind = kind.as_str(), message, "not read"),
    }
}
