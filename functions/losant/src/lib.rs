//! Losant application credentials of sixteen types. Responses never show their secret fields.
//!
//! | route | binary | scopes |
//! |---|---|---|
//! | `GET /applications/{applicationId}/credentials` | `losant-list` | [`CREDENTIALS_GET`] |
//! | `POST /applications/{applicationId}/credentials` | `losant-create` | [`CREDENTIALS_POST`] |
//! | `GET /applications/{applicationId}/credentials/{credentialId}` | `losant-get` | [`CREDENTIAL_GET`] |
//! | `PATCH /applications/{applicationId}/credentials/{credentialId}` | `losant-patch` | [`CREDENTIAL_PATCH`] |
//! | `DELETE /applications/{applicationId}/credentials/{credentialId}` | `losant-delete` | [`CREDENTIAL_DELETE`] |
//! | `GET /applications/{applicationId}/credentials/{credentialId}/linkedResources` | `losant-linked-resources` | [`CREDENTIAL_LINKED_RESOURCES`] |
//! | `Custom::LatchkeyLosantCredential` | `losant-provision` | `lambda:InvokeFunction` |
//!
//! The name of a credential's secret consists of its application and a hash of the credential's first name.
//! The credential's id begins with that hash, so reading takes one call, and Secrets Manager itself keeps names
//! unique. The module `names` handles renamed credentials.
//!
//! Sources: Losant's JSON schemas and its reference of the two resources, as of API version 1.31, and the
//! client that is generated from them, PyPI `losant-rest`.
//!
//! See `docs/decisions/losant-names.md`.

mod claim;
pub mod config;
pub mod credential;
mod document;
mod error;
pub mod id;
pub mod input;
pub mod list;
mod names;
pub mod operations;
mod provision;
pub mod wire;

use latchkey::{Caller, Error, Namespace, Request, Result, Scope, audit};

use id::{CredentialId, is_id};

/// Losant, as one of the credential APIs.
#[derive(Debug)]
pub struct Losant;

/// The scopes that allow changing anything in an application, in an organization or everywhere, and then `$own`.
macro_rules! write_scopes {
    ($($own:literal),*) => {
        &[
            "all.Application",
            "all.Application.bounded",
            "all.Organization",
            "all.Organization.bounded",
            "all.User",
            "all.User.bounded",
            $($own,)*
        ]
    };
}

/// The same scopes, and those that allow reading anything there.
macro_rules! read_scopes {
    ($($own:literal),*) => {
        write_scopes!("all.Application.read", "all.Organization.read", "all.User.read", $($own),*)
    };
}

/// Any of these lets a caller list credentials.
pub const CREDENTIALS_GET: &[&str] = read_scopes!("credentials.*", "credentials.get");
/// Any of these lets a caller create credentials.
pub const CREDENTIALS_POST: &[&str] = write_scopes!("credentials.*", "credentials.post");
/// Any of these lets a caller read a credential, without its secrets.
pub const CREDENTIAL_GET: &[&str] = read_scopes!("credential.*", "credential.get");
/// Any of these lets a caller change a credential.
pub const CREDENTIAL_PATCH: &[&str] = write_scopes!("credential.*", "credential.patch");
/// Any of these lets a caller delete a credential.
pub const CREDENTIAL_DELETE: &[&str] = write_scopes!("credential.*", "credential.delete");
/// Any of these lets a caller read what is linked to a credential.
pub const CREDENTIAL_LINKED_RESOURCES: &[&str] = read_scopes!("credential.*", "credential.linkedResources");

/// The caller's scope in the application that the path names.
///
/// # Errors
/// [`Error::ForeignNamespace`] also if the path has no valid application id; those of [`Caller::enter`].
pub fn enter(caller: &Caller, request: &Request, any_of: &'static [&'static str]) -> Result<Scope> {
    let application = request.path_parameter("applicationId")?;
    if !is_id(application) {
        return Err(Error::ForeignNamespace);
    }
    caller.enter(Namespace::new("losant", [application]), any_of)
}

/// The credential that the path names.
///
/// # Errors
/// [`Error::NotFound`] if the path has no valid credential id.
pub fn credential_id(request: &Request) -> Result<CredentialId> {
    let id = CredentialId::parse(request.path_parameter("credentialId")?).ok_or(Error::NotFound)?;
    // Only now: what is not an id can be any text of the client's, and must not get into the log.
    audit::credential_id(id.as_str());
    Ok(id)
}

/// The id of the scope's application.
fn application_id(scope: &Scope) -> &str {
    scope.namespace().path().first().map_or("", String::as_str)
}
