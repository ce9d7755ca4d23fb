//! Latchkey's model and store, for the credential APIs in `functions/`. It knows no vendor.
//!
//! | module | what it holds |
//! |---|---|
//! | [`credential`] | which credential is meant: namespaces and names |
//! | [`secret`] | secret bytes that cannot be printed |
//! | [`store`] | Secrets Manager, and the only place that calls it |
//! | [`caller`] | who is calling, and what they may do where |
//! | [`audit`] | what a request's log line says about the work that was done |
//! | [`access_key`] | what an access key is, and how a token is checked against it |
//! | [`aws`] | what all clients of AWS services share |
//! | [`error`] | what can go wrong, independent of HTTP |
//! | [`request`], [`query`], [`response`], [`json`], [`idempotency`] | the thin HTTP layer |
//! | [`cors`] | which web pages may call |
//! | [`cache`], [`snapshot`] | what an instance caches between requests |
//! | [`limits`] | all time limits, and how large a response may be |
//! | [`text`], [`mod@choice`], [`field`], [`wording`] | values with limits, and the messages about invalid ones |
//! | [`provision`], [`ownership`] | credentials as code, and who owns them |
//! | [`mod@serve`] | the only start-up code: logs, client, event loop |

pub mod access_key;
pub mod audit;
pub mod aws;
pub mod cache;
pub mod caller;
pub mod choice;
pub mod cors;
pub mod credential;
pub mod error;
mod event;
pub mod field;
pub mod idempotency;
pub mod json;
pub mod limits;
pub mod ownership;
pub mod provision;
pub mod query;
pub mod request;
pub mod response;
pub mod secret;
pub mod serve;
pub mod snapshot;
pub mod store;
pub mod text;
pub mod wording;

pub use caller::{Caller, Scope};
pub use credential::Namespace;
pub use error::{Error, Fault, Result};
pub use lambda_http::http;
pub use request::Request;
pub use response::Response;
pub use secret::Secret;
pub use serve::{Api, serve};
pub use store::Store;
