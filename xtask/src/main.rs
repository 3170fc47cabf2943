//! `cargo xtask <task>`: the repository's own chores. `tidy` holds the house rules, `docs` keeps the generated pages.
//! In: a task's name. Out: findings with their cures on stdout; exit code 1 if there are any, 2 for a wrong call.

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <task>
  tidy            check the house rules that no compiler checks
  docs            write the generated pages of docs/
  docs --check    fail if one of them is stale";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["tidy"] => xtask::tidy(),
        ["docs"] => xtask::write_docs(),
        ["docs", "--check"] => xtask::check_docs(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(report) => {
            eprintln!("{report}");
            ExitCode::FAILURE
        }
    }
}
