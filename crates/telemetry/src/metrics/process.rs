//! The process's own figures, read from `/proc` when somebody scrapes.
//! In: `/proc/self`. Out: `process_*` as Prometheus client libraries name them. What cannot be read is left out.
//! Source: proc(5); names from the Prometheus client library guidelines.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Clock ticks per second in `/proc/self/stat`. The kernel reports in USER_HZ, which is 100 on every platform that
/// Rust's standard library runs on; asking would need libc.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug)]
pub(super) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(seconds) = cpu_seconds() {
            let help = "CPU time spent, user and system";
            write_metric(&mut encoder, "process_cpu_seconds", help, &ConstCounter::new(seconds))?;
        }
        for (name, help, read) in GAUGES {
            if let Some(value) = read() {
                write_metric(&mut encoder, name, help, &ConstGauge::new(value))?;
            }
        }
        Ok(())
    }
}

type Gauge = (&'static str, &'static str, fn() -> Option<f64>);

const GAUGES: &[Gauge] = &[
    ("process_resident_memory_bytes", "Resident memory", || status_kib("VmRSS:")),
    ("process_virtual_memory_bytes", "Virtual memory", || status_kib("VmSize:")),
    ("process_open_fds", "Open file descriptors", open_fds),
    ("process_max_fds", "Limit of open file descriptors", max_fds),
    ("process_threads", "Threads", threads),
    ("process_start_time_seconds", "Start of the process in seconds since 1970", start_time),
];

fn write_metric(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> Result<(), fmt::Error> {
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

/// Field `n` of `/proc/self/stat`, counted as in proc(5). The name in field 2 may hold spaces, so count from its end.
fn stat_field(number: usize) -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(") ")?.1;
    after_name.split(' ').nth(number.checked_sub(3)?)?.trim().parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    Some((stat_field(14)? + stat_field(15)?) / TICKS_PER_SECOND)
}

fn threads() -> Option<f64> {
    stat_field(20)
}

fn start_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(boot + stat_field(22)? / TICKS_PER_SECOND)
}

fn status_kib(key: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim().strip_suffix(" kB")?.parse::<f64>().ok()? * 1024.0)
}

fn open_fds() -> Option<f64> {
    // The listing itself holds one descriptor open.
    let count = fs::read_dir("/proc/self/fd").ok()?.count().checked_sub(1)?;
    Some(f64::from(u32::try_from(count).ok()?))
}

fn max_fds() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let values = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    values.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::MetricsRegistry;

    #[test]
    fn the_process_is_described_with_plausible_figures() {
        let text = MetricsRegistry::new().encode().unwrap();
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.split(' ').next() == Some(name));
            line.and_then(|line| line.split(' ').nth(1))
                .unwrap_or_else(|| panic!("{name} in {text}"))
                .parse()
                .unwrap()
        };
        assert!(value("process_cpu_seconds_total") >= 0.0);
        assert!(value("process_resident_memory_bytes") > 1e5);
        assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
        assert!((3.0..=value("process_max_fds")).contains(&value("process_open_fds")));
        assert!(value("process_threads") >= 1.0);
        let age = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64()
            - value("process_start_time_seconds");
        assert!((-2.0..86_400.0).contains(&age), "the process is {age} s old");
    }
}
