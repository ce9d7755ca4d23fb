//! The only module that calls Secrets Manager.
//!
//! One secret holds one credential. **The secret's current value decides** whether there is a credential, and what it
//! is. Every read-modify-write is a compare-and-set. A deletion writes a tombstone before it schedules the secret's
//! deletion, so the old value never comes back. `docs/decisions/` says why. `docs/decisions/crates.md` says why the
//! store has no trait.
//!
//! The modules form a stair. Each step uses only the steps above it:
//!
//! | step | modules |
//! |---|---|
//! | basics | `version`, `stored`, `late`, `back_off` |
//! | what is written | `mark`, `tombstone`, `draft`, `description` |
//! | the SDK | `failure`, `client`, `answers`, `calls`, `rate` |
//! | compare-and-set | `base` |
//! | unfinished renames | `settle` |
//! | operations | `read`, `keys`, `source`; `document`, `list`, `occupy`, `update`, `delete` |
//! | | `owned`; `create`, `rename` |

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
