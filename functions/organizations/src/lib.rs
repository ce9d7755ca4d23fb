//! Organizations' cloud credentials: the accounts at AWS, Azure and Google Cloud that an organization has
//! connected.
//!
//! | route | binary | permission |
//! |---|---|---|
//! | `GET /v1/organizations/credentials/list` | `organizations-list` | view |
//! | `POST /v1/organizations/credentials/create` | `organizations-create` | edit |
//! | `POST /v1/organizations/credentials/delete` | `organizations-delete` | edit |
//! | `POST /v1/organizations/credentials/update` | `organizations-update` | edit |
//! | `Custom::LatchkeyOrganizationsCredential` | `organizations-provision` | `lambda:InvokeFunction` |
//!
//! The tenant, `org_id`, is in the query or in the body, where the authorizer does not look. So every operation
//! enters the organization before it looks at anything else in the request. The response for an organization
//! that the caller may not see is the same as for one that does not exist.
//!
//! Sources: the vendor is unknown; the API's documentation page is the whole contract.

mod credential;
mod error;
mod id;
mod organization;
mod provider;
mod provision;
mod public;
pub mod wire;

pub use credential::Credential;
pub use id::CredentialId;
pub use organization::OrgId;
pub use public::public_of;

/// The API for organizations, as one of the credential APIs.
#[derive(Debug)]
pub struct Organizations;

/// Any of these lets a caller list an organization's credentials.
pub const VIEW: &[&str] = &["view", "edit"];
/// Any of these lets a caller change them.
pub const EDIT: &[&str] = &["edit"];
