//! Measures the functions: `make bench` times them beside others, `make guard` counts what must not
//! grow. Both run the real release binaries against a Runtime API and a Secrets Manager of their own.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod cpu_share;
mod function;
mod gateway;
mod guard;
mod lambda;
mod measure;
mod operations;
mod package;
mod plot;
mod processor;
mod report;
mod secrets_manager;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use cpu_share::CpuShare;
use function::Launch;
use guard::Guard;
use measure::{Row, Subject};
use operations::Operation;
use secrets_manager::SecretsManager;

/// Rounds, unless `LATCHKEY_BENCH_ROUNDS` says otherwise.
const ROUNDS: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // What was started is stopped by being dropped.
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
    let secrets_manager = SecretsManager::start(&folder).await?;
    let bench = Bench { root, folder, secrets_manager };
    match std::env::args().nth(1).as_deref() {
        Some("bench") => bench.measure().await,
        Some("guard") => bench.guard().await,
        _ => bail!("say what: bench or guard"),
    }
}

struct Bench<'a> {
    root: &'a Path,
    folder: PathBuf,
    secrets_manager: SecretsManager,
}

impl Bench<'_> {
    async fn measure(&self) -> Result<()> {
        processor::keep_to_one()?;
        let binaries = self.binaries();
        let operations =
            operations::all(&self.template(), &binaries, &self.secrets_manager, &self.folder).await?;
        let share = CpuShare::new().map(drop);
        if let Err(error) = &share {
            println!("Nothing is measured under the CPU share of 128 MB: {error:#}");
        }
        let rounds = std::env::var("LATCHKEY_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok());
        let subjects = self.subjects(operations)?;
        let rows = measure::rounds(&subjects, rounds.unwrap_or(ROUNDS), share.is_ok()).await?;
        println!("{}{}", report::table(&rows), report::targets(&rows));
        self.write(&rows)
    }

    async fn guard(&self) -> Result<()> {
        let subjects: Vec<_> = operations::guarded(&self.secrets_manager)
            .into_iter()
            .map(|operation| {
                let launch = self.launch(&self.binaries().join(&operation.binary));
                (operation, launch)
            })
            .collect();
        let deployed = operations::deployed(&self.template())?.into_iter();
        let built: Vec<_> =
            deployed.map(|name| self.binaries().join(name)).filter(|path| path.is_file()).collect();
        let (folder, secrets_manager) = (&self.folder, &self.secrets_manager);
        Guard { root: self.root, folder, secrets_manager, built: &built }.run(&subjects).await
    }

    /// The floor, the functions in other languages as far as they can run here, and all of ours.
    fn subjects(&self, operations: Vec<Operation>) -> Result<Vec<Subject>> {
        let get = operations.iter().find(|operation| operation.binary == report::GET);
        let get = get.context("the template has no dqops-get")?.clone();
        let hello = self.binaries().join("latchkey-hello");
        let mut subjects = vec![Subject {
            name: report::FLOOR.to_owned(),
            launch: self.launch(&hello),
            operation: get.clone(),
            binary: Some(hello),
        }];
        subjects.extend(operations.into_iter().map(|operation| {
            let binary = self.binaries().join(&operation.binary);
            let (name, launch) = (operation.binary.clone(), self.launch(&binary));
            Subject { name, launch, operation, binary: Some(binary) }
        }));
        let functions = self.root.join("bench/functions");
        let node_modules = self.folder.join("node/node_modules");
        for (name, program, script, needs) in [
            (report::NODE, find_program("node"), self.folder.join("node/function.mjs"), node_modules),
            (
                report::PYTHON,
                Some(self.root.join(".local/venv/bin/python")),
                functions.join("python/function.py"),
                self.root.join(".local/venv/.test-tools"),
            ),
        ] {
            match program {
                Some(program) if needs.exists() => {
                    let launch = self.launch(&program).with([script]);
                    let launch = match name {
                        report::PYTHON => launch.trusting(&self.python_authorities()?),
                        _ => launch,
                    };
                    let (name, operation) = (name.to_owned(), get.clone());
                    subjects.push(Subject { name, launch, operation, binary: None });
                }
                _ => println!("Not measured: {name}, which is not installed here"),
            }
        }
        Ok(subjects)
    }

    /// The authorities that boto3 brings along, and the stub's. To ours and to Node, `AWS_CA_BUNDLE` and
    /// `NODE_EXTRA_CA_CERTS` only add one; Python reads the file in place of its own list, which it has to
    /// load wherever it calls AWS.
    fn python_authorities(&self) -> Result<PathBuf> {
        let python =
            fs::read_dir(self.root.join(".local/venv/lib"))?.next().context("no Python in the venv")??;
        let mut authorities = fs::read(python.path().join("site-packages/botocore/cacert.pem"))?;
        authorities.extend(fs::read(&self.secrets_manager.ca_bundle)?);
        let file = self.folder.join("python-authorities.pem");
        fs::write(&file, authorities)?;
        Ok(file)
    }

    /// Leaves the results where the README shows them.
    fn write(&self, rows: &[Row]) -> Result<()> {
        let folder = self.root.join("bench").join("results");
        fs::create_dir_all(&folder)?;
        let results = json!({ "machine": machine(), "rows": rows });
        fs::write(folder.join("bench.json"), serde_json::to_string_pretty(&results)? + "\n")?;
        let shown = [report::FLOOR, report::GET, report::NODE, report::PYTHON];
        let shown = shown.iter().filter_map(|name| rows.iter().find(|row| row.name == *name));
        fs::write(folder.join("bench.svg"), plot::svg(&shown.collect::<Vec<_>>()))?;
        println!("\nIn bench/results/: bench.json, bench.svg");
        Ok(())
    }

    fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    fn launch(&self, program: &Path) -> Launch {
        Launch::new(program, &self.secrets_manager, &self.folder)
    }

    /// Another profile than the shipped one can be looked at, too: with symbols, say.
    fn binaries(&self) -> PathBuf {
        let profile = std::env::var_os("LATCHKEY_BENCH_PROFILE").unwrap_or_else(|| "release".into());
        self.root.join("target").join(profile)
    }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// What the times depend on.
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
