//! Measures the functions: `make bench` times them next to others, `make guard` checks that their costs do not grow.
//! Both run the real release binaries against a Runtime API and a Secrets Manager of their own.
//! See `docs/decisions/cold-start.md`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod aws;
mod certificates;
mod condition;
mod cpu_share;
mod function;
mod gateway;
mod guard;
mod lambda;
mod lists;
mod measure;
mod operations;
mod package;
mod plot;
mod processor;
mod report;
mod secrets_manager;
mod subjects;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use aws::{Aws, Line};
use condition::Condition;
use cpu_share::CpuShare;
use function::Launch;
use guard::Guard;
use report::Report;
use subjects::Places;

/// How many rounds there are, unless `LATCHKEY_BENCH_ROUNDS` says otherwise. If `LATCHKEY_BENCH_ONLY` names rows,
/// separated by commas, only these are measured and nothing is written.
const ROUNDS: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Dropping `run` also stops every process that it has started.
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn run() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")?;
    let folder = root.join(".local").join("bench");
    fs::create_dir_all(&folder)?;
    let aws = Aws::new(&folder)?;
    let lines = condition::lines(&aws).await?;
    let bench = Bench { root, folder, aws, lines };
    match std::env::args().nth(1).as_deref() {
        Some("bench") => bench.measure().await,
        Some("guard") => bench.guard().await,
        _ => bail!("say what: bench or guard"),
    }
}

struct Bench<'a> {
    root: &'a Path,
    folder: PathBuf,
    aws: Aws,
    lines: BTreeMap<Condition, Line>,
}

impl Bench<'_> {
    async fn measure(&self) -> Result<()> {
        processor::keep_to_one()?;
        let binaries = self.binaries();
        let url = self.here()?.url();
        let launch = |program: &Path| Launch::new(program, &self.aws, &url, &self.folder);
        let operations =
            operations::all(&self.template(), &binaries, &self.aws.secrets_manager, launch).await?;
        let share = CpuShare::new().map(drop);
        if let Err(error) = &share {
            println!("Nothing is measured under the CPU share of 128 MB: {error:#}");
        }
        let rounds = std::env::var("LATCHKEY_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
        let rounds = rounds.unwrap_or(ROUNDS);
        let (root, folder, ca_bundle) = (self.root, &self.folder, &self.aws.ca_bundle);
        let places = Places { root, folder, binaries: &binaries, ca_bundle };
        let mut subjects = places.subjects(operations, launch)?;
        let only = std::env::var("LATCHKEY_BENCH_ONLY").ok();
        if let Some(only) = &only {
            subjects.retain(|subject| only.split(',').any(|name| subject.name == name));
        }
        let rows = measure::rounds(&subjects, &self.lines, rounds, share.is_ok()).await?;
        println!("{}", report::tables(&rows));
        if only.is_some() {
            return Ok(());
        }
        let lists = lists::measure(&self.aws, &launch(&binaries.join("tiledb-list"))).await?;
        let report = Report::new(rows, lists);
        println!("{}", report.targets());
        self.write(&report)
    }

    async fn guard(&self) -> Result<()> {
        let line = self.here()?;
        let url = line.url();
        let subjects: Vec<_> = operations::guarded(&self.aws.secrets_manager)
            .into_iter()
            .map(|operation| {
                let program = self.binaries().join(&operation.binary);
                (operation, Launch::new(&program, &self.aws, &url, &self.folder))
            })
            .collect();
        let serving = operations::serving(&self.template())?.into_iter();
        let built: Vec<_> =
            serving.map(|name| self.binaries().join(name)).filter(|path| path.is_file()).collect();
        Guard { root: self.root, folder: &self.folder, line, built: &built }.run(&subjects).await
    }

    fn here(&self) -> Result<&Line> {
        self.lines.get(&Condition::Unthrottled).context("no line")
    }

    /// Writes the results to where the README shows them.
    fn write(&self, report: &Report) -> Result<()> {
        let folder = self.root.join("bench").join("results");
        fs::create_dir_all(&folder)?;
        let results = json!({ "machine": machine(), "results": report });
        fs::write(folder.join("bench.json"), serde_json::to_string_pretty(&results)? + "\n")?;
        fs::write(folder.join("bench.svg"), plot::svg(&report.shown()))?;
        println!("\nIn bench/results/: bench.json, bench.svg");
        Ok(())
    }

    fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// Another profile than the deployed one can be measured, too, such as one with symbols.
    /// See `docs/decisions/profiles.md`.
    fn binaries(&self) -> PathBuf {
        let profile = std::env::var_os("LATCHKEY_BENCH_PROFILE").unwrap_or_else(|| "release".into());
        self.root.join("target").join(profile)
    }
}

/// The machine, on which the times depend.
fn machine() -> Value {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    json!({
        "processor": model.map(|(_, model)| model),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
    })
}
