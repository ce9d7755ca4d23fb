//! Rounds of measurements and their medians.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::aws::Line;
use crate::condition::Condition;
use crate::cpu_share::CpuShare;
use crate::function::{ENDPOINT, Function, Launch, check};
use crate::operations::Operation;

/// How many warm requests an operation that takes long gets in each round.
const WARM_OF_LONG: usize = 2;

/// Something to measure.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) launch: Launch,
    pub(crate) operation: Operation,
    /// The binary whose package is measured, if there is one.
    pub(crate) binary: Option<PathBuf>,
    /// The conditions under which it is measured.
    pub(crate) conditions: &'static [Condition],
}

/// All results for one subject.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) zipped_bytes: Option<u64>,
    #[serde(flatten)]
    pub(crate) medians: BTreeMap<Condition, Medians>,
    /// The milliseconds from spawn to the first answer, for each round. A whole cold request adds up two of these.
    #[serde(skip)]
    pub(crate) first_answers: BTreeMap<Condition, Vec<f64>>,
}

/// The medians of all rounds. The percentiles are over all warm requests together.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Medians {
    pub(crate) spawn_to_ready_ms: f64,
    pub(crate) ready_to_first_answer_ms: f64,
    pub(crate) spawn_to_first_answer_ms: f64,
    pub(crate) warm_p50_us: f64,
    pub(crate) warm_p99_us: f64,
    pub(crate) cpu_per_request_us: f64,
    pub(crate) peak_memory_mb: f64,
}

/// The measurements of one process.
struct Sample {
    init: Duration,
    first: Duration,
    warm: Vec<Duration>,
    cpu_per_request: Duration,
    peak_memory: u64,
}

/// Measures all subjects in interleaved rounds, after one round that does not count. Measures under the CPU share only
/// if `has_share`.
pub(crate) async fn rounds(
    subjects: &[Subject],
    lines: &BTreeMap<Condition, Line>,
    rounds: usize,
    has_share: bool,
) -> Result<Vec<Row>> {
    let mut samples: Vec<BTreeMap<Condition, Vec<Sample>>> =
        subjects.iter().map(|_| BTreeMap::new()).collect();
    for round in 0..=rounds {
        eprint!("\rround {round} of {rounds} ");
        // One condition after the other: a subject that follows one that waits for AWS would find a processor that has
        // been idle, and take a tenth longer.
        for (condition, line) in
            lines.iter().filter(|(condition, _)| has_share || **condition != Condition::Share)
        {
            for (subject, samples) in subjects.iter().zip(&mut samples) {
                if !subject.conditions.contains(condition) {
                    continue;
                }
                let launch = subject.launch.clone().set(ENDPOINT, &line.url());
                let sample = sample(subject, &launch, *condition).await;
                let sample = sample.with_context(|| subject.name.clone())?;
                if round > 0 {
                    samples.entry(*condition).or_default().push(sample);
                }
            }
        }
    }
    eprintln!();
    subjects.iter().zip(&samples).map(|(subject, samples)| row(subject, samples)).collect()
}

fn row(subject: &Subject, samples: &BTreeMap<Condition, Vec<Sample>>) -> Result<Row> {
    let of_each = samples.iter();
    let first_answer = |sample: &Sample| milliseconds(sample.init + sample.first);
    Ok(Row {
        name: subject.name.clone(),
        zipped_bytes: subject.binary.as_deref().map(crate::package::zipped_bytes).transpose()?,
        medians: of_each.clone().map(|(condition, samples)| (*condition, medians(samples))).collect(),
        first_answers: of_each
            .map(|(condition, samples)| (*condition, samples.iter().map(first_answer).collect()))
            .collect(),
    })
}

async fn sample(subject: &Subject, launch: &Launch, condition: Condition) -> Result<Sample> {
    let Operation { event, expected, .. } = &subject.operation;
    // A new one for each process: if one process uses more than its share, the kernel deducts that from the next one's.
    // It is declared before the function, so it is dropped after it: a cgroup with a process cannot be removed.
    let share = if condition == Condition::Share { Some(CpuShare::new()?) } else { None };
    let mut function = Function::start(launch).await?;
    if let Some(share) = &share {
        function.limit_to(share)?;
    }
    let first = function.invoke(event).await?;
    check(&first, expected)?;
    let warm_requests = if subject.operation.is_long() { WARM_OF_LONG } else { condition.warm_requests() };
    let cpu_before = function.cpu_time()?;
    let mut warm = Vec::with_capacity(warm_requests);
    for _ in 0..warm_requests {
        warm.push(function.invoke(event).await?.took);
    }
    let cpu = function.cpu_time()?.saturating_sub(cpu_before);
    Ok(Sample {
        init: function.init,
        first: first.took,
        warm,
        cpu_per_request: cpu / u32::try_from(warm_requests)?,
        peak_memory: function.peak_memory()?,
    })
}

fn medians(samples: &[Sample]) -> Medians {
    let of_all = |value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
    let warm: Vec<_> =
        samples.iter().flat_map(|sample| &sample.warm).map(|took| milliseconds(*took) * 1e3).collect();
    #[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
    Medians {
        spawn_to_ready_ms: of_all(|sample| milliseconds(sample.init)),
        ready_to_first_answer_ms: of_all(|sample| milliseconds(sample.first)),
        spawn_to_first_answer_ms: of_all(|sample| milliseconds(sample.init + sample.first)),
        warm_p50_us: median(warm.clone()),
        warm_p99_us: percentile(warm, 0.99),
        cpu_per_request_us: of_all(|sample| milliseconds(sample.cpu_per_request) * 1e3),
        peak_memory_mb: of_all(|sample| sample.peak_memory as f64 / 1e6),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The median.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    percentile(values, 0.5)
}

/// The value that the share `rank` of all values does not exceed, interpolated between the two nearest ones.
fn percentile(mut values: Vec<f64>, rank: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "there are not 2^52 values")]
    let place = rank * values.len().saturating_sub(1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let value = |place: f64| values.get(place as usize).copied().unwrap_or_default();
    let below = value(place.floor());
    below + (value(place.ceil()) - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_interpolated() {
        assert!(percentile(Vec::new(), 0.5).abs() < 1e-9);
        assert!((percentile(vec![3.0, 1.0, 2.0], 0.5) - 2.0).abs() < 1e-9);
        assert!((percentile(vec![4.0, 1.0], 0.5) - 2.5).abs() < 1e-9);
        assert!((percentile((0..=100).map(f64::from).collect(), 0.99) - 99.0).abs() < 1e-9);
    }
}
