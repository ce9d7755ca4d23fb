//! Secrets Manager in memory, with AWS's own rules, also those that the usual emulators do not enforce.
//! `docs/aws.md` lists the rules with their sources.
//!
//! [`SecretsManager`] holds the secrets. [`SecretsManager::line`] opens an endpoint for one caller. It records the
//! caller's calls, and an [`Incident`] can happen to them. [`Switches`] make the whole service lag, reject calls or
//! return short pages. [`SecretsManager::call`] is for what an administrator does.
//!
//! ```no_run
//! # async fn test() {
//! use latchkey_stand_in::{Incident, SecretsManager, What};
//! use serde_json::json;
//!
//! let sm = SecretsManager::new();
//! sm.set(|switches| switches.versions_per_day = Some(2));
//! sm.call("CreateSecret", json!({"Name": "made/by/hand"})).unwrap();
//! let line = sm.line().await;
//! line.set_incident(Incident::new(1, What::Lose { times: 1 }).of("UpdateSecret"));
//! // … a client calls `line.endpoint()` …
//! assert_eq!(line.actions(), ["GetSecretValue", "UpdateSecret", "UpdateSecret"]);
//! # }
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test double that meets what cannot be should fail its test, and loudly"
)]

mod clock;
mod failure;
mod history;
mod incident;
mod line;
mod manager;
mod parameters;
mod rules;
mod secret;
mod state;
mod switches;
pub mod wire;

pub use history::Moment;
pub use incident::{Incident, What};
pub use line::{Call, Line};
pub use manager::SecretsManager;
pub use secret::Managed;
pub use switches::{Lag, Pages, Switches};
