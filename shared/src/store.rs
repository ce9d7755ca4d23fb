//! Secrets Manager, and the only place that names its SDK.
//!
//! One secret holds one credential: **its current value decides** whether there is one, and what it is. Every
//! read-modify-write is a compare-and-set; a deletion writes a tombstone before it schedules the secret's end,
//! so that an old value never comes back. `docs/decisions/` says why.
//!
//! A stair, on which each step uses only what stands above it:
//!
//! | step | modules |
//! |---|---|
//! | words | `version`, `stored`, `late`, `back_off` |
//! | what is written | `mark`, `tombstone`, `draft`, `description` |
//! | the SDK | `failure`, `client`, `answers`, `calls`, `rate` |
//! | compare-and-set | `base` |
//! | renames that others left | `settle` |
//! | operations | `read`, `keys`, `source`; `document`, `list`, `occupy`, `update`, `delete`; `owned`; `create`, `rename` |

mod answers;
mod back_off;
mod base;
mod calls;
mod client;
mod create;
mod delete;
mod description;
mod document;
mod draft;
mod failure;
mod keys;
mod late;
mod list;
mod mark;
mod occupy;
mod owned;
mod rate;
mod read;
mod rename;
mod settle;
mod source;
mod stored;
mod tombstone;
mod update;
mod version;

pub use answers::Place;
pub use back_off::BackOff;
pub use base::Opened;
pub use calls::Store;
pub use client::Config;
pub use document::{Change, Document};
pub use draft::Draft;
pub use keys::{KeyVersion, StoredKey};
pub use late::{now, until_late_calls_show};
pub use list::{Listed, PublicOf};
pub use source::NoSource;
pub use stored::{MAX_VALUE_BYTES, Source, Stored};
pub use version::{Precondition, Version};
