//! The seeds of the fuzz targets, and the recordings of the server, hold what the targets check. What fuzzing
//! finds is added to the seeds, and so is checked here ever after.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read must fail the test")]

mod checks;

use std::fs;
use std::path::Path;

use rstest::rstest;

/// The files of a folder under this package; none where there is no such folder: a package from the registry
/// comes without `fuzz/`.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[rstest]
#[case("quota_usage", checks::quota_usage)]
#[case("subscription_usage", checks::subscription_usage)]
#[case("quotas", checks::quotas)]
#[case("account", checks::account)]
#[case("usage", checks::usage)]
#[case("chute_names", checks::chute_names)]
#[case("detail", checks::detail)]
#[case("env", checks::env)]
#[case("filter", checks::filter)]
fn every_seed_passes(#[case] target: &str, #[case] check: fn(&[u8])) {
    let seeds = files(&format!("fuzz/seeds/{target}"));
    let recordings = files("tests/fixtures/wire");
    assert!(recordings.len() > 50, "the recordings are there");
    seeds.iter().chain(&recordings).for_each(|data| check(data));
}
