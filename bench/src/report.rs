//! The Markdown report: a table with a verdict per limit, one more for translated calls, then notes and problems.
//! In: results. Out: text on standard output and in `bench/results/<commit>.md`.
//! A value is the median of the rounds. A ratio is the median of the ratios within rounds; the spread is their range.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use crate::cases::{self, Figure, Limit, Work};
use crate::contenders::Contender;
use crate::error::{BenchError, Result};
use crate::options::RunOptions;
use crate::run::{CaseResult, Sample};

/// Prints the report and writes it where it belongs.
pub(crate) fn publish(results: &[CaseResult], options: &RunOptions) -> Result<()> {
    let commit = output_of("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let text = format!("{}\n{}{}", head(&commit, options), tables(results), remarks(results));
    println!("{text}");
    let path = options.output.clone().unwrap_or_else(|| default_path(&commit));
    let folder = path.parent().map(std::fs::create_dir_all).transpose();
    folder
        .and_then(|_| std::fs::write(&path, &text))
        .map_err(|source| BenchError::io(format!("write {}", path.display()), source))?;
    eprintln!("bench: written to {}", path.display());
    Ok(())
}

/// Prints names and meanings of all cases.
pub(crate) fn list_cases() {
    for case in cases::all() {
        println!("{:<38} {}", case.name, case.what);
    }
}

fn default_path(commit: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results").join(format!("{commit}.md"))
}

fn head(commit: &str, options: &RunOptions) -> String {
    let changed = output_of("git", &["status", "--porcelain", "--untracked-files=no"]);
    let state = if changed.is_some_and(|text| !text.is_empty()) { " with uncommitted changes" } else { "" };
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read_line("/proc/sys/kernel/osrelease");
    let load = read_line("/proc/loadavg");
    let load = load.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    format!(
        "# Bench of {commit}{state}\n\n{now}; {cores} cores, Linux {kernel}; {} rounds of {} s; load average at \
         the end {load}.\n",
        options.rounds, options.seconds
    )
}

fn read_line(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The tables alone: calls beside nginx's, and translated calls beside those that need no translation.
pub(crate) fn tables(results: &[CaseResult]) -> String {
    let is_translation = |result: &&CaseResult| matches!(result.case.work, Work::Translation(_));
    let (translations, others): (Vec<_>, Vec<_>) =
        results.iter().filter(|result| !result.samples.is_empty()).partition(is_translation);
    let tables = [others, translations].into_iter().filter(|rows| !rows.is_empty());
    tables.map(|rows| table(&rows)).collect::<Vec<_>>().join("\n")
}

/// One column per contender that took part in any of the cases.
fn table(results: &[&CaseResult]) -> String {
    let contenders: BTreeSet<_> = results.iter().flat_map(|result| result.samples.keys().copied()).collect();
    let mut text = "| case | figure |".to_owned();
    let mut rule = "| --- | --- |".to_owned();
    for contender in &contenders {
        // Writing to a `String` cannot fail.
        let _infallible = write!(text, " {} |", contender.label());
        rule.push_str(" ---: |");
    }
    text.push_str(" ratio | spread | limit | verdict |\n");
    text.push_str(&rule);
    text.push_str(" ---: | --- | --- | --- |\n");
    for result in results {
        for figure in result.case.figures {
            text.push_str(&line(result, figure, &contenders));
        }
    }
    text
}

fn line(result: &CaseResult, figure: &Figure, contenders: &BTreeSet<Contender>) -> String {
    let show =
        |contender: &Contender| median(&values(result, *contender, figure)).map_or("–".to_owned(), number);
    let values: Vec<_> = contenders.iter().map(show).collect();
    let ratios = ratios(result, figure);
    let (spread_of, verdict) = judge(result, figure, &ratios);
    let spread = match (spread_of.first(), spread_of.last()) {
        (Some(low), Some(high)) if spread_of.len() > 1 => format!("{}…{}", number(*low), number(*high)),
        _ => "–".to_owned(),
    };
    let ratio = median(&ratios).map_or("–".to_owned(), |ratio| format!("{}×", number(ratio)));
    let limit = match figure.limit {
        Limit::None => "–".to_owned(),
        Limit::TimesNginx(times) => format!("≤ {times}× nginx"),
        Limit::ShareOfNginx(share) => format!("≥ {share}× nginx"),
        Limit::TimesSameDialect(times) => format!("≤ {times}× same dialect"),
        Limit::AtMost(value) => format!("≤ {value}"),
    };
    format!(
        "| {} | {} | {} | {ratio} | {spread} | {limit} | {verdict} |\n",
        result.case.name,
        figure.measure.label(),
        values.join(" | "),
    )
}

/// What the spread is of (ascending), and the verdict.
fn judge(result: &CaseResult, figure: &Figure, ratios: &[f64]) -> (Vec<f64>, &'static str) {
    let own = sorted(values(result, Contender::Gomodel, figure));
    let (judged, holds): (Vec<f64>, fn(f64, f64) -> bool) = match figure.limit {
        Limit::None => return (sorted(ratios.to_vec()), "–"),
        Limit::AtMost(_) => (own, |value, limit| value <= limit),
        Limit::TimesNginx(_) | Limit::TimesSameDialect(_) => {
            (sorted(ratios.to_vec()), |value, limit| value <= limit)
        }
        Limit::ShareOfNginx(_) => (sorted(ratios.to_vec()), |value, limit| value >= limit),
    };
    let (Limit::AtMost(limit)
    | Limit::TimesNginx(limit)
    | Limit::TimesSameDialect(limit)
    | Limit::ShareOfNginx(limit)) = figure.limit
    else {
        return (judged, "–");
    };
    let gateway_took_part = result.samples.contains_key(&Contender::Gomodel);
    let nginx = median(&values(result, Contender::Nginx, figure));
    let verdict = match median(&judged) {
        Some(value) if gateway_took_part && holds(value, limit) => "pass",
        // Noise that breaks the limit for the yardstick says little about the gateway.
        Some(_) if gateway_took_part => match (figure.limit, nginx) {
            (Limit::AtMost(_), Some(nginx)) if !holds(nginx, limit) => "**MISS**, nginx too",
            _ => "**MISS**",
        },
        _ => "–",
    };
    (judged, verdict)
}

/// The gateway over its yardstick in each round: nginx, or its own calls that need no translation. Without a gateway nginx over the mock, so that the bench can test itself.
fn ratios(result: &CaseResult, figure: &Figure) -> Vec<f64> {
    let has = |contender| result.samples.contains_key(&contender);
    let (subject, yardstick) = match has(Contender::Gomodel) {
        true if has(Contender::SameDialect) => (Contender::Gomodel, Contender::SameDialect),
        true => (Contender::Gomodel, Contender::Nginx),
        false => (Contender::Nginx, Contender::Direct),
    };
    let pairs = values(result, subject, figure).into_iter().zip(values(result, yardstick, figure));
    pairs.filter(|(_, by)| *by > 0.0).map(|(value, by)| value / by).collect()
}

fn values(result: &CaseResult, contender: Contender, figure: &Figure) -> Vec<f64> {
    let samples: &[Sample] = result.samples.get(&contender).map_or(&[], Vec::as_slice);
    samples.iter().filter_map(|sample| sample.get(&figure.measure).copied()).collect()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> Option<f64> {
    let values = sorted(values.to_vec());
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    match values.len() % 2 {
        1 => Some(upper),
        _ => values.get(middle.checked_sub(1)?).map(|lower| f64::midpoint(*lower, upper)),
    }
}

/// Three significant digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn remarks(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for (title, pick) in [("Problems", true), ("Notes", false)] {
        let lines: Vec<_> =
            results.iter().flat_map(|result| if pick { &result.problems } else { &result.notes }).collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}:\n\n"));
            for line in lines {
                // Writing to a `String` cannot fail.
                let _infallible = writeln!(text, "- {line}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{median, number};

    #[test]
    fn medians_and_numbers() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        let shown = [1234.5, 0.0, 12.34, 1.234, 0.1234].map(number);
        assert_eq!(shown, ["1234", "0", "12.3", "1.23", "0.123"]);
    }
}
