//! TileDB v4 credentials: keys, roles and tokens of AWS, Azure and Google Cloud.
//!
//! | route of the documentation | route of the released client | binary | permission |
//! |---|---|---|---|
//! | `POST /v4/credentials` | `POST /tiledb/v4/credentials/{workspace}` | `tiledb-create` | edit |
//! | `GET /v4/credentials` | `GET /tiledb/v4/credentials/{workspace}` | `tiledb-list` | view |
//! | `GET /v4/credentials/{name}` | `GET /tiledb/v4/credentials/{workspace}/{name}` | `tiledb-get` | view |
//! | `PATCH /v4/credentials/{name}` | `PATCH /tiledb/v4/credentials/{workspace}/{name}` | `tiledb-patch` | edit |
//! | `DELETE /v4/credentials/{name}` | `DELETE /tiledb/v4/credentials/{workspace}/{name}` | `tiledb-delete` | edit |
//! | `POST /v4/credentials/verify` | `POST /tiledb/v4/actions/credentials/verify` | `tiledb-verify` | view |
//! | | `GET /tiledb/v4/workspaces/{workspace}` | `tiledb-get-workspace` | view |
//! | | `GET /tiledb/v4/teamspaces/{workspace}` | `tiledb-list-teamspaces` | view |
//! | | `GET /tiledb/v4/teamspaces/{workspace}/{teamspace}` | `tiledb-get-teamspace` | view |
//! | `Custom::LatchkeyTiledbCredential` | | `tiledb-provision` | `lambda:InvokeFunction` |
//!
//! The two sets of routes cannot share a base: in `GET /v4/credentials/{x}`, `x` is a name in one of them and a
//! workspace in the other. Responses never contain secrets. They contain `""` instead, because the generated
//! clients reject a model without these fields. A list ignores the released client's `verify`.
//!
//! The functions that TileDB documents (`tiledb.client.credentials`) first look up workspaces and teamspaces by
//! their names. `space` answers these look-ups with nothing but the caller's grants.
//!
//! Sources: the documentation of `tiledb.cloud._common.api_v4` (`CredentialsApi`), and the client released since
//! then, PyPI `tiledb-client` 3.0b12 (`tiledb.client._common.api_v4`).

pub mod access;
mod create;
pub mod defaults;
mod error;
mod faults;
mod given;
pub mod input;
pub mod list;
mod patch;
mod provision;
pub mod record;
mod service_account;
pub mod space;
pub mod sts;
pub mod verify;
mod workspace;

use latchkey::{Request, Result, audit};

pub use workspace::enter;

/// TileDB, as one of the credential APIs.
#[derive(Debug)]
pub struct Tiledb;

/// The API's name in grants and in the names of secrets.
const API: &str = "tiledb";

/// Any of these lets a caller list, read and verify credentials. None of that shows a secret.
pub const VIEW: &[&str] = &["view", "edit"];
/// Any of these lets a caller change credentials.
pub const EDIT: &[&str] = &["edit"];

/// The credential's name in the path, which is also noted for the log.
///
/// # Errors
/// Those of [`Request::path_parameter`].
pub fn credential_name(request: &Request) -> Result<&str> {
    let name = request.path_parameter("name")?;
    audit::credential_name(name);
    Ok(name)
}
