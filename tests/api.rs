//! The client against what the server was recorded to answer, and against everything it should not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly; its helpers are part of it"
)]

#[path = "support/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the optional answers and of hostile servers")]
mod http;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeZone as _, Utc};
use chutes_top::api::{Client, Limits, QuotaSource};
use chutes_top::clock::Clock as _;
use chutes_top::domain::api_base::ApiBase;
use chutes_top::domain::clean::{MESSAGE_LIMIT, clean};
use chutes_top::domain::credential::ApiKey;
use chutes_top::domain::failure::{Failure, FailureKind};
use chutes_top::domain::quota::{Headroom, Quota};
use chutes_top::domain::snapshot::Snapshot;
use http::{Recording, Server, Step, StoppedClock};
use pretty_assertions::assert_eq;
use rstest::rstest;

const KEY: &str =
    "cpk_0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.S3cretS3cretAAAABBBBCCCCDDDDEEEE";

/// Long enough that only what is meant to time out does.
const PATIENT: Duration = Duration::from_mins(1);
/// For answers that never end.
const IMPATIENT: Duration = Duration::from_millis(200);

fn client(address: &str, total: Duration) -> Client {
    let base = ApiBase::parse(address).unwrap();
    Client::with_limits(&base, Arc::new(StoppedClock), Limits { total, ..Limits::default() }).unwrap()
}

async fn ask(address: &str, total: Duration) -> Result<Snapshot, Failure> {
    client(address, total).fetch_quota_usage(&ApiKey::new(KEY)).await
}

async fn replay(name: &str) -> Result<Snapshot, Failure> {
    let server = Server::recorded(Recording::load(name)).await;
    ask(&server.address(), PATIENT).await
}

/// The failure of asking a server that does `steps`, which is checked to be fit for the screen.
async fn failure_of(steps: Vec<Step>, total: Duration) -> Failure {
    let server = Server::misbehaving(steps).await;
    let failure = ask(&server.address(), total).await.expect_err("no quota can be learned");
    assert_presentable(&failure);
    failure
}

fn assert_presentable(failure: &Failure) {
    let message = &failure.message;
    assert!(!message.is_empty() && message.chars().count() <= MESSAGE_LIMIT, "{message}");
    assert_eq!(&clean(message, MESSAGE_LIMIT), message);
    assert!(!message.contains("S3cret") && !message.contains("456789"), "{message}");
}

fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} Word\r\n{headers}content-length: {}\r\n\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

fn sent(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// The recordings of a quota that was read: what each of them means. Which of them are low is for the thresholds to say.
const READ: &[(&str, Quota, Option<f64>, &str, Headroom)] = &[
    ("base.quota_usage_me.json", Quota::Finite(300), Some(120.0), "base", Headroom::Ok),
    ("bignum.quota_usage_me.json", Quota::Finite(9_007_199_254_740_993), Some(0.0), "unknown", Headroom::Ok),
    ("custompro.quota_usage_me.json", Quota::Finite(5001), Some(5000.9), "pro", Headroom::Ok),
    ("free.quota_usage_me.json", Quota::Unlimited, Some(0.0), "unlimited", Headroom::Unlimited),
    ("invoiced.quota_usage_me.json", Quota::Unlimited, Some(0.0), "unlimited", Headroom::Unlimited),
    ("legacy.quota_usage_me.json", Quota::Finite(200), Some(12.3), "legacy", Headroom::Ok),
    ("nanused.quota_usage_me.json", Quota::Finite(2000), None, "plus", Headroom::Unknown),
    ("negative.quota_usage_me.json", Quota::Finite(0), Some(0.0), "pay_as_you_go", Headroom::NoQuota),
    ("noquota.quota_usage_me.json", Quota::Finite(0), Some(0.0), "pay_as_you_go", Headroom::NoQuota),
    ("oauth.ok.profile.json", Quota::Finite(2000), Some(12.3), "plus", Headroom::Ok),
    ("overused.quota_usage_me.json", Quota::Finite(300), Some(300.9), "base", Headroom::Exhausted),
    ("paygo.quota_usage_me.json", Quota::Finite(0), Some(0.0), "pay_as_you_go", Headroom::NoQuota),
    ("perchute.quota_usage_chute_a.json", Quota::Finite(50), Some(49.5), "unknown", Headroom::Ok),
    ("perchute.quota_usage_chute_b.json", Quota::Finite(1000), Some(7.0), "unknown", Headroom::Ok),
    ("perchute.quota_usage_chute_other.json", Quota::Finite(300), Some(41.2), "base", Headroom::Ok),
    ("perchute.quota_usage_me.json", Quota::Finite(300), Some(41.2), "base", Headroom::Ok),
    ("perchute.quota_usage_star.json", Quota::Finite(300), Some(0.0), "base", Headroom::Ok),
    ("perchute.quota_usage_star_encoded.json", Quota::Finite(300), Some(0.0), "base", Headroom::Ok),
    ("plus.quota_usage_arbitrary_word.json", Quota::Finite(2000), Some(12.3), "plus", Headroom::Ok),
    ("plus.quota_usage_me.json", Quota::Finite(2000), Some(12.3), "plus", Headroom::Ok),
    ("pro.quota_usage_me.json", Quota::Finite(5000), Some(4321.7), "pro", Headroom::Ok),
    ("redisdown.quota_usage_me.json", Quota::Finite(300), Some(0.0), "base", Headroom::Ok),
    ("reroll.quota_usage_me.json", Quota::Finite(2000), Some(3.7), "plus", Headroom::Ok),
];

const RESTRICTED: &str = "unknown, revoked or restricted key (a restricted one can never read account data)";

/// The recordings of a refusal: kind, status, and the end of the message.
const REFUSED: &[(&str, FailureKind, u16, &str)] = &[
    ("error.403_balance.json", FailureKind::Forbidden, 403, "only be performed by billing admin accounts."),
    ("error.404_unknown_path.json", FailureKind::NotFound, 404, "No matching chute found!"),
    (
        "error.422_usage_page.json",
        FailureKind::Other,
        422,
        "422: query.page: Input should be a valid integer, unable to parse string as an integer; query.limit: Input \
         should be a valid integer, unable to parse string as an integ…",
    ),
    ("error.malformed_key.json", FailureKind::Unauthorized, 401, "Missing or invalid authorization header(s)"),
    (
        "error.missing_authorization.quota_usage_me.json",
        FailureKind::Unauthorized,
        401,
        "Can't find a user with that api key in our db :(",
    ),
    ("error.scoped_key_1.json", FailureKind::Unauthorized, 401, "Invalid token or user not found"),
    ("error.unknown_key.json", FailureKind::Unauthorized, 401, "Invalid token or user not found"),
    (
        "invoke.402_caps.json",
        FailureKind::Other,
        402,
        "402: Subscription usage cap exceeded. Please add balance to continue.",
    ),
    (
        "invoke.402_quota_exceeded.json",
        FailureKind::Other,
        402,
        "send tao to 5FakePayment000000000000000000000000000000000011",
    ),
    (
        "invoke.402_zero_quota.json",
        FailureKind::Other,
        402,
        "send tao to 5FakePayment000000000000000000000000000000000051",
    ),
    ("invoke.429_free_models.json", FailureKind::RateLimited, 429, "upgrade subscription to pro to unlock more."),
    ("nohotkey.me.json", FailureKind::ServerError, 500, "status 500: Internal Server Error"),
    (
        "oauth.error.scope_chutes_invoke.json",
        FailureKind::Forbidden,
        403,
        "Token does not have permission for this resource",
    ),
    ("overload.503.json", FailureKind::ServerError, 503, "status 503: Service Unavailable"),
];

#[tokio::test]
async fn every_recorded_quota_has_its_meaning() {
    for (name, quota, used, tier, headroom) in READ {
        let snapshot = replay(name).await.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert_eq!(snapshot.usage.quota(), *quota, "{name}");
        assert_eq!(snapshot.usage.used(), *used, "{name}");
        assert_eq!(snapshot.usage.tier().name.as_str(), *tier, "{name}");
        assert_eq!(snapshot.usage.headroom(), *headroom, "{name}");
        assert_eq!(snapshot.fetched_at, StoppedClock.now());
        assert_eq!(snapshot.reset_at, Utc.with_ymd_and_hms(2026, 11, 24, 0, 0, 0).unwrap());
    }
}

#[tokio::test]
async fn every_recorded_refusal_has_its_kind_and_says_why() {
    for (name, kind, status, end) in REFUSED {
        let failure = replay(name).await.expect_err(name);
        assert_eq!((failure.kind, failure.http_status), (*kind, Some(*status)), "{name}");
        assert!(failure.message.ends_with(end), "{name}: {}", failure.message);
        assert_eq!(failure.message.starts_with(RESTRICTED), *status == 401, "{name}: {}", failure.message);
        assert_eq!(failure.retry_after, None);
        assert_presentable(&failure);
    }
}

#[test]
fn every_recording_is_asserted() {
    let asserted: BTreeSet<&str> =
        READ.iter().map(|(name, ..)| *name).chain(REFUSED.iter().map(|(name, ..)| *name)).collect();
    let stored = Recording::names();
    let of_the_quota: BTreeSet<&str> = stored
        .iter()
        .map(String::as_str)
        .filter(|name| name.contains("quota_usage") && !name.starts_with("error"))
        .collect();
    assert_eq!(of_the_quota.difference(&asserted).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[rstest]
#[case::web_page("text/html", "<!DOCTYPE html><title>Log in</title>", "web page")]
#[case::empty("application/json", "", "empty")]
#[case::plain_text("text/plain", "OK", "not a JSON object")]
#[case::no_quota("application/json", "{}", "missing field `quota`")]
#[case::fraction("application/json", r#"{"quota":300.5,"used":1.0}"#, "300.5`, expected a quota")]
#[case::wrong_type("application/json", r#"{"quota":[],"used":1.0}"#, "sequence, expected a quota")]
#[case::used_word("application/json", r#"{"quota":1,"used":"1"}"#, "expected a number or null")]
#[case::deep("application/json", &"{\"a\":".repeat(9_000), "stops too soon")]
#[case::echoed_key("application/json", &format!(r#"{{"quota":"{KEY}"}}"#), "string \"[key]\"")]
#[case::escapes("application/json", "{\"quota\":\"\\u001b[2J\\u202egnp\\u0007\"}", "expected a quota")]
#[tokio::test]
async fn a_body_that_is_not_as_agreed(#[case] content_type: &str, #[case] body: &str, #[case] reason: &str) {
    let failure = failure_of(response("200", &format!("content-type: {content_type}\r\n"), body), PATIENT).await;
    assert_eq!((failure.kind, failure.http_status), (FailureKind::InvalidResponse, Some(200)));
    assert!(failure.message.contains(reason), "{}", failure.message);
}

#[tokio::test]
async fn a_body_that_is_not_text() {
    let failure = failure_of(response("200", "", b"{\"quota\":300,\"note\":\"\xff\xfe\"}"), PATIENT).await;
    assert_eq!(failure.kind, FailureKind::InvalidResponse);
    assert_eq!(failure.message, "the answer is not valid UTF-8");
}

#[rstest]
#[case("gzip")]
#[case("br")]
#[case("GZIP\u{1b}[31m")]
#[tokio::test]
async fn an_encoding_is_not_undone(#[case] encoding: &str) {
    let headers = format!("content-encoding: {}\r\n", encoding.replace('\u{1b}', "\t"));
    let failure = failure_of(response("200", &headers, r#"{"quota":300,"used":1.0}"#), PATIENT).await;
    assert_eq!(failure.kind, FailureKind::InvalidResponse);
    assert!(failure.message.contains("encoded"), "{}", failure.message);
}

#[tokio::test]
async fn no_encoding_may_be_said_aloud() {
    let steps = response("200", "content-encoding: identity\r\n", r#"{"quota":300,"used":1.0}"#);
    let server = Server::misbehaving(steps).await;
    assert!(ask(&server.address(), PATIENT).await.is_ok());
}

#[rstest]
#[case::announced(vec![sent("HTTP/1.1 200 OK\r\ncontent-length: 262145\r\n\r\n"), Step::Hang])]
#[case::endless(vec![sent("HTTP/1.1 200 OK\r\n\r\n{"), Step::Flood])]
#[case::chunked(vec![sent("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFF\r\n"), Step::Flood])]
#[tokio::test]
async fn reading_stops_at_256_kib(#[case] steps: Vec<Step>) {
    let failure = failure_of(steps, PATIENT).await;
    assert_eq!(failure.kind, FailureKind::TooLarge);
    assert_eq!(failure.message, "the answer is larger than 256 KiB; the rest was not read");
}

#[tokio::test]
async fn exactly_256_kib_are_read() {
    let quota = r#"{"quota":300,"used":1.0}"#;
    let body = format!("{quota}{}", " ".repeat(262_144 - quota.len()));
    let server = Server::misbehaving(response("200", "", body)).await;
    assert!(ask(&server.address(), PATIENT).await.is_ok());
}

#[rstest]
#[case::length("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"quota\":300,\"used\":1.0}")]
#[case::chunks("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n18\r\n{\"quota\":300,\"used\":1.0}\r\n")]
#[case::no_length("HTTP/1.1 200 OK\r\n\r\n{\"quota\":300,\"us")]
#[case::bad_chunk("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n")]
#[case::not_http("SSH-2.0-OpenSSH_9.2p1\r\n\r\n")]
#[case::tls_alert("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{46}")]
#[case::two_lengths("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}")]
#[tokio::test]
async fn an_answer_that_is_cut_short_or_no_http(#[case] text: &str) {
    let failure = failure_of(vec![sent(text)], PATIENT).await;
    assert_eq!(failure.kind, FailureKind::InvalidResponse, "{}", failure.message);
}

#[tokio::test]
async fn an_endless_head_is_too_large() {
    let failure = failure_of(vec![sent("HTTP/1.1 200 OK\r\nx: "), Step::Flood], PATIENT).await;
    assert_eq!(failure.kind, FailureKind::TooLarge);
}

#[rstest]
#[case::says_nothing(vec![Step::Hang])]
#[case::half_a_head(vec![sent("HTTP/1.1 200 OK\r\n"), Step::Hang])]
#[case::trickling_head(vec![sent("HTTP/1.1 200 OK\r\nx: "), Step::Trickle])]
#[case::no_body(vec![sent("HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n"), Step::Hang])]
#[case::trickling_body(vec![sent("HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n"), Step::Trickle])]
#[tokio::test]
async fn a_whole_answer_has_a_time_limit(#[case] steps: Vec<Step>) {
    let failure = failure_of(steps, IMPATIENT).await;
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(failure.message, "no whole answer from 127.0.0.1 within 0.2 s");
}

#[rstest]
#[case(301, FailureKind::Redirect)]
#[case(302, FailureKind::Redirect)]
#[case(304, FailureKind::Redirect)]
#[case(308, FailureKind::Redirect)]
#[case(400, FailureKind::Other)]
#[case(402, FailureKind::Other)]
#[case(418, FailureKind::Other)]
#[case(500, FailureKind::ServerError)]
#[case(599, FailureKind::ServerError)]
#[case(201, FailureKind::InvalidResponse)]
#[case(204, FailureKind::InvalidResponse)]
#[case(206, FailureKind::InvalidResponse)]
#[case(101, FailureKind::InvalidResponse)]
#[case(999, FailureKind::InvalidResponse)]
#[tokio::test]
async fn every_other_status_is_a_failure(#[case] status: u16, #[case] kind: FailureKind) {
    let text = format!("HTTP/1.1 {status} Word\r\nconnection: close\r\n\r\n");
    let failure = failure_of(vec![sent(&text)], PATIENT).await;
    assert_eq!((failure.kind, failure.http_status), (kind, Some(status)), "{}", failure.message);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_query_not_shown() {
    let target = Server::recorded(Recording::load("base.quota_usage_me.json")).await;
    let headers = format!("location: {}/login?token=hunter22\r\n", target.address());
    let failure = failure_of(response("302", &headers, "<html>"), PATIENT).await;
    assert_eq!(failure.message, "redirected to http://127.0.0.1; redirects are not followed");
    assert_eq!(target.connections(), 0);
}

#[rstest]
#[case("429", "30", Some(30))]
#[case("429", "Mon, 23 Nov 2026 17:40:00 GMT", Some(120))]
#[case("429", "999999", Some(86_400))]
#[case("503", "5", Some(5))]
#[case("429", "soon", None)]
#[tokio::test]
async fn how_long_to_wait_is_passed_on(#[case] status: &str, #[case] value: &str, #[case] seconds: Option<u64>) {
    let failure = failure_of(response(status, &format!("retry-after: {value}\r\n"), ""), PATIENT).await;
    assert_eq!(failure.retry_after, seconds.map(Duration::from_secs));
}

#[tokio::test]
async fn a_status_counts_even_when_its_body_cannot_be_read() {
    let steps = vec![sent("HTTP/1.1 429 Slow down\r\nretry-after: 9\r\ncontent-length: 99\r\n\r\n{")];
    let failure = failure_of(steps, PATIENT).await;
    assert_eq!((failure.kind, failure.retry_after), (FailureKind::RateLimited, Some(Duration::from_secs(9))));
}

#[tokio::test]
async fn a_refusal_shows_neither_the_key_nor_what_it_is_dressed_in() {
    let body = format!("{{\"detail\":\"{}\\u001b]0;x\\u0007bad \\u202ekey {KEY} {}\"}}", "x".repeat(60), &KEY[70..90]);
    let failure = failure_of(response("401", "", body), PATIENT).await;
    assert!(failure.message.ends_with("xbad key [key] [key]"), "{}", failure.message);
    let page = format!("<html>{KEY}</html>");
    let failure = failure_of(response("502", "content-type: text/html\r\n", page), PATIENT).await;
    assert!(failure.message.contains("502") && failure.message.contains("web page"), "{}", failure.message);
}

/// Whoever tries the program out with a key of a letter or two is to understand what it says.
#[tokio::test]
async fn a_key_of_a_few_letters_is_not_found_in_our_own_words() {
    let says = async |steps: Vec<Step>, key: &str| {
        let server = Server::misbehaving(steps).await;
        let failure = client(&server.address(), PATIENT).fetch_quota_usage(&ApiKey::new(key)).await.unwrap_err();
        failure.message
    };
    let refused = response("401", "", r#"{"detail":"no user has k"}"#);
    let meaning = "unknown, revoked or restricted key (a restricted one can never read account data)";
    assert_eq!(says(refused, "k").await, format!("{meaning}: no user has [key]"));
    let elsewhere = response("302", "location: https://a.example/a\r\n", "");
    assert_eq!(says(elsewhere, "re").await, "redirected to https://a.example; redirects are not followed");
    assert_eq!(says(response("200", "", "<html>"), "web").await, html());
    let encoded = response("200", "content-encoding: gzip\r\n", "");
    assert_eq!(says(encoded, "en").await, "the answer is encoded (gzip), which was not asked for");
    let wrong = says(response("200", "", r#"{"quota":"an"}"#), "an").await;
    assert!(wrong.starts_with("the answer is not as agreed: ") && wrong.contains("\"[key]\""), "{wrong}");
    let cut = says(vec![sent("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{")], "was").await;
    assert!(cut.starts_with("the answer was cut short: "), "{cut}");
}

fn html() -> &'static str {
    "the answer is a web page (from a proxy or a login page of the network?) instead of JSON"
}

#[tokio::test]
async fn closed_before_an_answer_is_no_connection() {
    for server in [Server::closing().await, Server::misbehaving(vec![]).await] {
        let failure = ask(&server.address(), PATIENT).await.expect_err("closed");
        assert_eq!((failure.kind, failure.http_status), (FailureKind::Connect, None), "{}", failure.message);
        assert_presentable(&failure);
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on() {
    // Bound, so that no other test gets the port, but not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "demo.localhost", "[::1]"] {
        let failure = ask(&format!("http://{host}:{port}"), PATIENT).await.expect_err("nobody listens");
        assert_eq!(failure.kind, FailureKind::Connect, "{}", failure.message);
        assert!(failure.message.starts_with(&format!("no connection to {host}: ")), "{}", failure.message);
        assert_presentable(&failure);
    }
}

#[tokio::test]
async fn a_name_under_localhost_is_this_machine() {
    let server = Server::recorded(Recording::load("base.quota_usage_me.json")).await;
    assert!(ask(&format!("http://no-such-name.localhost:{}", server.port()), PATIENT).await.is_ok());
}

#[tokio::test]
async fn no_secure_connection_to_a_plain_port() {
    let server = Server::misbehaving(vec![sent("HTTP/1.1 400 Bad Request\r\n\r\n")]).await;
    let failure = ask(&format!("https://127.0.0.1:{}", server.port()), PATIENT).await.expect_err("no TLS there");
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.message);
    assert!(failure.message.starts_with("no secure connection to 127.0.0.1: "), "{}", failure.message);
    assert_presentable(&failure);
}

#[tokio::test]
async fn closed_in_the_middle_of_the_handshake_is_no_connection() {
    for server in [Server::closing().await, Server::misbehaving(vec![]).await] {
        let failure = ask(&format!("https://127.0.0.1:{}", server.port()), PATIENT).await.expect_err("closed");
        assert_eq!(failure.kind, FailureKind::Connect, "{}", failure.message);
        assert_presentable(&failure);
    }
}

#[rstest]
#[case("")]
#[case("cpk_with\nnewline")]
#[case("cpk_sch\u{fc}ssel")]
#[tokio::test]
async fn a_key_that_cannot_be_sent_is_not(#[case] key: &str) {
    let server = Server::recorded(Recording::load("base.quota_usage_me.json")).await;
    let failure = client(&server.address(), PATIENT).fetch_quota_usage(&ApiKey::new(key)).await.expect_err("no header");
    assert_eq!(failure.kind, FailureKind::Other);
    assert_eq!(failure.message, "the key is empty or has characters that cannot be sent");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    for (recording, is_read) in [("plus.quota_usage_me.json", true), ("error.unknown_key.json", false)] {
        let server = Server::recorded(Recording::load(recording)).await;
        let client = client(&server.address(), PATIENT);
        for _ in 0..20 {
            assert_eq!(client.fetch_quota_usage(&ApiKey::new(KEY)).await.is_ok(), is_read);
        }
        assert_eq!((server.requests(), server.connections()), (20, 1), "{recording}");
    }
}

#[tokio::test]
async fn five_at_a_time_open_five_connections() {
    use futures_util::{StreamExt, stream};
    let server = Server::recorded(Recording::load("plus.quota_usage_me.json")).await;
    let client = client(&server.address(), PATIENT);
    let key = ApiKey::new(KEY);
    let answers = stream::iter(0..500).map(|_| client.fetch_quota_usage(&key)).buffer_unordered(5);
    assert_eq!(answers.filter(|answer| std::future::ready(answer.is_ok())).count().await, 500);
    assert_eq!((server.requests(), server.connections()), (500, 5));
}

#[test]
fn the_client_shows_nothing_secret_of_itself() {
    let client = client("http://127.0.0.1:1", PATIENT);
    assert!(!format!("{client:?}").contains("Bearer"));
}
