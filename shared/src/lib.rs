//! Latchkey's model and store, for the credential APIs in `functions/`. It knows no vendor.
//!
//! | module | what it holds |
//! |---|---|
//! | [`credential`] | which credential is meant: namespaces and names |
//! | [`secret`] | secret bytes that cannot be printed |
//! | [`store`] | Secrets Manager, and the only place that calls it |
//! | [`caller`] | who is calling, what they may do, where |
//! | [`access_key`] | what an access key is, and how a token is checked against it |
//! | [`aws`] | what every client of an AWS service is made of |
//! | [`error`] | what can go wrong, without a word of HTTP |
//! | [`request`], [`response`], [`json`], [`idempotency`] | the thin HTTP layer |
//! | [`provision`], [`ownership`] | credentials as code, and whose they are |
//! | [`serve`] | the only start-up code: logs, client, event loop |

pub mod access_key;
pub mod aws;
pub mod caller;
pub mod credential;
pub mod error;
mod event;
pub mod idempotency;
pub mod json;
pub mod ownership;
pub mod provision;
pub mod request;
pub mod response;
pub mod secret;
pub mod serve;
pub mod store;

pub use caller::{Caller, Scope};
pub use credential::Namespace;
pub use error::{Error, Fault, Result};
pub use lambda_http::http;
pub use request::Request;
pub use response::Response;
pub use secret::Secret;
pub use serve::{Api, serve};
pub use store::Store;
