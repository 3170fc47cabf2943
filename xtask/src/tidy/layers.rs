//! The layers of ARCHITECTURE.md: which crate may know which, and what must not be in the tree.
//! In: cargo's metadata and dependency tree, offline. Out: findings `layer`, `pure`, `json-numbers`.
//! Invariant: dependencies point downward only; a new edge sideways is a line in `SIDEWAYS` and on that page.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Finding;

/// The crates of the house, highest first. A crate may use those of lower rows.
const LAYERS: &[&[&str]] = &[
    &["gomodel"],
    &["server"],
    &["pipeline"],
    &["routing", "identity", "providers"],
    &["catalog", "tokens", "upstream"],
    &["dialects", "config", "telemetry"],
    &["runtime", "memory"],
    &["vocabulary"],
];

/// Edges within a row, user first.
const SIDEWAYS: &[(&str, &str)] = &[("routing", "providers")];

/// Crates that do no I/O and know only the vocabulary.
const PURE: &[&str] = &["dialects", "vocabulary"];

/// Crates outside the house, which may use any of it.
const OUTSIDE: &[&str] = &["xtask", "bench", "blackbox"];

const LAYER_CURE: &str =
    "move the code down, or pass what is needed as a parameter or a small trait declared lower";
const PURE_CURE: &str = "keep I/O, clocks and runtimes in the crates above; this one maps bytes to types";
const NUMBERS_CURE: &str =
    "turn the feature off: it breaks untagged and flattened floats (serde-rs/json#721)";

pub(super) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<(), String> {
    let metadata = cargo(root, &["metadata", "--format-version", "1", "--no-deps", "--offline"])?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let edges = edges(&metadata);
    findings.extend(edges.iter().filter_map(check_edge));
    for name in PURE {
        let tree = cargo(root, &["tree", "-p", name, "-e", "normal", "--prefix", "none", "--offline"])?;
        if tree.lines().any(|line| line.starts_with("tokio ")) {
            findings.push(finding("pure", name, format!("`{name}` reaches tokio"), PURE_CURE));
        }
    }
    let features = cargo(root, &["tree", "--workspace", "--prefix", "none", "-f", "{p} {f}", "--offline"])?;
    if features.lines().any(|line| line.starts_with("serde_json ") && line.contains("arbitrary_precision")) {
        let what = "serde_json has the feature `arbitrary_precision` in the tree".to_owned();
        findings.push(finding("json-numbers", "gomodel", what, NUMBERS_CURE));
    }
    Ok(())
}

/// Edges between crates of the workspace, for building and running; those of tests are free.
fn edges(metadata: &Value) -> Vec<(String, String)> {
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut edges = Vec::new();
    for package in &packages {
        let user = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            if names.contains(&used) && dependency["kind"].as_str() != Some("dev") {
                edges.push((user.to_owned(), used.to_owned()));
            }
        }
    }
    edges
}

fn check_edge((user, used): &(String, String)) -> Option<Finding> {
    if OUTSIDE.contains(&user.as_str()) || SIDEWAYS.contains(&(user, used)) {
        return None;
    }
    let row = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let what = match (row(user), row(used)) {
        (None, _) => format!("`{user}` has no place in the layers"),
        (_, None) => format!("`{user}` uses `{used}`, which has no place in the layers"),
        (Some(upper), Some(lower)) if upper >= lower => {
            format!("`{user}` must not know `{used}`: it stands no lower")
        }
        _ if PURE.contains(&user.as_str()) && used != "vocabulary" => {
            format!("`{user}` must not know `{used}`: it knows only the vocabulary")
        }
        _ => return None,
    };
    Some(finding("layer", user, what, LAYER_CURE))
}

fn finding(rule: &'static str, name: &str, what: String, cure: &'static str) -> Finding {
    Finding { rule, path: format!("crates/{name}/Cargo.toml"), line: 0, what, cure }
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let told = || format!("cargo {}", arguments.join(" "));
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|error| format!("{}: {error}", told()))?;
    if !output.status.success() {
        return Err(format!("{}: {}", told(), String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{check_edge, edges};

    fn is_found(user: &str, used: &str) -> bool {
        check_edge(&(user.to_owned(), used.to_owned())).is_some()
    }

    #[test]
    fn edges_point_downward() {
        assert!(!is_found("server", "vocabulary"));
        assert!(!is_found("routing", "providers"));
        assert!(!is_found("bench", "server"));
        assert!(is_found("providers", "routing"));
        assert!(is_found("catalog", "upstream"));
        assert!(is_found("telemetry", "server"));
        assert!(is_found("dialects", "runtime"));
        assert!(is_found("newcomer", "vocabulary"));
    }

    #[test]
    fn edges_are_read_without_those_of_tests_and_strangers() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "dependencies": [
                {"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "serde", "kind": null}]},
            {"name": "b", "dependencies": []}, {"name": "c", "dependencies": []}]});
        assert_eq!(edges(&metadata), [("a".to_owned(), "b".to_owned())]);
    }
}
