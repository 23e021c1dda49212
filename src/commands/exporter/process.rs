//! The basics of a process, by the names that every exporter has for them. From `/proc`: elsewhere only the start.

use std::fs;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::domain::quota::as_f64;

/// This process.
#[derive(Debug)]
pub(super) struct Process {
    started: DateTime<Utc>,
}

impl Process {
    pub(super) fn started(started: DateTime<Utc>) -> Self {
        Self { started }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut gauge = |name, help, unit: Option<&Unit>, value: f64| {
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?)
        };
        let start = u64::try_from(self.started.timestamp()).map_or(0.0, as_f64);
        gauge("process_start_time", "When the process started, since 1970", Some(&Unit::Seconds), start)?;
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory", "Resident memory", Some(&Unit::Bytes), as_f64(bytes))?;
        }
        if let Some(files) = open_files() {
            gauge("process_open_fds", "Open file descriptors", None, as_f64(files))?;
        }
        if let Some(seconds) = cpu_seconds() {
            let help = "User and system time of the processor";
            let encoder = encoder.encode_descriptor("process_cpu", help, Some(&Unit::Seconds), MetricType::Counter)?;
            ConstCounter::new(seconds).encode(encoder)?;
        }
        Ok(())
    }
}

#[cfg(not(unix))]
fn resident_bytes() -> Option<u64> {
    None
}

#[cfg(unix)]
fn resident_bytes() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
}

fn open_files() -> Option<u64> {
    // The folder itself is one of them while it is read.
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()?.checked_sub(1)
}

#[cfg(not(unix))]
fn cpu_seconds() -> Option<f64> {
    None
}

#[cfg(unix)]
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets, and may hold spaces and brackets. `proc_pid_stat(5)` counts the
    // fields from 1: behind the name is the third, utime and stime are the 14th and 15th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = |field: Option<&str>| field?.parse::<u64>().ok();
    let all = ticks(fields.next())?.checked_add(ticks(fields.next())?)?;
    Some(as_f64(all) / as_f64(rustix::param::clock_ticks_per_second()))
}
