//! Credentials as code: a custom resource of CloudFormation, or a call of Terraform's, becomes a credential.
//!
//! A template contains no secret: it says where each one is, and the function reads it there. Every event makes the
//! credential what the properties say, whatever it was before. So a repeated event, an update that was cut off and a
//! rollback all end in the same state.
//!
//! | module | what it holds |
//! |---|---|
//! | `tree`, `schema`, `reference` | JSON of a template; an API's fields; where a value is |
//! | `properties`, `spec`, `event` | what is asked for, checked |
//! | `sources`, `parameter` | reading the values |
//! | `resource` | what each API implements |
//! | `reply` | the answer, and where it goes |
//! | `context`, `put`, `remove`, `work` | carrying it out |
//!
//! See docs/decisions/provisioning.md.

mod context;
mod event;
mod parameter;
mod properties;
mod put;
mod reference;
mod remove;
mod reply;
mod resource;
mod schema;
mod sources;
mod spec;
mod tree;
mod work;

pub use event::Event;
pub use properties::Properties;
pub use reply::{Outcome, Pending};
pub use resource::{Made, Provisioned, Resource};
pub use schema::{Field, Kind, Level};
pub use work::carry_out;
