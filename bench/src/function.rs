//! The process of a function, from start to end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hyper::body::Bytes;
use nix::unistd::Pid;
use serde_json::Value;

use crate::aws::Aws;
use crate::cpu_share::CpuShare;
use crate::lambda::{Answer, Poll, RuntimeApi};

/// Names of variables in a function's environment.
pub(crate) const CA_BUNDLE: &str = "AWS_CA_BUNDLE";
pub(crate) const ENDPOINT: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
pub(crate) const PREFIX: &str = "LATCHKEY_PREFIX";

/// How a function is started.
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<PathBuf>,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
}

impl Launch {
    /// With the environment that Lambda and `template.yaml` give it, and nothing from our own.
    pub(crate) fn new(program: &Path, aws: &Aws, url: &str, folder: &Path) -> Self {
        let ca_bundle = aws.ca_bundle.display().to_string();
        let environment = [
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            (CA_BUNDLE, &ca_bundle),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            (ENDPOINT, url),
            ("AWS_ENDPOINT_URL_STS", url),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", &"x".repeat(800)),
            ("GLIBC_TUNABLES", glibc_tunables()),
            ("LATCHKEY_LIVE_VERIFICATION", "true"),
            ("LATCHKEY_LOG_LEVEL", "info"),
            (PREFIX, "latchkey"),
            ("NODE_EXTRA_CA_CERTS", &ca_bundle),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        let environment = environment.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment,
            log: folder.join("function.log"),
        }
    }

    /// The same with another value for a variable.
    pub(crate) fn set(mut self, variable: &str, value: &str) -> Self {
        for (name, found) in &mut self.environment {
            if *name == variable {
                value.clone_into(found);
            }
        }
        self
    }

    /// The same with arguments.
    pub(crate) fn with(mut self, arguments: impl IntoIterator<Item = PathBuf>) -> Self {
        self.arguments = arguments.into_iter().collect();
        self
    }
}

/// A running function, which is stopped when dropped.
pub(crate) struct Function {
    child: Child,
    api: RuntimeApi,
    poll: Option<Poll>,
    log: PathBuf,
    /// The time from its start until it asked for its first event.
    pub(crate) init: Duration,
}

impl Function {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(launch: &Launch) -> Result<Self> {
        let api = RuntimeApi::start().await?;
        let log = File::create(&launch.log)?;
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).env_clear().envs(launch.environment.iter().cloned());
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", launch.program.display()))?;
        let mut function = Self { child, api, poll: None, log: launch.log.clone(), init: Duration::ZERO };
        let ready = function.wait().await?;
        function.init = ready.duration_since(started);
        Ok(function)
    }

    /// Limits it to a CPU share from now on.
    pub(crate) fn limit_to(&self, share: &CpuShare) -> Result<()> {
        share.take_in(self.child.id())
    }

    /// Gives it an event, and waits for the response and until it is ready again.
    pub(crate) async fn invoke(&mut self, event: &Bytes) -> Result<Answer> {
        let poll = self.poll.take().context("it is not ready")?;
        let answer = self.api.invoke(poll, event.clone()).await;
        let answer = answer.with_context(|| self.last_words())?;
        self.wait().await?;
        Ok(answer)
    }

    /// The CPU time that it has used so far.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        let clock = nix::time::clock_getcpuclockid(self.pid()?)?;
        Ok(nix::time::clock_gettime(clock)?.into())
    }

    /// The most memory that it has ever used, in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")).context("no VmHWM")?;
        Ok(kilobytes.trim().parse::<u64>()? * 1024)
    }

    /// Asks it to exit and waits until it has: callgrind writes its results only then.
    pub(crate) fn terminate(mut self) -> Result<()> {
        nix::sys::signal::kill(self.pid()?, nix::sys::signal::Signal::SIGTERM)?;
        self.child.wait()?;
        Ok(())
    }

    fn pid(&self) -> Result<Pid> {
        Ok(Pid::from_raw(self.child.id().try_into()?))
    }

    async fn wait(&mut self) -> Result<Instant> {
        let ready = self.api.ready().await;
        let poll = ready.with_context(|| self.last_words())?;
        let at = poll.at;
        self.poll = Some(poll);
        Ok(at)
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `template.yaml` sets for glibc. If it were not found there, `make guard` would go over its limits.
fn glibc_tunables() -> &'static str {
    let after = include_str!("../../template.yaml").split_once("GLIBC_TUNABLES: ").map(|(_, after)| after);
    after.and_then(|after| after.lines().next()).unwrap_or_default()
}

/// Fails if a response is not the one that the operation should give: an error response would also be quick.
pub(crate) fn check(answer: &Answer, expected: &str) -> Result<()> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let found = body.pointer("/statusCode").or_else(|| body.pointer("/policyDocument/Statement/0/Effect"));
    let found = found.map(|value| value.to_string().replace('"', "")).unwrap_or_default();
    ensure!(found == expected, "it answered {found} in place of {expected}: {body}");
    Ok(())
}
