//! One processor for everything that is measured. See `docs/decisions/cold-start.md`.

use anyhow::{Context as _, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Keeps this process, and every process that it starts from now on, on one processor: up to 1,769 MB, a Lambda
/// function has no more than one. A function and what it waits for take turns anyway. On two processors, up to a
/// quarter of a short request would be the time in which an idle processor wakes up.
pub(crate) fn keep_to_one() -> Result<()> {
    let own = Pid::from_raw(0);
    let allowed = sched_getaffinity(own)?;
    let last = (0..CpuSet::count()).rev().find(|&processor| allowed.is_set(processor).unwrap_or_default());
    let mut one = CpuSet::new();
    one.set(last.context("no processor is allowed")?)?;
    Ok(sched_setaffinity(own, &one)?)
}
