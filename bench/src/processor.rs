//! One processor for all that is measured.

use anyhow::{Context as _, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Keeps this process, and whatever it starts from now on, on one processor: a Lambda function has one at
/// most up to 1,769 MB. A function and what it waits for take turns anyway; on two processors, up to
/// a quarter of a short request would be the time that an idle one takes to wake up.
pub(crate) fn keep_to_one() -> Result<()> {
    let own = Pid::from_raw(0);
    let allowed = sched_getaffinity(own)?;
    let last = (0..CpuSet::count()).rev().find(|&processor| allowed.is_set(processor).unwrap_or_default());
    let mut one = CpuSet::new();
    one.set(last.context("no processor is allowed")?)?;
    Ok(sched_setaffinity(own, &one)?)
}
