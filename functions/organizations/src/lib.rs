//! Organizations' cloud credentials: which accounts at AWS, Azure and Google Cloud an organization has
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
//! The tenant, `org_id`, stands in the query or in the body, where no authorizer looks: every operation
//! enters the organization before it looks at anything else of the request. One that the caller may
//! not see is answered like one that does not exist.
//!
//! Sources: the vendor is unknown; the API's page of documentation is the whole contract.

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

/// The organizations' API, as one of the credential APIs.
#[derive(Debug)]
pub struct Organizations;

/// Any of these lets a caller list an organization's credentials.
pub const VIEW: &[&str] = &["view", "edit"];
/// Any of these lets a caller change them.
pub const EDIT: &[&str] = &["edit"];
