//! Checks that costs do not grow. They are counted, not timed, so that machines of the same kind agree.
//! See `docs/decisions/cold-start.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::aws::Line;
use crate::function::{Function, Launch, check};
use crate::operations::Operation;
use crate::report;

/// How many more warm requests one run makes than the other.
const WARM: u32 = 10;

/// How many times a run is tried. The function is fifty times slower under callgrind, so its own timeouts can run
/// out.
const TRIES: usize = 5;

/// Crates of the SDK's legacy stack, and the TLS library whose first handshake takes 400 million instructions.
const BANNED: [&str; 4] = ["hyper v0.14", "rustls v0.21", "http v0.2", "aws-lc-rs v"];

/// What a function may take at most: what it takes now, plus 3 % for differences between machines (the C library,
/// how names are resolved).
struct Limits {
    first: u64,
    warm: u64,
    system_calls: u64,
}

impl Limits {
    fn of(binary: &str) -> Self {
        match binary {
            // It handles a warm request from its cache.
            "authorizer" => Self { first: 4_970_000, warm: 223_000, system_calls: 230 },
            _ => Self { first: 4_920_000, warm: 558_000, system_calls: 230 },
        }
    }
}

/// What a function has taken, from its start to its last request.
struct Counts {
    instructions: u64,
    system_calls: u64,
}

/// Counts and prints everything, and fails if something is over its limit.
pub(crate) struct Guard<'a> {
    pub(crate) root: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) line: &'a Line,
    /// The binaries whose packages are measured.
    pub(crate) built: &'a [PathBuf],
}

impl Guard<'_> {
    pub(crate) async fn run(&self, subjects: &[(Operation, Launch)]) -> Result<()> {
        let mut lines = Vec::new();
        for (operation, launch) in subjects {
            let binary = &operation.binary;
            let cold = self.count(operation, launch, 0).await.with_context(|| binary.clone())?;
            let warm = self.count(operation, launch, WARM).await.with_context(|| binary.clone())?;
            let each = warm.instructions.saturating_sub(cold.instructions) / u64::from(WARM);
            let limits = Limits::of(binary);
            lines.extend([
                (
                    format!("{binary}: instructions of init and first request"),
                    cold.instructions,
                    limits.first,
                ),
                (format!("{binary}: instructions of one warm request"), each, limits.warm),
                (
                    format!("{binary}: system calls of init and first request"),
                    cold.system_calls,
                    limits.system_calls,
                ),
            ]);
        }
        for program in self.built {
            let name = program.file_name().unwrap_or_default().display();
            let zipped = crate::package::zipped_bytes(program)?;
            lines.push((format!("{name}: bytes of the package"), zipped, report::MAX_ZIPPED));
        }
        lines.extend(self.banned()?.into_iter().map(|name| (format!("dependency {name}"), 1, 0)));
        for (what, found, limit) in &lines {
            let mark = if found <= limit { "ok  " } else { "OVER" };
            println!("{mark}  {what:52} {found:>9} of at most {limit:>9}");
        }
        let is_over = lines.iter().any(|(_, found, limit)| found > limit);
        ensure!(!is_over, "over a limit; docs/decisions/cold-start.md says what they are for");
        Ok(())
    }

    /// Runs the function under callgrind for one request and `warm` more. All must go over one connection.
    async fn count(&self, operation: &Operation, launch: &Launch, warm: u32) -> Result<Counts> {
        for _ in 0..TRIES {
            let before = self.line.connections();
            let counts = self.count_once(operation, launch, warm).await?;
            // More than one means that the connection opened during init was not used, or was given up.
            if self.line.connections() == before + 1 {
                return Ok(counts);
            }
        }
        bail!("it does not make do with one connection (or this machine is far too busy)")
    }

    async fn count_once(&self, operation: &Operation, launch: &Launch, warm: u32) -> Result<Counts> {
        let profile = self.folder.join(format!("callgrind.{}.{warm}", operation.binary));
        let trace = profile.with_added_extension("log");
        let arguments = [
            "--tool=callgrind".to_owned(),
            "--trace-syscalls=yes".to_owned(),
            format!("--callgrind-out-file={}", profile.display()),
            format!("--log-file={}", trace.display()),
            launch.program.display().to_string(),
        ];
        let mut launch = launch.clone().with(arguments.map(PathBuf::from));
        launch.program = PathBuf::from("valgrind");
        let mut function = Function::start(&launch).await.context("is valgrind installed?")?;
        for _ in 0..=warm {
            check(&function.invoke(&operation.event).await?, &operation.expected)?;
        }
        function.terminate()?;
        let profile = std::fs::read_to_string(&profile)?;
        let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
        let trace = std::fs::read_to_string(trace)?;
        let system_calls = trace.lines().filter(|line| is_system_call(line)).count();
        Ok(Counts {
            instructions: total.context("callgrind wrote no total")?.trim().parse()?,
            system_calls: system_calls.try_into()?,
        })
    }

    /// The banned crates that the functions depend on.
    fn banned(&self) -> Result<Vec<String>> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let arguments = ["tree", "--locked", "--edges", "normal", "--prefix", "none", "--target", "all"];
        let output = Command::new(cargo).args(arguments).current_dir(self.root).output()?;
        ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout)?;
        let is_banned = |line: &&str| BANNED.iter().any(|name| line.starts_with(name));
        let mut found: Vec<_> = tree.lines().filter(is_banned).map(str::to_owned).collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Whether a line of valgrind's trace is the start of a system call. Reading the clock does not count, because
/// outside of valgrind it is not a system call.
fn is_system_call(line: &str) -> bool {
    line.starts_with("SYSCALL[") && line.contains(" sys_") && !line.contains(" sys_clock_gettime")
}

#[cfg(test)]
mod tests {
    use super::is_system_call;

    #[test]
    fn system_calls_are_counted_once_and_without_the_clock() {
        assert!(is_system_call("SYSCALL[5,1](1) sys_write ( 5, 0x1, 8 ) --> [async] ... "));
        assert!(!is_system_call("SYSCALL[5,1](1) ... [async] --> Success(0x8) "));
        assert!(!is_system_call("SYSCALL[5,1](228) sys_clock_gettime( 1, 0x1 )[sync] --> Success(0x0) "));
        assert!(!is_system_call("==5== Callgrind"));
    }
}
