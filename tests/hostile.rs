//! Every way to answer badly, over real sockets: each is its own failure, in time, and costs no other row.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "support/asking.rs"]
mod asking;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/http.rs"]
#[allow(dead_code, reason = "shared with the tests of what a good server answers")]
mod http;

use std::collections::BTreeSet;
use std::time::Duration;

use asking::{fails_as_told, other_rows_live};
use futures_util::{StreamExt, stream};
use hostile::{Route, on_any_route, on_the_other_routes, on_the_quota};

/// As many as the worker has in flight.
const AT_ONCE: usize = 5;

/// How long any of them may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs all of them, each within the limit, and has nothing to complain about.
async fn all<F: Future<Output = Option<String>>>(asked: impl IntoIterator<Item = (String, F)>) {
    let limited = stream::iter(asked).map(async |(name, ask)| {
        tokio::time::timeout(LIMIT, ask).await.unwrap_or_else(|_| Some(format!("{name}: not answered in time")))
    });
    let complaints: Vec<String> = limited.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_table_has_many_different_rows() {
    let names: Vec<String> = on_the_quota().into_iter().map(|case| case.name).collect();
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "no name twice");
    assert!(names.len() >= 60, "{} rows", names.len());
}

#[tokio::test]
async fn each_is_its_own_failure_and_the_other_rows_live() {
    all(on_the_quota().into_iter().map(|case| (case.name.clone(), other_rows_live(case)))).await;
}

#[tokio::test]
async fn no_other_question_is_more_easily_deceived() {
    let anywhere =
        Route::OPTIONAL.into_iter().flat_map(|route| on_any_route().into_iter().map(move |case| (route, case)));
    let cases = anywhere.chain(on_the_other_routes());
    all(cases.map(|(route, case)| (format!("{route:?}, {}", case.name), fails_as_told(route, case)))).await;
}
