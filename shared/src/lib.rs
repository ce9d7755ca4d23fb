//! Latchkey's model and store, for the credential APIs in `functions/`. It knows no vendor.
//!
//! | module | what it holds |
//! |---|---|
//! | [`credential`] | which credential is meant: namespaces and names |
//! | [`secret`] | secret bytes that cannot be printed |
//! | [`store`] | Secrets Manager, and the only place that calls it |
//! | [`caller`] | who is calling, what they may do, where |
//! | [`audit`] | what is noted of a request for its line in the log |
//! | [`access_key`] | what an access key is, and how a token is checked against it |
//! | [`aws`] | what every client of an AWS service is made of |
//! | [`error`] | what can go wrong, without a word of HTTP |
//! | [`request`], [`query`], [`response`], [`json`], [`idempotency`] | the thin HTTP layer |
//! | [`cors`] | which web pages may call |
//! | [`memory`], [`snapshot`] | what an instance remembers from one request to the next |
//! | [`limits`] | how long things may take, and how large an answer may be, in one place |
//! | [`text`], [`choice`], [`field`], [`wording`] | values with limits, and what is said of those that are none |
//! | [`provision`], [`ownership`] | credentials as code, and whose they are |
//! | [`serve`] | the only start-up code: logs, client, event loop |

pub mod access_key;
pub mod audit;
pub mod aws;
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
pub mod memory;
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
