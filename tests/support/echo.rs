//! A server that tells every key back that it hears, wherever an answer has room for it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// The variables and the keys in them. What is answered to each is told by its name.
pub(crate) const KEYS: [(&str, &str); 6] = [
    (
        "CHUTES_API_KEY_FINE",
        "cpk_0000000000000000000000000000000a.1000000000000000000000000000000a.F1neSecretAbcdefghijklmnopqrstuv",
    ),
    (
        "CHUTES_API_KEY_REFUSED",
        "cpk_0000000000000000000000000000000b.1000000000000000000000000000000b.Refus3dSecretZyxwvutsrqponmlkjih",
    ),
    (
        "CHUTES_API_KEY_BROKEN",
        "cpk_0000000000000000000000000000000c.1000000000000000000000000000000c.Br0kenSecretQwertyuiopasdfghjklz",
    ),
    (
        "CHUTES_API_KEY_WRONG",
        "cpk_0000000000000000000000000000000d.1000000000000000000000000000000d.Wr0ngSecretMnbvcxzlkjhgfdsapoiuyt",
    ),
    (
        "CHUTES_API_KEY_MOVED",
        "cpk_0000000000000000000000000000000e.1000000000000000000000000000000e.M0vedSecretPlokmijnuhbygvtfcrdxes",
    ),
    ("CHUTES_API_KEY_TOKEN", "cak_T0kenSecretWithoutAnyDotsInIt1234567890abcdef"),
];

/// It serves until the test process ends.
pub(crate) struct Server {
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || serve(&stream.unwrap()));
            }
        });
        Self { url }
    }
}

/// Answers every request of one connection.
fn serve(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        let head: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let key = head.iter().find_map(|line| line.split_once(": Bearer ")).map_or("", |(_, key)| key);
        let (status, headers, body) = answer(request.split(' ').nth(1).unwrap_or_default(), key);
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(target: &str, key: &str) -> (&'static str, String, String) {
    let name = KEYS.iter().find(|(_, known)| *known == key).map_or("", |(name, _)| name);
    let secret = key.rsplit('.').next().unwrap_or_default();
    let none = String::new;
    match (target.split('?').next().unwrap_or_default(), name.rsplit('_').next().unwrap_or_default()) {
        (_, "REFUSED") => ("401 Unauthorized", none(), format!(r#"{{"detail":"no {key} and no {secret}"}}"#)),
        (_, "BROKEN") => ("500 Internal Server Error", none(), format!("it broke on {secret} of {key}")),
        ("/users/me/quota_usage/me", "WRONG") => {
            ("200 OK", none(), format!(r#"{{"quota":"{secret}","used":"{key}"}}"#))
        }
        (_, "MOVED") => ("302 Found", format!("location: http://{secret}.example/{key}\r\n"), none()),
        ("/users/me/quota_usage/me", _) => ("200 OK", none(), r#"{"quota":300,"used":285.5}"#.to_owned()),
        ("/users/me", _) => ("200 OK", none(), account(key, secret)),
        ("/users/me/quotas", _) => (
            "200 OK",
            none(),
            format!(
                r#"[{{"chute_id":"{key}","quota":5}},{{"chute_id":"{secret}","quota":5}},{{"chute_id":"good","quota":5}}]"#
            ),
        ),
        ("/users/me/usage", _) => ("200 OK", none(), usage(target, &[key, secret, "good"])),
        ("/invocations/stats/llm", _) => ("200 OK", none(), names()),
        (path, _) if path.starts_with("/users/me/quota_usage/") => {
            ("200 OK", none(), r#"{"quota":50,"used":10.5}"#.to_owned())
        }
        _ => ("418 I'm a teapot", format!("retry-after: {key}\r\ncontent-encoding: {secret}\r\n"), key.to_owned()),
    }
}

fn account(key: &str, secret: &str) -> String {
    let id = "fedcba98-7654-3210-fedc-ba9876543210";
    format!(r#"{{"username":"{key} {secret}","user_id":"{id}","permissions_bitmask":0,"balance":7.35}}"#)
}

/// An hour for each of these chutes, at the time that is asked about first.
fn usage(target: &str, chutes: &[&str]) -> String {
    let start = target.split_once("start_date=").map_or("", |(_, rest)| rest.split('&').next().unwrap_or_default());
    let hour = format!("{}:00:00", start.get(..13).unwrap_or_default());
    let mut items = Vec::new();
    for chute in chutes {
        items.push(format!(
            r#"{{"bucket":"{hour}","chute_id":"{chute}","amount":0.1,"count":3,"input_tokens":1,"output_tokens":1}}"#
        ));
    }
    format!(r#"{{"total":{},"page":0,"limit":100,"items":[{}]}}"#, items.len(), items.join(","))
}

/// Every key is the name of a chute, and the good one is named by all of them.
fn names() -> String {
    let mut items = String::new();
    for (_, key) in KEYS {
        write!(items, r#"{{"chute_id":"{key}","name":"{key}","date":"2026-11-01"}},"#).unwrap();
        write!(items, r#"{{"chute_id":"good","name":"good {key}","date":"2026-11-02"}},"#).unwrap();
    }
    format!("[{}]", items.trim_end_matches(','))
}
