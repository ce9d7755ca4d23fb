//! Credentials as code: a custom resource of CloudFormation, or a call of Terraform's, becomes a credential.
//!
//! What a template says holds no secret: it says where each one is, and the function reads it there. Every event
//! makes the credential what the properties say, whatever it was before, so that a repeated event, an update that
//! was cut off and a rollback all end in the same state. `docs/decisions/provisioning.md`
//!
//! | module | what it holds |
//! |---|---|
//! | `tree`, `schema`, `reference` | JSON of a template; an API's fields; where a value is |
//! | `properties`, `spec`, `event` | what is asked for, checked |
//! | `sources`, `parameter` | reading the values |
//! | `resource` | what an API has to say for itself |
//! | `reply` | what is answered, and where |
//! | `context`, `put`, `remove`, `work` | doing it |

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
