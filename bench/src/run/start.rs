//! Start: from `exec` until a `GET /health` is answered with 200, asked twice a millisecond.

use super::{Sample, Stage};
use crate::cases::Measure;
use crate::contenders::Contender;
use crate::error::Result;

pub(super) async fn measure(stage: &Stage, contender: Contender) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for _ in 0..stage.plan.starts {
        let time = stage.field.time_start(contender).await?;
        samples.push(Sample::from([(Measure::StartTime, time.as_secs_f64() * 1000.0)]));
    }
    Ok(samples)
}
