//! `chutes-top exporter`: the usage for Prometheus, over HTTP.

mod own;
mod page;
mod process;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::time::Instant;

use self::page::Page;
use crate::cli::{ExporterArgs, GlobalArgs};
use crate::clock::Clock;
use crate::commands::collect::{Collector, News};
use crate::commands::{self, Console, Ended, Outcome};
use crate::config::Settings;
use crate::domain::credential::Credential;
use crate::environment::Environment;

/// Serves until it is stopped.
///
/// # Errors
///
/// How it ended early, after the reason has been said.
pub fn run(
    global: &GlobalArgs,
    args: &ExporterArgs,
    environment: &Environment,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Ended {
    let (settings, credentials) = commands::begin(global, environment, console)?;
    commands::block_on(export(&settings, credentials, args.listen, clock, console))
        .map_err(|error| console.cannot_run(&error))
}

async fn export(
    settings: &Settings,
    credentials: Vec<Credential>,
    listen: SocketAddr,
    clock: &Arc<dyn Clock>,
    console: &mut Console<'_>,
) -> Outcome {
    // Before anything is asked: a second exporter must not spend the budget of the first.
    let (listener, address) = match open(listen).await {
        Ok(opened) => opened,
        Err(error) => return commands::refuse(console, &format!("--listen {listen}: {error}")),
    };
    let (mut collector, usage) = match Collector::start(settings, credentials, clock).await {
        Ok(started) => started,
        Err(line) => return commands::refuse(console, &line),
    };
    console.notices(&notices(address));
    let page = Arc::new(Page::new(usage, Arc::clone(clock)));
    let server = server::Server::start(listener, Arc::clone(&page));
    let outcome = loop {
        match collector.next().await {
            News::Update(update) => page.apply(update, Instant::now()),
            News::Notice(line) => console.notices(&[line]),
            News::Over(outcome) => break outcome,
        }
    };
    server.stop().await;
    collector.end().await;
    outcome
}

async fn open(listen: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Where the metrics are, and who can read them.
fn notices(address: SocketAddr) -> Vec<String> {
    let mut lines = vec![format!("metrics at http://{address}/metrics")];
    if !address.ip().to_canonical().is_loopback() {
        lines.push(format!(
            "--listen {address}: anyone who can reach this address can read the names of the keys, their quotas and balances"
        ));
    }
    lines
}
