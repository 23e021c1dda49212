//! The benchmarks beside what they were before.
//!
//! Machines differ in speed, so a benchmark is judged against the others: its ratio to the baseline is divided by
//! the median of all the ratios. One that is alone in being slower stands out; a slower machine does not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Done, cargo, root, run_command, target_directory};

/// A benchmark that takes this many times what it should is reported as a failure.
const TOO_SLOW: f64 = 1.3;

type Times = BTreeMap<String, f64>;

pub(crate) fn run(save: bool) -> Done {
    run_command(&mut cargo(&["bench", "--locked", "--bench", "dashboard"]))?;
    let measured = measured(&target_directory().join("criterion"))?;
    let file = root().join("benches/baseline.json");
    if save {
        let text = serde_json::to_string_pretty(&json!({ "unit": "ns, median", "benchmarks": measured }));
        let text = text.map_err(|error| error.to_string())? + "\n";
        return fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()));
    }
    let slow = compare(&baseline(&file)?, &measured);
    if slow.is_empty() { Ok(()) } else { Err(format!("slower than the baseline: {}", slow.join(", "))) }
}

fn baseline(file: &Path) -> Result<Times, String> {
    let document = read(file)?;
    let times = document["benchmarks"].as_object().ok_or("benches/baseline.json: no benchmarks")?;
    Ok(times.iter().filter_map(|(name, time)| Some((name.clone(), time.as_f64()?))).collect())
}

/// The median of each benchmark that criterion has written down, in nanoseconds.
fn measured(directory: &Path) -> Result<Times, String> {
    let mut times = Times::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        folders.extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()));
        if folder.ends_with("new") {
            let (name, time) = estimate(&folder)?;
            times.insert(name, time);
        }
    }
    Ok(times)
}

fn estimate(folder: &Path) -> Result<(String, f64), String> {
    let name = read(&folder.join("benchmark.json"))?["full_id"].as_str().map(str::to_owned);
    let time = read(&folder.join("estimates.json"))?["median"]["point_estimate"].as_f64();
    name.zip(time).ok_or_else(|| format!("{}: no estimate", folder.display()))
}

fn read(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Prints the table, and gives the names of those that are too slow.
fn compare(before: &Times, now: &Times) -> Vec<String> {
    let both: Vec<(&String, f64, f64)> =
        before.iter().filter_map(|(name, before)| Some((name, *before, *now.get(name)?))).collect();
    let mut ratios: Vec<f64> = both.iter().map(|(_, before, now)| now / before).collect();
    ratios.sort_by(f64::total_cmp);
    let machine = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
    println!("{:<34} {:>12} {:>12} {:>9}", "benchmark", "before", "now", "ratio");
    for (name, before, now) in &both {
        println!("{name:<34} {:>9.1} us {:>9.1} us {:>9.2}", before / 1e3, now / 1e3, now / before / machine);
    }
    println!("the ratios are divided by their median, {machine:.2}: the speed of this machine");
    for name in now.keys().filter(|name| !before.contains_key(*name)) {
        println!("{name}: not in the baseline");
    }
    both.iter().filter(|(_, before, now)| now / before / machine > TOO_SLOW).map(|(name, ..)| (*name).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(times: [(&str, f64); 3]) -> Times {
        times.map(|(name, time)| (name.to_owned(), time)).into()
    }

    #[test]
    fn a_slower_machine_is_no_slower_program() {
        let before = times([("a", 10.0), ("b", 20.0), ("c", 30.0)]);
        assert_eq!(compare(&before, &times([("a", 20.0), ("b", 40.0), ("c", 60.0)])), Vec::<String>::new());
        assert_eq!(compare(&before, &times([("a", 10.0), ("b", 20.0), ("c", 60.0)])), ["c"]);
    }
}
