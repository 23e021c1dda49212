//! A simulated Chutes server on loopback, so that the real client, worker and screen can be seen at work without a key.
//!
//! It speaks the recorded contract over real HTTP on a port that the system picks. Everything it says is a pure
//! function of the clock: the same question at the same instant gets the same answer, and a new start continues where
//! the last one was. Only the account that fails now and then keeps a count, of its requests. It never answers 429 and
//! never bans.
//!
//! Accounts, keys, models and prices are made up.

mod accounts;
mod answers;
mod auth;
mod chutes;
mod ledger;
mod past;
mod query;
mod server;
mod shape;
mod statistics;
#[cfg(test)]
mod tests;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::past::PastPlan;
use crate::clock::Clock;
use crate::domain::credential::{Credential, CredentialId};

/// A running demo server. Dropping it closes its port and every connection.
#[derive(Debug)]
pub struct Demo {
    /// Where it listens, without a trailing slash: `http://127.0.0.1:40123`.
    pub base_url: String,
    /// The made-up credentials that it knows, and one that it rejects.
    pub credentials: Vec<Credential>,
    _server: Server,
}

/// The task that serves; it ends with this handle.
#[derive(Debug)]
struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts the server on a free loopback port, in a task of the current runtime. `clock` decides
/// how much its accounts have used. Returns as soon as the port is open.
///
/// # Errors
///
/// When no loopback port can be opened.
pub async fn start(clock: Arc<dyn Clock>) -> io::Result<Demo> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let server = Server(tokio::spawn(server::serve(listener, clock)));
    Ok(Demo { base_url, credentials: accounts::credentials(), _server: server })
}

/// What the server said of each plan and its caps up to `now`, by a credential of each account: what a dashboard that had
/// been open for a month would have kept. The server itself tells the past of daily quotas, and none of caps.
#[must_use]
pub fn past_plans(now: DateTime<Utc>) -> Vec<(CredentialId, Vec<PastPlan>)> {
    past::plans(now)
}
