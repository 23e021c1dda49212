//! What a hostile server can make the client hold in memory. A binary of its own: the allocator counts for all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "support/asking.rs"]
#[allow(dead_code, reason = "shared with the tests of the failures themselves")]
mod asking;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/http.rs"]
#[allow(dead_code, reason = "shared with the tests of what a good server answers")]
mod http;

use std::fmt::Write as _;

use asking::{ask, client, fails_as_told};
use chutes_top::domain::credential::ApiKey;
use futures_util::{StreamExt, stream};
use hostile::{Route, on_any_route, on_the_other_routes, on_the_quota};
use http::{Server, Step};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What the whole program may take, in bytes. Here the servers and their answers are in it too.
const MOST: usize = 32 * 1024 * 1024;

/// As many as the worker has in flight.
const AT_ONCE: usize = 5;

/// The longest list of names that is read, every entry a chute of its own.
fn longest_list() -> Vec<u8> {
    let mut list = String::with_capacity(4 * 1024 * 1024);
    list.push('[');
    for number in 0.. {
        if list.len() > 4 * 1024 * 1024 - 64 {
            break;
        }
        write!(list, r#"{{"chute_id":"{number}","name":"{number}"}},"#).unwrap();
    }
    list.push_str(r#"{"chute_id":"last"}]"#);
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{list}", list.len()).into_bytes()
}

#[tokio::test]
async fn no_server_can_fill_the_memory() {
    let quota = on_the_quota().into_iter().map(|case| (Route::Quota, case));
    // Of the others, the names are read furthest.
    let names = on_any_route().into_iter().map(|case| (Route::Names, case));
    let cases: Vec<_> = quota.chain(names).chain(on_the_other_routes()).collect();
    let count = cases.len();
    ALLOCATOR.reset_peak_usage();
    let asked = stream::iter(cases).map(|(route, case)| fails_as_told(route, case)).buffer_unordered(AT_ONCE);
    assert_eq!(asked.filter(|complaint| std::future::ready(complaint.is_some())).count().await, 0);
    let peak = ALLOCATOR.peak_usage();
    assert!(peak < MOST, "{peak} bytes at most, with {count} answers");

    // The largest answer that is read to its end.
    let names = Server::misbehaving(vec![Step::Send(longest_list())]).await;
    ALLOCATOR.reset_peak_usage();
    ask(&client(&names.address(), true), &ApiKey::new("cpk_x"), Route::Names).await.unwrap();
    let peak = ALLOCATOR.peak_usage();
    assert!(peak < MOST, "{peak} bytes at most for the longest list of names");
}
