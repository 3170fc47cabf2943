//! System calls per call, counted by `strace -c` over a fixed number of calls on one warm connection.
//! One connection is the worst case: nothing shares a wake-up. Out: the sum, and a note with the calls by name.
//! Source: `strace(1)`, option `-c`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{CaseResult, Sample, Stage};
use crate::cases::{Ask, Measure};
use crate::contenders::{Contender, has_program, signal};
use crate::error::{BenchError, Result};
use crate::load::{Fleet, Until};
use crate::probe::Family;

const ATTACH_WITHIN: Duration = Duration::from_secs(5);
const SHOWN: usize = 10;
const WARM_UP_CALLS: u64 = 100;

pub(super) async fn measure(
    stage: &Stage,
    contender: Contender,
    ask: Ask,
    result: &mut CaseResult,
) -> Result<Vec<Sample>> {
    if !has_program("strace", "-V") {
        result.note(contender, "not measured: no strace; the cure: apt-get install strace");
        return Ok(Vec::new());
    }
    let running = stage.field.run(contender).await?;
    let mut fleet = Fleet::open(running.address, 1).await?;
    let call = ask.call();
    fleet.run(&call, Until::Calls(WARM_UP_CALLS)).await?;
    let family = running.family();
    let file = std::env::temp_dir().join(format!("gomodel-bench-{}-strace", std::process::id()));
    let mut strace = attach(&family, &file)?;
    let attached = wait_until_attached(&family).await;
    let outcome = fleet.run(&call, Until::Calls(stage.plan.traced_calls)).await;
    signal("INT", strace.id());
    strace.wait().map_err(|source| BenchError::io("wait for strace", source))?;
    let text =
        std::fs::read_to_string(&file).map_err(|source| BenchError::io("read strace's table", source))?;
    std::fs::remove_file(&file).map_err(|source| BenchError::io("remove strace's table", source))?;
    attached?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
    let calls = outcome?.completed.max(1) as f64;
    let counts = counts(&text);
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵²")]
    let per_call = |count: u64| count as f64 / calls;
    let by_name: Vec<_> =
        counts.iter().take(SHOWN).map(|(name, count)| format!("{name} {:.2}", per_call(*count))).collect();
    result.note(contender, by_name.join(", "));
    let total = counts.iter().map(|(_, count)| count).sum();
    Ok(vec![Sample::from([(Measure::SystemCalls, per_call(total))])])
}

fn attach(family: &Family, output: &Path) -> Result<Child> {
    let mut command = Command::new("strace");
    command.arg("-c").arg("-f").arg("-o").arg(output).stderr(Stdio::null()).stdin(Stdio::null());
    for pid in family.members() {
        command.arg("-p").arg(pid.to_string());
    }
    command.spawn().map_err(|source| BenchError::io("start strace", source))
}

async fn wait_until_attached(family: &Family) -> Result<()> {
    let begin = Instant::now();
    while !family.is_traced() {
        if begin.elapsed() > ATTACH_WITHIN {
            return Err(BenchError::Failed("strace does not attach (no permission to trace?)".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// The table's rows, most frequent first: `% time, seconds, usecs/call, calls, [errors,] syscall`.
fn counts(table: &str) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = table.lines().filter_map(row).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn row(line: &str) -> Option<(String, u64)> {
    let words: Vec<_> = line.split_whitespace().collect();
    let name = words.last().filter(|name| **name != "total")?;
    words.first()?.parse::<f64>().ok()?;
    Some(((*name).to_owned(), words.get(3)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn the_table_of_strace_is_read() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n \
            60.00    0.010000           5      2000         3 recvfrom\n \
            40.00    0.008000           4      4000           epoll_wait\n\
            ------ ----------- ----------- --------- --------- ----------------\n\
            100.00    0.018000           4      6000         3 total\n";
        assert_eq!(counts(table), [("epoll_wait".to_owned(), 4000), ("recvfrom".to_owned(), 2000)]);
    }
}
