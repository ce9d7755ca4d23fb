//! The CPU share of a Lambda function with 128 MB, as the quota of a cgroup.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Lambda allots CPU time in slices of 20 ms.
const PERIOD_US: u32 = 20_000;
/// Lambda gives a whole CPU to 1,769 MB.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const QUOTA_US: u32 = PERIOD_US * 128 / 1_769;

/// Where cgroups are mounted: version 2, and version 1.
const VERSION_2: &str = "/sys/fs/cgroup";
const VERSION_1: &str = "/sys/fs/cgroup/cpu";

/// A cgroup of our own, which is removed when dropped.
pub(crate) struct CpuShare {
    folder: PathBuf,
}

impl CpuShare {
    /// Creates the cgroup.
    pub(crate) fn new() -> Result<Self> {
        let is_version_2 = fs::read_to_string(Path::new(VERSION_2).join("cgroup.controllers"))
            .is_ok_and(|controllers| controllers.split_whitespace().any(|controller| controller == "cpu"));
        let parent = if is_version_2 { VERSION_2 } else { VERSION_1 };
        let share = Self { folder: Path::new(parent).join(format!("latchkey-bench-{}", std::process::id())) };
        let explain = "no cgroup can be made here (it takes root, and a container allows it seldom)";
        fs::create_dir(&share.folder).context(explain)?;
        if is_version_2 {
            fs::write(share.folder.join("cpu.max"), format!("{QUOTA_US} {PERIOD_US}")).context(explain)?;
        } else {
            fs::write(share.folder.join("cpu.cfs_period_us"), PERIOD_US.to_string()).context(explain)?;
            fs::write(share.folder.join("cpu.cfs_quota_us"), QUOTA_US.to_string()).context(explain)?;
        }
        Ok(share)
    }

    /// Moves a process and all its threads into the cgroup.
    pub(crate) fn take_in(&self, process: u32) -> Result<()> {
        Ok(fs::write(self.folder.join("cgroup.procs"), process.to_string())?)
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}
