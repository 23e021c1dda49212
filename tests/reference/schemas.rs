//! What the program prints, against the schemas that it promises.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, LazyLock, mpsc};

use assert_cmd::Command;
use chrono::{DateTime, Utc};
use chutes_top::clock::SystemClock;
use chutes_top::domain::activity::{Bucket, ChuteId};
use chutes_top::domain::past::PastSample;
use chutes_top::domain::window::{Limit, next_daily_reset};
use chutes_top::report::history::{self, Account, By, History};
use rstest::rstest;
use serde_json::Value;

use crate::root;

pub(crate) const SCHEMAS: [&str; 4] = ["snapshot", "watch", "status", "history"];

pub(crate) fn read(name: &str) -> Value {
    let file = root().join(format!("schema/{name}.schema.json"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The schema with nothing left open: fields that it does not name are refused, as readers must not.
fn strict(mut schema: Value) -> Value {
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        if let Some(properties) = object.get("properties").and_then(Value::as_object) {
            let all: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
            let always = object["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            assert_eq!(all, always, "every field is always there");
            object.insert("additionalProperties".to_owned(), false.into());
        }
        object.values_mut().for_each(close);
    }
}

/// What is wrong with a document, a line each.
fn faults(name: &str, document: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(&strict(read(name))).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What `snapshot` prints of the demo, which has an account in every state: one look shows nearly every form.
static DEMO: LazyLock<Value> = LazyLock::new(|| {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home.path());
    let output = command.args(["snapshot", "--demo", "--format", "json", "--identities"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
});

/// Whether the field has, somewhere in the document, a value of each of these.
fn values<'a>(document: &'a Value, field: &str, found: &mut Vec<&'a Value>) {
    match document {
        Value::Object(object) => {
            found.extend(object.get(field));
            object.values().for_each(|value| values(value, field, found));
        }
        Value::Array(list) => list.iter().for_each(|value| values(value, field, found)),
        _ => {}
    }
}

#[test]
fn the_snapshot_is_as_its_schema_promises() {
    assert_eq!(faults("snapshot", &DEMO), Vec::<String>::new());
    for (field, forms) in [("status", 2), ("unit", 2), ("kind", 4), ("state", 2), ("tier", 5), ("quota", 3)] {
        let mut found = Vec::new();
        values(&DEMO, field, &mut found);
        found.sort_by_key(ToString::to_string);
        found.dedup();
        assert!(found.len() >= forms, "{field} has too few forms to tell: {found:?}");
    }
}

#[test]
fn a_document_that_breaks_a_promise_is_found() {
    let mut bad = DEMO.clone();
    bad["credentials"][0]["used"] = "12".into();
    assert_eq!(faults("snapshot", &bad).len(), 1);
    let mut bad = DEMO.clone();
    bad["credentials"][0]["new"] = 1.into();
    assert_eq!(faults("snapshot", &bad).len(), 1);
    let mut bad = DEMO.clone();
    bad["generated_at"] = "yesterday".into();
    assert_eq!(faults("snapshot", &bad).len(), 1);
}

#[test]
fn the_lines_of_the_watch_are_as_their_schema_promises() {
    let home = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
    command.env_clear().env("HOME", home.path()).args(["watch", "--demo", "--identities"]);
    let mut watch = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines().take(14);
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(lines.len(), 14);
    for line in &lines {
        assert_eq!(faults("watch", line), Vec::<String>::new(), "{line}");
    }
    assert!(lines.iter().any(|line| line["status"] == "error"), "a failure is of another form");
}

/// An entry of the snapshot is what stands behind the first fields of a line, so either schema says the same of it.
#[test]
fn the_schema_of_the_watch_is_that_of_the_snapshot_and_three_fields() {
    let (mut snapshot, mut watch) = (read("snapshot"), read("watch"));
    let entry = snapshot["$defs"].as_object_mut().unwrap().remove("credential").unwrap();
    snapshot["$defs"].as_object_mut().unwrap().remove("summary").unwrap();
    for name in ["event", "at", "freshness"] {
        assert!(watch["properties"].as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    assert_eq!(watch["required"].as_array().unwrap()[3..], entry["required"].as_array().unwrap()[..]);
    assert_eq!((&watch["properties"], &watch["$defs"]), (&entry["properties"], &snapshot["$defs"]));
}

/// The keys of the demo's accounts, as variables, and its server, which serves until the test ends.
fn demo_variables() -> Vec<(String, String)> {
    let (told, ready) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let demo = chutes_top::demo::start(Arc::new(SystemClock)).await.unwrap();
            let keys = demo.credentials.iter().enumerate();
            let keys = keys.map(|(number, it)| (format!("CHUTES_API_KEY_{number}"), it.key.expose().to_owned()));
            told.send([("CHUTES_API_URL".to_owned(), demo.base_url.clone())].into_iter().chain(keys).collect())
                .unwrap();
            std::future::pending::<()>().await;
        });
    });
    ready.recv().unwrap()
}

#[test]
fn the_status_is_as_its_schema_promises_before_and_after_something_is_known() {
    let (home, variables) = (tempfile::tempdir().unwrap(), demo_variables());
    let run = |args: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("chutes-top"));
        command.env_clear().env("HOME", home.path()).envs(variables.clone());
        command.args(args).output().unwrap().stdout
    };
    for is_known in [false, true] {
        if is_known {
            run(&["snapshot"]);
        }
        let document: Value = serde_json::from_slice(&run(&["status", "--format", "json"])).unwrap();
        assert_eq!(faults("status", &document), Vec::<String>::new(), "{document}");
        assert_eq!(document["identifier"].is_string(), is_known, "{document}");
    }
}

/// Six hours that the server told of, and two that were measured only.
#[rstest]
#[case(By::Hour, 2)]
#[case(By::Day, 1)]
#[case(By::Chute, 1)]
fn the_history_is_as_its_schema_promises(#[case] by: By, #[case] sources: usize) {
    let at = |hour: i64| DateTime::<Utc>::from_timestamp(1_763_920_800 + hour * 3_600, 0).unwrap();
    let chute = ChuteId::parse("aaaaaaaa-0000-4000-8000-00000000000a").unwrap();
    let (requests, dollars, input_tokens, output_tokens) = (1.5, 0.25, 1_000, 20);
    let bucket =
        |hour| Bucket { hour: at(hour), chute: Some(chute.clone()), requests, dollars, input_tokens, output_tokens };
    let sample = |(hour, used)| PastSample {
        at: at(hour),
        used: Some(used),
        limit: Limit::Requests(2_000),
        reset_at: Some(next_daily_reset(at(hour))),
    };
    let account = Account {
        name: "work".to_owned(),
        shares_with: vec!["laptop".to_owned()],
        buckets: (0..2).map(bucket).collect(),
        samples: [(2, 10.0), (3, 12.0), (4, 15.0)].map(sample).to_vec(),
    };
    let names = [(chute.clone(), "org/model".to_owned())].into();
    let text = history::json(&History { accounts: vec![account], names, by, since: at(0), until: at(5) }).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(faults("history", &document), Vec::<String>::new());
    let mut found = Vec::new();
    values(&document, "source", &mut found);
    found.sort_by_key(ToString::to_string);
    found.dedup();
    assert_eq!(found.len(), sources, "{text}");
}
