//! HTTP servers on loopback: one that answers as recorded, and one that misbehaves byte by byte.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use chutes_top::clock::Clock;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A clock that stands still, at 2026-11-23 17:38 UTC.
#[derive(Debug)]
pub(crate) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-23T17:38:00Z".parse().unwrap()
    }
}

/// One recorded exchange.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Recording {
    pub(crate) response: Response,
}

/// What was recorded of an answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body_text: String,
}

impl Recording {
    /// The recording of that name in `tests/fixtures/wire`.
    pub(crate) fn load(name: &str) -> Self {
        let text = std::fs::read_to_string(Self::folder().join(name)).expect("the recording is there");
        serde_json::from_str(&text).expect("the recording is JSON")
    }

    /// The names of all recordings.
    pub(crate) fn names() -> Vec<String> {
        let entries = std::fs::read_dir(Self::folder()).expect("the recordings are there");
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn folder() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire")
    }

    /// The answer as it goes over the wire.
    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Recorded\r\n", self.response.status);
        for (name, value) in &self.response.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        format!("{head}\r\n{}", self.response.body_text).into_bytes()
    }
}

/// What a misbehaving server does once it has read the head of a request, in this order. When
/// nothing is left to do it closes the connection.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Keeps the connection open and says nothing more.
    Hang,
    /// Sends one blank at a time, for ever.
    Trickle,
    /// Sends bytes for as long as they are taken.
    Flood,
    /// Sends these bytes again and again, for as long as they are taken.
    Repeat(&'static [u8]),
    /// Breaks the connection off with a reset, so that not even the end of the answer is proper.
    Reset,
}

/// A server on a loopback port of its own, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers every proper request as recorded, for as many as come on a connection. Anything else
    /// than a `GET` of the quota with a `Bearer` key is told so with status 418.
    pub(crate) async fn recorded(recording: Recording) -> Self {
        Self::recorded_at("/users/me/quota_usage/me", recording).await
    }

    /// The same for requests of another path, whatever their query.
    pub(crate) async fn recorded_at(path: &'static str, recording: Recording) -> Self {
        let answer = recording.bytes();
        Self::start(move |mut stream, requests| {
            let answer = answer.clone();
            async move {
                while let Some(head) = read_head(&mut stream).await {
                    requests.fetch_add(1, Ordering::SeqCst);
                    let reply = if is_proper(&head, path) { answer.as_slice() } else { TEAPOT };
                    if stream.write_all(reply).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    /// Does `steps` on every connection.
    pub(crate) async fn misbehaving(steps: Vec<Step>) -> Self {
        Self::start(move |mut stream, requests| {
            let steps = steps.clone();
            async move {
                if read_head(&mut stream).await.is_some() {
                    requests.fetch_add(1, Ordering::SeqCst);
                    misbehave(&mut stream, steps).await;
                }
            }
        })
        .await
    }

    /// Does `steps` when asked with a key that begins with `key`, and answers any other key as recorded.
    pub(crate) async fn two_faced(key: &'static str, steps: Vec<Step>, recording: Recording) -> Self {
        let (answer, bad) = (recording.bytes(), format!("Bearer {key}"));
        Self::start(move |mut stream, requests| {
            let (answer, bad, steps) = (answer.clone(), bad.clone(), steps.clone());
            async move {
                while let Some(head) = read_head(&mut stream).await {
                    requests.fetch_add(1, Ordering::SeqCst);
                    if head.contains(&bad) {
                        return misbehave(&mut stream, steps).await;
                    }
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    /// Accepts connections and closes them at once.
    pub(crate) async fn closing() -> Self {
        Self::start(|_stream, _requests| async {}).await
    }

    async fn start<F, Done>(serve: F) -> Self
    where
        F: Fn(TcpStream, Arc<AtomicUsize>) -> Done + Send + 'static,
        Done: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let port = listener.local_addr().expect("its address").port();
        let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (opened, asked) = (Arc::clone(&connections), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&asked)));
            }
        });
        Self { port, connections, requests, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many connections were opened.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

const TEAPOT: &[u8] = b"HTTP/1.1 418 No\r\ncontent-length: 20\r\n\r\nnot a proper request";

/// Whether a request is what the client is to send, header by header.
fn is_proper(head: &str, path: &str) -> bool {
    let asked = head.strip_prefix("GET ").and_then(|rest| rest.split_once(" HTTP/1.1\r\n")).map(|(target, _)| target);
    let needs_key = path.starts_with("/users/");
    let mut lines = head.lines();
    let headers: BTreeMap<String, &str> = lines
        .by_ref()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let has = |name: &str, prefix: &str| headers.get(name).is_some_and(|value| value.starts_with(prefix));
    asked.is_some_and(|target| target.split('?').next() == Some(path))
        && has("authorization", "Bearer c") == needs_key
        && has("accept", "application/json")
        && has("user-agent", "chutes-top/")
        && !headers.contains_key("accept-encoding")
}

async fn misbehave(stream: &mut TcpStream, steps: Vec<Step>) {
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    for step in steps {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Hang => std::future::pending().await,
            Step::Trickle => {
                while stream.write_all(b" ").await.is_ok() {
                    beat.tick().await;
                }
            }
            Step::Flood => while stream.write_all(&[b' '; 16 * 1024]).await.is_ok() {},
            Step::Repeat(bytes) => {
                let many = bytes.repeat(16 * 1024 / bytes.len() + 1);
                while stream.write_all(&many).await.is_ok() {}
            }
            Step::Reset => {
                let _closed_already = stream.set_zero_linger();
                return;
            }
        }
    }
}

/// Reads up to the blank line; `None` when the connection ends before it.
async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.extend_from_slice(&byte);
        // What is no HTTP at all, such as the hello of a TLS client, has no blank line to wait for.
        if head.len() == 1 && !byte[0].is_ascii_uppercase() {
            break;
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}
