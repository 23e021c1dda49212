//! What lies between: names, certificates, proxies, the other family of addresses. Nothing here leaves this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "support/http.rs"]
#[allow(dead_code, reason = "shared with the tests of what is answered")]
mod http;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

use assert_cmd::Command;
use chutes_top::api::{Client, QuotaSource};
use chutes_top::clock::SystemClock;
use chutes_top::domain::api_base::ApiBase;
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::snapshot::Snapshot;
use http::{Recording, Server, Step};
use pretty_assertions::assert_eq;
use rstest::rstest;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use tempfile::TempDir;

const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

/// The answer to everything.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{\"quota\":300,\"used\":1.0}";

async fn ask(address: &str) -> Result<Snapshot, Failure> {
    let client = Client::new(&ApiBase::parse(address).unwrap(), Arc::new(SystemClock)).unwrap();
    client.fetch_quota_usage(&ApiKey::new(KEY)).await
}

/// Takes connections until the test ends, each on a thread of its own.
fn serve(address: SocketAddr, serve: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind(address).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    port
}

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// The first line of a request, once its head is in; `None` when there is none.
fn request(stream: impl std::io::Read) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    Some(first)
}

/// A server with a certificate that nobody knows: its port, and the certificate in a file.
fn secure_server() -> (u16, TempDir, PathBuf) {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    std::fs::write(&file, certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config =
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap());
    let port = serve(here(), move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        while request(&mut stream).is_some() {
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    });
    (port, folder, file)
}

/// What `snapshot` says of one key, in an environment that holds nothing but these variables.
fn snapshot(variables: &[(&str, &str)]) -> Value {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path()).env("CHUTES_API_KEY", KEY);
    let output = command.envs(variables.iter().copied()).args(["snapshot", "--format", "json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document.pointer("/credentials/0").unwrap().clone()
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_no_secure_connection() {
    let (port, ..) = secure_server();
    let failure = ask(&format!("https://127.0.0.1:{port}")).await.unwrap_err();
    assert_eq!((failure.kind, failure.http_status), (FailureKind::Tls, None), "{}", failure.message);
    assert!(failure.message.starts_with("no secure connection to 127.0.0.1: "), "{}", failure.message);
}

#[test]
fn ssl_cert_file_names_who_is_trusted() {
    let (port, folder, file) = secure_server();
    let url = format!("https://127.0.0.1:{port}");
    let trusting = snapshot(&[("CHUTES_API_URL", &url), ("SSL_CERT_FILE", file.to_str().unwrap())]);
    assert_eq!(trusting["status"], "success", "{trusting}");
    assert_eq!(trusting["quota"], 300);
    // Those of another authority do not help.
    let other = folder.path().join("others.pem");
    let others = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&other, others.cert.pem()).unwrap();
    let wary = snapshot(&[("CHUTES_API_URL", &url), ("SSL_CERT_FILE", other.to_str().unwrap())]);
    assert_eq!(wary["error"]["kind"], "tls", "{wary}");
}

/// A hello of the server that chooses this version, with a cipher of old times.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let random = [7; 32];
    let [major, minor] = version;
    let body = [&[major, minor], random.as_slice(), &[0, 0x00, 0x2f, 0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, major, minor, 0, length + 4, 2, 0, 0, length], body.as_slice()].concat()
}

#[rstest]
#[case::ssl_3([3, 0])]
#[case::tls_1_0([3, 1])]
#[case::tls_1_1([3, 2])]
#[tokio::test]
async fn tls_before_1_2_is_not_spoken(#[case] version: [u8; 2]) {
    let server = Server::misbehaving(vec![Step::Send(hello(version)), Step::Hang]).await;
    let failure = ask(&format!("https://127.0.0.1:{}", server.port())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.message);
}

/// A host with a label so long that no directory of names can have it, so that none is asked for it.
fn nowhere() -> String {
    format!("{}.invalid", "a".repeat(64))
}

#[tokio::test]
async fn a_name_that_cannot_be_found_is_no_connection() {
    let host = nowhere();
    let failure = ask(&format!("https://{host}")).await.unwrap_err();
    assert_eq!((failure.kind, failure.http_status), (FailureKind::Connect, None), "{}", failure.message);
    assert!(failure.message.starts_with(&format!("no connection to {host}: ")), "{}", failure.message);
    assert_eq!(failure.summary(), "no connection");
}

#[tokio::test]
async fn a_server_that_is_only_there_in_ipv6_is_found() {
    let port = serve((Ipv6Addr::LOCALHOST, 0).into(), |mut stream| {
        while request(&stream).is_some() {
            stream.write_all(ANSWER).unwrap();
        }
    });
    for host in ["[::1]", "localhost", "name.localhost"] {
        let address = format!("http://{host}:{port}");
        assert!(ApiBase::parse(&address).unwrap().is_loopback());
        assert!(ask(&address).await.is_ok(), "{address}");
    }
}

#[tokio::test]
async fn a_login_page_of_the_network_is_no_answer() {
    let page = "<!DOCTYPE html><title>Hotel Wi-Fi</title><form action=/login>";
    let text = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    let server = Server::misbehaving(vec![Step::Send(text.into_bytes())]).await;
    let failure = ask(&server.address()).await.unwrap_err();
    assert_eq!((failure.kind, failure.http_status), (FailureKind::InvalidResponse, Some(200)));
    assert!(failure.message.contains("from a proxy or a login page of the network?"), "{}", failure.message);
}

#[tokio::test]
async fn closed_before_an_answer_reads_no_answer() {
    for server in [Server::closing().await, Server::misbehaving(vec![Step::Reset]).await] {
        let failure = ask(&server.address()).await.unwrap_err();
        assert_eq!((failure.kind.as_str(), failure.summary().as_str()), ("connect", "no answer"));
        assert!(failure.message.contains("closed the connection before it answered"), "{}", failure.message);
    }
}

/// A proxy that tells what it is asked for, and refuses it.
fn proxy() -> (String, mpsc::Receiver<String>) {
    let (asked, requests) = mpsc::channel();
    let port = serve(here(), move |mut stream| {
        if let Some(request) = request(&stream) {
            let _test_is_over = asked.send(request);
            let _closed = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            let _closed = stream.read(&mut [0]);
        }
    });
    (format!("http://127.0.0.1:{port}"), requests)
}

#[rstest]
#[case("HTTPS_PROXY")]
#[case("https_proxy")]
#[case("ALL_PROXY")]
fn a_proxy_of_the_environment_is_used(#[case] variable: &str) {
    let (proxy, requests) = proxy();
    let (_port, _folder, file) = secure_server();
    let credential = snapshot(&[
        ("CHUTES_API_URL", "https://chutes.invalid"),
        (variable, &proxy),
        ("SSL_CERT_FILE", file.to_str().unwrap()),
    ]);
    assert_eq!(credential["error"]["kind"], "connect", "{credential}");
    assert_eq!(requests.try_recv().as_deref(), Ok("CONNECT chutes.invalid:443 HTTP/1.1"));
}

#[test]
fn a_host_can_be_exempted_from_the_proxy() {
    let (proxy, requests) = proxy();
    let (_port, _folder, file) = secure_server();
    let (host, file) = (nowhere(), file.to_str().unwrap());
    let url = format!("https://{host}");
    let credential =
        snapshot(&[("CHUTES_API_URL", &url), ("HTTPS_PROXY", &proxy), ("NO_PROXY", &host), ("SSL_CERT_FILE", file)]);
    assert_eq!(credential["error"]["kind"], "connect", "{credential}");
    assert!(requests.try_recv().is_err(), "the proxy was asked");
}

#[tokio::test]
async fn no_proxy_is_used_for_this_machine() {
    let (proxy, requests) = proxy();
    let server = Server::recorded(Recording::load("base.quota_usage_me.json")).await;
    let address = server.address();
    let ask = move || {
        let proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, proxy.as_str()));
        snapshot(&[proxies.as_slice(), &[("CHUTES_API_URL", address.as_str())]].concat())
    };
    let credential = tokio::task::spawn_blocking(ask).await.unwrap();
    assert_eq!(credential["status"], "success", "{credential}");
    assert!(requests.try_recv().is_err(), "the proxy was asked");
}
