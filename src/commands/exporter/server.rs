//! The HTTP server of the exporter: few connections, short requests, and an end to each.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::page::Page;

/// Further connections wait until one ends. Prometheus opens one.
const MOST_CONNECTIONS: usize = 32;
/// While there are so many, the oldest ends after this long: idle ones, and those that send half a request, must not keep
/// Prometheus out, which waits for ten seconds.
const FAIR_SHARE: Duration = Duration::from_secs(2);
/// A request must be there so soon after the connection, or after the answer before.
const HEADER_TIMEOUT: Duration = Duration::from_mins(2);
/// No connection is kept longer, however busy: a new one is made at once.
const LONGEST_CONNECTION: Duration = Duration::from_mins(30);
/// How long an answer that has begun may take when a connection is to end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The most that is read of the head of a request.
const LONGEST_HEAD: usize = 16 * 1024;

/// A running server.
pub(super) struct Server {
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Answers on `listener` with `page`, in tasks of the current runtime.
    pub(super) fn start(listener: TcpListener, page: Arc<Page>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { task: tokio::spawn(serve(listener, page, stopped)), stop }
    }

    /// Takes no more requests, and waits a moment for the answers that have been begun.
    pub(super) async fn stop(self) {
        // When nobody hears it the server has ended already.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn serve(listener: TcpListener, page: Arc<Page>, mut stopped: watch::Receiver<bool>) {
    /// When no file handle is left, `accept` fails at once and again: wait a little.
    const BREATHER: Duration = Duration::from_millis(100);
    let mut connections = JoinSet::new();
    let mut oldest_first: VecDeque<(Instant, AbortHandle)> = VecDeque::new();
    let quit = stopped.clone();
    loop {
        oldest_first.retain(|(_, connection)| !connection.is_finished());
        let is_full = connections.len() >= MOST_CONNECTIONS;
        let end_of_share = oldest_first.front().map_or_else(Instant::now, |(since, _)| *since + FAIR_SHARE);
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, _)) => {
                    let connection = connections.spawn(converse(stream, Arc::clone(&page), quit.clone()));
                    oldest_first.push_back((Instant::now(), connection));
                }
                Err(_) => sleep(BREATHER).await,
            },
            () = sleep_until(end_of_share), if is_full => {
                if let Some((_, connection)) = oldest_first.pop_front() {
                    connection.abort();
                    // It makes room before the next one is looked at.
                    let _ended = connections.join_next().await;
                }
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers on one connection until either side ends it, its time is over, or the server is stopped.
async fn converse(stream: TcpStream, page: Arc<Page>, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = page.answer(&request);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(LONGEST_HEAD);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // A broken connection is for the client to notice; the others go on.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
        () = sleep(LONGEST_CONNECTION) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_WORDS, connection).await;
}
