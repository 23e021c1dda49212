use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use rstest::rstest;
use tokio::time::Duration;

use super::*;
use crate::clock::SystemClock;
use crate::domain::credential::{CredentialId, Identity};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::usage::part::Part;

fn page() -> Page {
    let identity = Identity {
        thresholds: crate::domain::threshold::Thresholds::default(),
        id: CredentialId::new(0),
        labels: vec!["work".into()],
        key_hint: String::new(),
        account: None,
    };
    Page::new(UsageManager::new([identity]), Arc::new(SystemClock))
}

fn ask(page: &Page, method: Method, path: &str, accept: &str) -> Response<Full<Bytes>> {
    let request = Request::builder().method(method).uri(path).header(ACCEPT, accept).body(()).unwrap();
    page.answer(&request)
}

async fn text(response: Response<Full<Bytes>>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[rstest]
#[case::metrics(Method::GET, "/metrics", 200)]
#[case::query(Method::GET, "/metrics?name=x", 200)]
#[case::head(Method::HEAD, "/metrics", 200)]
#[case::front(Method::GET, "/", 200)]
#[case::post(Method::POST, "/metrics", 405)]
#[case::delete_front(Method::DELETE, "/", 405)]
#[case::elsewhere(Method::GET, "/metrics/", 404)]
#[case::up(Method::GET, "/../etc/passwd", 404)]
#[case::post_elsewhere(Method::POST, "/x", 404)]
fn there_is_one_page_and_a_way_to_it(#[case] method: Method, #[case] path: &str, #[case] status: u16) {
    let response = ask(&page(), method, path, "*/*");
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers().contains_key(ALLOW), status == 405);
}

#[rstest]
#[case::prometheus(
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
    OPEN_METRICS,
    true
)]
#[case::curl("*/*", prometheus_text::CONTENT_TYPE, false)]
#[tokio::test]
async fn the_form_is_the_one_that_is_accepted(#[case] accept: &str, #[case] content_type: &str, #[case] is_open: bool) {
    let response = ask(&page(), Method::GET, "/metrics", accept);
    assert_eq!(response.headers()[CONTENT_TYPE], content_type);
    assert_eq!(text(response).await.ends_with("# EOF\n"), is_open);
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_counted_by_how_it_went() {
    let (page, id, start) = (page(), CredentialId::new(0), Instant::now());
    let after = |seconds| start + Duration::from_secs_f64(seconds);
    let failure = Failure::new(FailureKind::Timeout, "no answer");
    let answered = Update::Answered {
        id,
        result: Err(failure.clone()),
        at: SystemClock.now(),
        next_refresh: None,
        interval: Duration::from_mins(5),
    };
    page.apply(Update::Asking(id), start);
    page.apply(answered, after(2.0));
    page.apply(Update::Part { id, result: Err((Part::Caps, failure)), at: SystemClock.now() }, after(2.0));
    page.apply(Update::Asking(id), after(3.0));
    page.apply(Update::LetGo { id, next_refresh: None }, after(4.0));
    ask(&page, Method::GET, "/metrics", "*/*");
    let text = text(ask(&page, Method::GET, "/metrics", "*/*")).await;
    for line in [
        r#"chutes_top_answers_total{part="quota",outcome="timeout"} 1"#,
        r#"chutes_top_answers_total{part="quota",outcome="let_go"} 1"#,
        r#"chutes_top_answers_total{part="quota",outcome="success"} 0"#,
        r#"chutes_top_answers_total{part="caps",outcome="timeout"} 1"#,
        r#"chutes_top_refresh_duration_seconds_bucket{le="1"} 0"#,
        r#"chutes_top_refresh_duration_seconds_bucket{le="2.5"} 1"#,
        "chutes_top_refresh_duration_seconds_count 1",
        "chutes_top_scrapes_total 2",
        "chutes_top_credentials 1",
        r#"chutes_credential_up{credential="work"} 0.0"#,
    ] {
        assert!(text.lines().any(|has| has == line), "{line} is not in:\n{text}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_process_tells_its_basics() {
    let text = text(ask(&page(), Method::GET, "/metrics", "*/*")).await;
    for name in
        ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"]
    {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert!(line.trim().parse::<f64>().unwrap() >= 0.0, "{name}{line}");
    }
}

/// All names that a scrape can have are in the documentation, and no others.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_documentation_lists_every_metric() {
    let described = |text: &str, before: &str| -> Vec<String> {
        let names = text.lines().filter_map(|line| line.strip_prefix(before)?.split([' ', '`']).next());
        names.map(str::to_owned).collect()
    };
    let page = text(ask(&page(), Method::GET, "/metrics", "*/*")).await;
    let file = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let snapshots = "src/report/tests/snapshots/chutes_top__report__tests__";
    let promised = file(&format!("{snapshots}metrics__the_metrics_are_as_promised.snap"));
    let mut there = [described(&page, "# TYPE "), described(&promised, "# TYPE ")].concat();
    // Seldom there: while something is wrong, or a request is planned.
    let seldom = ["failure_info", "next_refresh_timestamp_seconds"].map(|rest| format!("chutes_credential_{rest}"));
    there.extend(seldom);
    there.push("chutes_top_paused_until_timestamp_seconds".to_owned());
    there.sort();
    there.dedup();
    let mut listed = described(&file("docs/metrics.md"), "| `");
    listed.sort();
    assert_eq!(listed, there);
}
