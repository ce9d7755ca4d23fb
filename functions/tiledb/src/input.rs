//! `CredentialCreateRequest`, `CredentialUpdateRequest` and `CredentialsVerifyRequest`. Every field accepts any
//! JSON at first and is checked afterwards, so that one error response names every field that has a fault.

mod check;

use latchkey::json::Object;
use latchkey::text::Length;
use latchkey::{Caller, Error, Request, Result, Scope, Secret, wording};
use serde::Deserialize;

use crate::access::{Access, CloudProvider, StoredSecret};
use crate::given::Given;
use crate::workspace::{TEAMSPACE_ID, enter_named};
use check::Check;

const NAME: Length = Length::characters(1, 128);

/// A request's body.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CredentialInput {
    name: Given<String>,
    provider: Given<String>,
    provider_default: Given<bool>,
    allowed_in_tasks: Given<bool>,
    credential: Given<Object<CredentialKinds>>,
    role: Given<Object<RoleKinds>>,
    token: Given<Object<TokenKinds>>,
    /// This and `teamspace_id` are only in `CredentialsVerifyRequest`.
    workspace_id: Given<String>,
    teamspace_id: Given<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CredentialKinds {
    aws: Given<Object<AwsCredentialInput>>,
    azure: Given<Object<AzureCredentialInput>>,
    gcp: Given<Object<GcpInteroperabilityCredentialInput>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RoleKinds {
    aws: Given<Object<AwsRoleInput>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenKinds {
    azure: Given<Object<AzureTokenInput>>,
    gcp: Given<Object<GcpServiceAccountKeyInput>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AwsCredentialInput {
    access_key_id: Given<String>,
    secret_access_key: Given<Secret>,
    endpoint: Given<String>,
    use_path_style: Given<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AwsRoleInput {
    role_arn: Given<String>,
    external_id: Given<String>,
    endpoint: Given<String>,
    use_path_style: Given<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AzureCredentialInput {
    account_name: Given<String>,
    account_key: Given<Secret>,
    blob_endpoint: Given<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AzureTokenInput {
    account_name: Given<String>,
    sas_token: Given<Secret>,
    blob_endpoint: Given<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GcpInteroperabilityCredentialInput {
    access_key_id: Given<String>,
    secret_access_key: Given<Secret>,
}

/// `account_id` and `key_id` are ignored: the key file contains both.
#[derive(Default, Deserialize)]
#[serde(default)]
struct GcpServiceAccountKeyInput {
    key_text: Given<Secret>,
}

/// The checked body of a create.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Its name.
    pub name: String,
    /// Its cloud.
    pub provider: CloudProvider,
    /// Whether it becomes its cloud's default.
    pub provider_default: bool,
    /// Whether tasks may use it.
    pub allowed_in_tasks: Option<bool>,
    /// How to access the cloud's storage.
    pub access: Access<StoredSecret>,
}

/// The checked body of a patch. Fields that are `None` stay as they are.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its new name.
    pub name: Option<String>,
    pub(crate) provider: Option<CloudProvider>,
    pub(crate) provider_default: Option<bool>,
    pub(crate) allowed_in_tasks: Option<bool>,
    pub(crate) access: Option<Access<StoredSecret>>,
}

impl CredentialInput {
    /// The body of `request`.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is not a JSON object; [`Error::TooLarge`].
    pub fn parse(request: &Request) -> Result<Self> {
        request.json()
    }

    /// Checks the body as that of a create or a verification.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn creation(self) -> Result<Creation> {
        let mut check = Check::default();
        let name = check.name(self.name);
        check.require("name", name.as_ref());
        let provider = check.provider(self.provider);
        check.require("provider", provider.as_ref());
        let provider_default = check.flag("provider_default", self.provider_default);
        let allowed_in_tasks = check.flag("allowed_in_tasks", self.allowed_in_tasks);
        let access = check.access(self.credential, self.role, self.token);
        if !access.is_given {
            check.fault("credential", wording::one_is_missing(&["credential", "role", "token"]));
        }
        check.agreement(provider, &access);
        match (name, provider, access.value) {
            (Some(name), Some(provider), Some(access)) if check.faults.is_empty() => Ok(Creation {
                name,
                provider,
                provider_default: provider_default.unwrap_or_default(),
                allowed_in_tasks,
                access,
            }),
            _ => Err(check.faults.into_error()),
        }
    }

    /// Checks the body as that of a patch.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn change(self) -> Result<Change> {
        let mut check = Check::default();
        let name = check.name(self.name);
        let provider = check.provider(self.provider);
        let provider_default = check.flag("provider_default", self.provider_default);
        let allowed_in_tasks = check.flag("allowed_in_tasks", self.allowed_in_tasks);
        let access = check.access(self.credential, self.role, self.token);
        check.agreement(provider, &access);
        if !check.faults.is_empty() {
            return Err(check.faults.into_error());
        }
        Ok(Change { name, provider, provider_default, allowed_in_tasks, access: access.value })
    }

    /// Enters the workspace and teamspace that a verification names in its body, or without them those that
    /// [`crate::enter`] would.
    ///
    /// # Errors
    /// Those of [`crate::enter`].
    pub fn enter(
        &self,
        caller: &Caller,
        request: &Request,
        any_of: &'static [&'static str],
    ) -> Result<Scope> {
        let named = |field: &'static str, given: &Given<String>| match given {
            Given::Value(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Given::Absent => Ok(None),
            Given::Wrong => Err(Error::malformed(field, wording::NOT_TEXT)),
        };
        let workspace = named("workspace_id", &self.workspace_id)?;
        let teamspace = named(TEAMSPACE_ID, &self.teamspace_id)?;
        let of_query = request.parameter(TEAMSPACE_ID)?.text();
        let teamspace = teamspace.as_deref().or(of_query);
        enter_named(caller, ("workspace_id", workspace.as_deref()), (TEAMSPACE_ID, teamspace), any_of)
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
