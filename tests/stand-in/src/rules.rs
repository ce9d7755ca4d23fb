//! What each action does, and when it is rejected. The tests in each module sum up its rules.

pub(crate) mod batch;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
mod page;
pub(crate) mod read;
pub(crate) mod stages;
pub(crate) mod tags;
#[cfg(test)]
mod testing;
mod versions;
pub(crate) mod write;
