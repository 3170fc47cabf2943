//! The size of the gateway's binary, stripped as it is shipped, and of its xz.
//! In: the binary that was measured. A `bench-run` build is a little larger than a `release` build (thin LTO).

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::{CaseResult, Sample, Stage};
use crate::cases::Measure;
use crate::contenders::{Contender, has_program};
use crate::error::{BenchError, Result};

pub(super) fn measure(stage: &Stage, contender: Contender, result: &mut CaseResult) -> Result<Vec<Sample>> {
    let (Some(binary), Contender::Gomodel) = (stage.field.gateway(), contender) else {
        return Ok(Vec::new());
    };
    if let Some(missing) = ["strip", "xz"].into_iter().find(|program| !has_program(program, "--version")) {
        result.note(
            contender,
            format!("not measured: no {missing}; the cure: apt-get install binutils xz-utils"),
        );
        return Ok(Vec::new());
    }
    let stripped = std::env::temp_dir().join(format!("gomodel-bench-{}-stripped", std::process::id()));
    let sizes = sizes(binary, &stripped, stage.plan.compress_level, result);
    for path in [stripped.clone(), stripped.with_extension("xz")] {
        if let Err(error) = std::fs::remove_file(&path) {
            result.note(contender, format!("cannot remove {}: {error}", path.display()));
        }
    }
    let (plain, compressed) = sizes?;
    result.note(contender, format!("{}", binary.display()));
    Ok(vec![Sample::from([(Measure::BinarySize, plain), (Measure::CompressedSize, compressed)])])
}

fn sizes(binary: &Path, stripped: &Path, level: &str, result: &mut CaseResult) -> Result<(f64, f64)> {
    run(Command::new("strip").arg("-o").arg(stripped).arg(binary), "strip")?;
    let packed = stripped.with_extension("xz");
    let file = File::create(&packed).map_err(|source| BenchError::io("create the xz file", source))?;
    run(Command::new("xz").arg(level).arg("-T1").arg("-c").arg(stripped).stdout(file), "xz")?;
    result.note(Contender::Gomodel, format!("compressed with xz {level}"));
    Ok((megabytes(stripped)?, megabytes(&packed)?))
}

fn run(command: &mut Command, name: &str) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(BenchError::Failed(format!("`{name}` ended with {status}"))),
        Err(source) => Err(BenchError::io(format!("run `{name}`"), source)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2⁵² bytes")]
fn megabytes(path: &Path) -> Result<f64> {
    let size =
        std::fs::metadata(path).map_err(|source| BenchError::io(format!("read {path:?}"), source))?.len();
    Ok(size as f64 / 1e6)
}
