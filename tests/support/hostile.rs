//! Ways to answer badly, each with the failure that it is: one table for the daily quota, one for the other questions.

use chutes_top::domain::failure::FailureKind::{self, *};

use crate::http::Step;

/// One way to answer badly.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What is done, in a few words.
    pub(crate) name: String,
    /// How it is done.
    pub(crate) steps: Vec<Step>,
    /// The failure that it is.
    pub(crate) kind: FailureKind,
    /// What its message says among other things.
    pub(crate) says: &'static str,
}

/// A question to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Quota,
    Plan,
    Rows,
    Chute,
    Account,
    Usage,
    Names,
}

impl Route {
    /// All but the daily quota.
    pub(crate) const OPTIONAL: [Self; 6] =
        [Self::Plan, Self::Rows, Self::Chute, Self::Account, Self::Usage, Self::Names];
}

const GOOD: &str = r#"{"quota":300,"used":1.0}"#;

fn case(name: &str, steps: Vec<Step>, kind: FailureKind, says: &'static str) -> Case {
    Case { name: name.to_owned(), steps, kind, says }
}

fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

/// An answer that is proper but for what is in it.
fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

/// `HTTP/1.1 200 OK` with these headers, and then these bytes.
fn ok(headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::Send([format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body.as_ref()].concat())]
}

/// The same in chunks.
fn chunked(body: impl AsRef<[u8]>) -> Vec<Step> {
    ok("transfer-encoding: chunked\r\n", body)
}

fn then(mut steps: Vec<Step>, last: Step) -> Vec<Step> {
    steps.push(last);
    steps
}

/// Whatever was asked: statuses, heads, framing, time.
pub(crate) fn on_any_route() -> Vec<Case> {
    [statuses(), heads(), lengths(), chunks(), times()].concat()
}

/// Everything for the daily quota.
pub(crate) fn on_the_quota() -> Vec<Case> {
    [on_any_route(), encodings(), texts(), sizes(), types()].concat()
}

fn statuses() -> Vec<Case> {
    let html = "<html><body>Bad gateway</body></html>";
    let rows: &[(&str, &str, &str, FailureKind, &'static str)] = &[
        ("201 Created", "", GOOD, InvalidResponse, "status 201 instead of 200"),
        ("202 Accepted", "", "", InvalidResponse, "status 202 instead of 200"),
        ("204 No Content", "", "", InvalidResponse, "status 204 instead of 200"),
        ("206 Partial Content", "content-range: bytes 0-23/99\r\n", GOOD, InvalidResponse, "status 206 instead"),
        ("300 Multiple Choices", "", "", Redirect, "redirected; redirects are not followed"),
        ("301 Moved", "location: https://evil.example/?k=1\r\n", "", Redirect, "redirected to https://evil.example;"),
        ("302 Found", "location: file:///etc/passwd\r\n", "", Redirect, "redirected; redirects"),
        ("303 See Other", "location: \r\n", "", Redirect, "redirects are not followed"),
        ("304 Not Modified", "", "", Redirect, "redirected"),
        ("307 Again", "location: /users/me/quota_usage/me\r\n", "", Redirect, "redirected to http://127.0.0.1"),
        ("308 Away", "location: http://[::bad\r\n", "", Redirect, "redirected; redirects"),
        ("400 Bad Request", "", "{\"detail\":{\"a\":[[[]]]}}", Other, "status 400: {\"a\":[[[]]]}"),
        ("401 Unauthorized", "", html, Unauthorized, "web page"),
        ("402 Payment Required", "", r#"{"detail":{"message":"pay"}}"#, Other, "status 402: pay"),
        ("403 Forbidden", "", r#"{"detail":[{"loc":["a",1],"msg":"no"}]}"#, Forbidden, "a.1: no"),
        ("404 Not Found", "", GOOD, NotFound, "no such address"),
        ("407 Proxy Authentication Required", "proxy-authenticate: Basic\r\n", "", Other, "status 407"),
        ("418 Teapot", "content-encoding: gzip\r\n", "\u{1f}\u{8b}", Other, "status 418"),
        ("429 Slow Down", "retry-after: Thu, 32 Foo 2026 25:61:61 GMT\r\n", "", RateLimited, "too many requests"),
        ("429 Slow Down", "retry-after: -1\r\nretry-after: 1e9\r\n", "\u{0}", RateLimited, "too many requests"),
        ("451 Blocked", "", "\u{1b}]0;owned\u{7}\u{202e}no", Other, "status 451: no"),
        ("500 Error", "", "Internal Server Error", ServerError, "status 500: Internal"),
        ("502 Bad Gateway", "content-type: text/html\r\n", html, ServerError, "web page"),
        ("503 Busy", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "", ServerError, "status 503"),
        ("599 Odd", "", "[[[[", ServerError, "status 599: [[[["),
        ("600 Odder", "", GOOD, InvalidResponse, "status 600 instead"),
        ("999 Oddest", "", GOOD, InvalidResponse, "status 999 instead"),
    ];
    let proper = rows.iter().enumerate().map(|(number, (status, headers, body, kind, says))| {
        case(&format!("status {status}, row {number}"), answer(status, headers, body), *kind, says)
    });
    let mut cases: Vec<Case> = proper.collect();
    cases.push(case("a switch of protocols", ok_status("101 Switching"), InvalidResponse, "status 101 instead"));
    cases
}

fn ok_status(status: &str) -> Vec<Step> {
    vec![send(format!("HTTP/1.1 {status}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"))]
}

fn heads() -> Vec<Case> {
    let many = |count: usize| (0..count).fold(String::new(), |all, number| format!("{all}x-{number}: y\r\n"));
    let not_http = "does not answer in HTTP";
    let raw = |name: &str, text: &str| case(name, vec![send(text)], InvalidResponse, not_http);
    vec![
        raw("another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n\r\n"),
        raw("an alert of TLS", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{46}"),
        raw("no head at all", GOOD),
        raw("status of two digits", "HTTP/1.1 20 OK\r\n\r\n"),
        raw("status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"),
        raw("status below 100", "HTTP/1.1 000 OK\r\n\r\n"),
        raw("status that is a word", "HTTP/1.1 OK 200\r\n\r\n"),
        raw("status below nothing", "HTTP/1.1 -200 OK\r\n\r\n"),
        raw("HTTP of another version", "HTTP/3.0 200 OK\r\n\r\n{}"),
        raw("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        raw("a radio station", "ICY 200 OK\r\n\r\n{}"),
        raw("a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n{}"),
        raw("a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n{}"),
        raw("a blank in a header's name", "HTTP/1.1 200 OK\r\nx y : z\r\n\r\n{}"),
        raw("a header with a nul", "HTTP/1.1 200 OK\r\nx: a\u{0}b\r\n\r\n{}"),
        raw("a folded header", "HTTP/1.1 200 OK\r\nx: a\r\n b: c\r\n\r\n{}"),
        case("a few too many headers", ok(&many(200), GOOD), TooLarge, "head of the answer"),
        case(
            "endless headers",
            then(vec![send("HTTP/1.1 200 OK\r\n")], Step::Repeat(b"x: y\r\n")),
            TooLarge,
            "head of",
        ),
        case("an endless header", then(vec![send("HTTP/1.1 200 OK\r\nx: ")], Step::Flood), TooLarge, "head of"),
        case("an endless reason", then(vec![send("HTTP/1.1 200 ")], Step::Flood), TooLarge, "head of"),
        case("closed at once", vec![], Connect, "closed the connection before it answered"),
        case("reset at once", vec![Step::Reset], Connect, "closed the connection before it answered"),
        case(
            "closed in the head",
            vec![send("HTTP/1.1 200 OK\r\ncontent-le")],
            Connect,
            "closed the connection before",
        ),
        case("reset in the head", vec![send("HTTP/1."), Step::Reset], Connect, "closed the connection before"),
    ]
}

fn lengths() -> Vec<Case> {
    let not_http = "does not answer in HTTP";
    let length = |length: &str, kind, says| {
        case(&format!("content-length: {length}"), ok(&format!("content-length: {length}\r\n"), GOOD), kind, says)
    };
    vec![
        length("99", InvalidResponse, "cut short"),
        length("0", InvalidResponse, "empty"),
        length("-1", InvalidResponse, not_http),
        length("24.0", InvalidResponse, not_http),
        length("0x18", InvalidResponse, not_http),
        length("24\r\ncontent-length: 25", InvalidResponse, not_http),
        length("99999999999999999999999", InvalidResponse, not_http),
        length("9223372036854775807", TooLarge, "larger than"),
        case(
            "more than is read, announced",
            then(ok("content-length: 4194305\r\n", "{"), Step::Hang),
            TooLarge,
            "larger",
        ),
        case("an endless body", then(ok("", "{"), Step::Flood), TooLarge, "larger than"),
        case("reset in the body", then(ok("content-length: 99\r\n", "{"), Step::Reset), InvalidResponse, "cut short"),
        case("encoded and not chunked", ok("transfer-encoding: gzip\r\n", "{"), InvalidResponse, "the answer is"),
    ]
}

fn chunks() -> Vec<Case> {
    let bad = |name: &str, body: &str| case(name, chunked(body), InvalidResponse, "cut short");
    let endless = |name: &str, first: &str, bytes: &'static [u8], kind, says| {
        case(name, then(chunked(first), Step::Repeat(bytes)), kind, says)
    };
    vec![
        bad("a chunk whose size is no number", "ZZ\r\n{}\r\n0\r\n\r\n"),
        bad("a chunk without a size", "\r\n{}\r\n0\r\n\r\n"),
        bad("a chunk of less than nothing", "-2\r\n{}\r\n0\r\n\r\n"),
        bad("a chunk of more than there is", "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
        bad("a chunk that is cut short", "18\r\n{\"quota\":"),
        bad("a chunk that is longer than its size", "2\r\n{\"quota\":300}\r\n0\r\n\r\n"),
        bad("chunks that do not end", "18\r\n{\"quota\":300,\"used\":1.0}\r\n"),
        case("a chunk that does not end", then(chunked("FFFFFFFF\r\n"), Step::Flood), TooLarge, "larger than"),
        endless(
            "endless chunks",
            "",
            b"40\r\n                                                                \r\n",
            TooLarge,
            "larger",
        ),
        endless("an endless extension", "2;", b"x=y;", InvalidResponse, "cut short"),
        endless("endless trailers", "0\r\n", b"x: y\r\n", InvalidResponse, "cut short"),
    ]
}

fn times() -> Vec<Case> {
    let late = |name: &str, steps| case(name, steps, Timeout, "no whole answer from 127.0.0.1 within");
    vec![
        late("says nothing", vec![Step::Hang]),
        late("half a head", vec![send("HTTP/1.1 200 OK\r\n"), Step::Hang]),
        late("a head that trickles", vec![send("HTTP/1.1 200 OK\r\nx: "), Step::Trickle]),
        late("always only about to answer", vec![send("HTTP/1.1 100 Continue\r\n\r\n"), Step::Hang]),
        late("endless hints", vec![Step::Repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n")]),
        late("no body", then(ok("content-length: 24\r\n", ""), Step::Hang)),
        late("half a body", then(ok("content-length: 24\r\n", "{\"quota\":"), Step::Hang)),
        late("a body that trickles", then(ok("content-length: 200000\r\n", ""), Step::Trickle)),
        late("a chunk that trickles", then(chunked("FFFF\r\n"), Step::Trickle)),
        late("a size of very many digits", then(chunked("0".repeat(64 * 1024)), Step::Hang)),
        late("no last chunk", then(chunked("18\r\n{\"quota\":300,\"used\":1.0}\r\n"), Step::Hang)),
    ]
}

/// 32 MiB of JSON in 32 KiB.
const BOMB: &[u8] = include_bytes!("../fixtures/hostile/bomb.json.gz");

fn encodings() -> Vec<Case> {
    let encoded = |encoding: &str, says| {
        let steps = answer("200 OK", &format!("content-encoding: {encoding}\r\n"), BOMB);
        case(&format!("content-encoding: {encoding}"), steps, InvalidResponse, says)
    };
    let bytes = |name: &str, body: &[u8], says| case(name, answer("200 OK", "", body), InvalidResponse, says);
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        encoded("gzip", "encoded (gzip), which was not asked for"),
        encoded("gzip, gzip", "encoded (gzip, gzip)"),
        encoded("br", "encoded (br)"),
        encoded("identity\r\ncontent-encoding: zstd", "encoded (zstd)"),
        encoded("\u{1b}[31m".replace('\u{1b}', "\t").as_str(), "which was not asked for"),
        bytes("compressed without saying so", BOMB, "not valid UTF-8"),
        bytes("UTF-16", &utf16, "not JSON"),
        bytes("UTF-16 with its mark", &[&[0xff, 0xfe], utf16.as_slice()].concat(), "not valid UTF-8"),
        bytes("a mark of UTF-8", format!("\u{feff}{GOOD}").as_bytes(), "not a JSON object"),
        bytes("Latin-1", b"{\"quota\":300,\"note\":\"\xe9\"}", "not valid UTF-8"),
        bytes("overlong UTF-8", b"{\"quota\":300,\"note\":\"\xc0\xaf\"}", "not valid UTF-8"),
        bytes("a nul", b"{\"quota\":300,\"used\":1.0\0}", "not JSON"),
        bytes("half a surrogate", br#"{"quota":"\ud800"}"#, "not JSON"),
    ]
}

fn body(name: &str, body: impl AsRef<[u8]>, says: &'static str) -> Case {
    case(name, answer("200 OK", "content-type: application/json\r\n", body), InvalidResponse, says)
}

fn texts() -> Vec<Case> {
    vec![
        body("nothing", "", "empty"),
        body("blanks", " \r\n\t", "empty"),
        body("a login page", "<!DOCTYPE html><title>Hotel Wi-Fi</title>", "web page"),
        body("XML", "<?xml version=\"1.0\"?><quota>300</quota>", "web page"),
        body("a word", "OK", "not a JSON object"),
        body("events", format!("data: {GOOD}\n\n"), "not a JSON object"),
        body("a call", format!("callback({GOOD})"), "not a JSON object"),
        body("null", "null", "not a JSON object"),
        body("true", "true", "not a JSON object"),
        body("a list", "[300,1.0]", "not a JSON object"),
        body("JSON in a text", r#""{\"quota\":300}""#, "not a JSON object"),
        body("an error", r#"{"detail":"The database is asleep"}"#, "an error instead: The database is asleep"),
        body("two objects", format!("{GOOD}\n{GOOD}"), "not JSON"),
        body("half an object", &GOOD[..12], "stops too soon"),
        body("single quotes", "{'quota':300}", "not JSON"),
        body("a comment", "{/* */\"quota\":300}", "not JSON"),
        body("a comma too many", "{\"quota\":300,}", "not JSON"),
        body("a line break in a text", "{\"quota\":\"\n\"}", "not JSON"),
    ]
}

fn sizes() -> Vec<Case> {
    let padded = format!("{GOOD}{}", " ".repeat(256 * 1024));
    vec![
        case(
            "a body of a byte too many",
            answer("200 OK", "", &padded[..=256 * 1024]),
            TooLarge,
            "larger than 256 KiB",
        ),
        body("lists in lists", format!("{{\"quota\":{}", "[".repeat(200_000)), "expected a quota"),
        body("lists in lists, ignored", format!("{{\"more\":{}", "[".repeat(200_000)), "stops too soon"),
        body("objects in objects", "{\"quota\":".repeat(20_000), "expected a quota"),
        body("objects in objects, ignored", "{\"a\":".repeat(20_000), "stops too soon"),
        body("a number of 200,000 digits", format!("{{\"quota\":{}}}", "9".repeat(200_000)), "number out of range"),
        body("a fraction of 200,000 digits", format!("{{\"quota\":0.{}}}", "1".repeat(200_000)), "expected a quota"),
        body("a text of 200,000 characters", format!("{{\"quota\":\"{}\"}}", "x".repeat(200_000)), "invalid value"),
        body("10,000 fields", format!("{{{}\"used\":1}}", "\"a\":1,".repeat(10_000)), "missing field `quota`"),
        body("a detail of 100,000 lists", format!("{{\"detail\":[{}[]]}}", "[],".repeat(80_000)), "missing field"),
    ]
}

fn types() -> Vec<Case> {
    let quota = |text: &str, says| body(&format!("quota {text}"), format!("{{\"quota\":{text},\"used\":1.0}}"), says);
    let used = |text: &str, says| body(&format!("used {text}"), format!("{{\"quota\":300,\"used\":{text}}}"), says);
    vec![
        body("no field", "{}", "missing field `quota`"),
        body("no quota", r#"{"used":1.0}"#, "missing field `quota`"),
        body("another case", r#"{"Quota":300,"used":1.0}"#, "missing field `quota`"),
        body("quota twice", r#"{"quota":300,"quota":301,"used":1.0}"#, "duplicate field"),
        quota("null", "expected a quota"),
        quota("false", "expected a quota"),
        quota("\"300\"", "expected a quota"),
        quota("\"Unlimited\"", "expected a quota"),
        quota("[300]", "expected a quota"),
        quota("{}", "expected a quota"),
        quota("-1", "expected a quota"),
        quota("300.5", "expected a quota"),
        quota("1e-7", "expected a quota"),
        quota("18446744073709551616", "expected a quota"),
        quota("9007199254740992.0", "expected a quota"),
        quota("1e999", "number out of range"),
        quota("0300", "not JSON"),
        quota("+300", "not JSON"),
        quota("0x12c", "not JSON"),
        quota("3_00", "not JSON"),
        quota("NaN", "not JSON"),
        quota("Infinity", "not JSON"),
        used("\"1.0\"", "expected a number or null"),
        used("true", "expected a number or null"),
        used("[1.0]", "expected a number or null"),
        used("{\"now\":1}", "expected a number or null"),
        used("-1e999", "number out of range"),
        used("NaN", "not JSON"),
        used("1.", "not JSON"),
        used(".5", "not JSON"),
    ]
}

/// What only the other questions can be answered with.
pub(crate) fn on_the_other_routes() -> Vec<(Route, Case)> {
    let is_list = |route| matches!(route, Route::Rows | Route::Names);
    let mut cases = Vec::new();
    for route in Route::OPTIONAL {
        cases.extend([
            (route, body("an error with status 200", r#"{"detail":"Not now"}"#, "an error instead: Not now")),
            (route, body("a captive portal", "<html>", "web page")),
            (route, body("null", "null", "not a JSON")),
            (route, body("lists for rows", "[[\"*\",1,2,3]]", if is_list(route) { "an object" } else { "not a JSON" })),
            (route, body("lists in lists", "[".repeat(200_000), "")),
            (route, body("objects in objects", "{\"a\":".repeat(40_000), "")),
            (route, body("half an answer", if is_list(route) { "[" } else { "{" }, "stops too soon")),
            (route, body("no text", b"{\"\xff\":1}", "not valid UTF-8")),
            (route, body("100,000 numbers", format!("[0{}]", ",0".repeat(100_000)), "")),
        ]);
    }
    for (route, text, says) in BODIES {
        cases.push((*route, body(text, text, says)));
    }
    cases
}

/// Bodies for the other questions, and what is said of them.
const BODIES: &[(Route, &str, &str)] = &[
    (Route::Plan, "{}", "missing field `subscription`"),
    (Route::Plan, r#"{"subscription":null}"#, "expected a boolean"),
    (Route::Plan, r#"{"subscription":true,"monthly":{"uncapped":false}}"#, "neither a number"),
    (Route::Plan, r#"{"subscription":true,"four_hour":{"usage":1}}"#, "neither a number"),
    (Route::Plan, r#"{"subscription":true,"four_hour":[1,2]}"#, "expected an object"),
    (Route::Plan, r#"{"subscription":true,"four_hour":{"usage":1e999,"cap":1}}"#, "number out of range"),
    (Route::Plan, r#"{"subscription":true,"anchor_date":"2026-02-30T00:00:00"}"#, "expected a time"),
    (Route::Plan, r#"{"subscription":true,"anchor_date":1762000000}"#, "expected a string"),
    (Route::Plan, r#"{"subscription":true,"anchor_date":"+262142-01-01T00:00:00"}"#, "expected a time"),
    (
        Route::Plan,
        r#"{"subscription":true,"four_hour":{"usage":1,"cap":2,"reset_at":"0000-00-00"}}"#,
        "expected a time",
    ),
    (Route::Rows, r#"{"code":7}"#, "without the shared one"),
    (Route::Rows, r#"{"*":"many"}"#, "expected a quota"),
    (Route::Rows, r#"["*"]"#, "expected an object"),
    (Route::Rows, r#"[{"quota":300}]"#, "missing field `chute_id`"),
    (Route::Rows, r#"[{"chute_id":null}]"#, "expected a string"),
    (Route::Chute, "{}", "missing field `quota`"),
    (Route::Chute, r#"{"quota":-1,"used":0}"#, "expected a quota"),
    (Route::Account, "{}", "neither user id nor name"),
    (Route::Account, r#"{"username":["a"]}"#, "expected a string"),
    (Route::Account, r#"{"balance":"1.0"}"#, "expected f64"),
    (Route::Account, r#"{"balance":1e999}"#, "number out of range"),
    (Route::Account, r#"{"balance":1,"permissions_bitmask":1.5}"#, "expected u64"),
    (Route::Usage, "{}", "missing field"),
    (Route::Usage, r#"{"total":1,"items":{}}"#, "expected a list"),
    (Route::Usage, r#"{"total":-1,"items":[]}"#, "expected u64"),
    (Route::Usage, r#"{"total":1,"items":[7]}"#, "no bucket can be read"),
    (Route::Usage, r#"{"total":1,"items":[{"bucket":"24:00","count":1}]}"#, "no bucket can be read"),
    (Route::Usage, r#"{"total":1,"items":[{"bucket":"2026-11-20T00:00:00","count":[]}]}"#, "no bucket can be read"),
    (Route::Names, "{}", "not a JSON list"),
    (Route::Names, r#"[{"name":"a"}]"#, "missing field `chute_id`"),
    (Route::Names, r#"[{"chute_id":"a","name":{}}]"#, "expected a string"),
    (Route::Names, r#"[{"chute_id":"a","date":7}]"#, "expected a string"),
];
