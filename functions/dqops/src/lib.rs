//! DQOps shared credentials: named files of text or bytes.
//!
//! | route | binary | permission |
//! |---|---|---|
//! | `POST /api/credentials` | `dqops-create` | edit |
//! | `GET /api/credentials` | `dqops-list` | view |
//! | `GET /api/credentials/{credentialName}` | `dqops-get` | edit |
//! | `GET /api/credentials/{credentialName}/download` | `dqops-download` | edit |
//! | `PUT /api/credential/{credentialName}` (singular: that is how it is documented) | `dqops-update` | edit |
//! | `DELETE /api/credentials/{credentialName}` | `dqops-delete` | edit |
//! | `Custom::LatchkeyDqopsCredential` | `dqops-provision` | `lambda:InvokeFunction` |
//!
//! The secret's value is the file itself, so that ECS, EKS, RDS and scripts can use it as it is.
//! See `docs/decisions/the-value-decides.md`.
//!
//! Sources: DQOps' reference (<https://dqops.com/docs/client/operations/shared_credentials/>) and the client
//! generated from it, PyPI `dqops` 1.13.1.

pub mod disposition;
mod error;
mod provision;
pub mod wire;

use latchkey::{Namespace, Request, Result, audit};

/// DQOps, as one of the credential APIs.
#[derive(Debug)]
pub struct Dqops;

/// Any of these lets a caller list credentials, without their values.
pub const VIEW: &[&str] = &["view", "edit"];
/// Any of these lets a caller read and change credentials.
pub const EDIT: &[&str] = &["edit"];

/// The one namespace of this API.
pub fn namespace() -> Namespace {
    Namespace::new("dqops", [""; 0])
}

/// The credential's name in the path, which is also noted for the log.
///
/// # Errors
/// Those of [`Request::path_parameter`].
pub fn credential_name(request: &Request) -> Result<&str> {
    let name = request.path_parameter("credentialName")?;
    audit::credential_name(name);
    Ok(name)
}
