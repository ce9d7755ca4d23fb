//! A request for a credential: an event of a CloudFormation custom resource, or a call of Terraform's
//! `aws_lambda_invocation`, which adds `tf` to its input.
//!
//! Sources: CloudFormation's custom resource request and response objects; the resource `aws_lambda_invocation` of
//! Terraform's AWS provider, with `lifecycle_scope = "CRUD"`.
//!
//! See docs/decisions/provisioning.md.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::properties::{self, service_timeout};
use super::reply::{Pending, response_url, signed_at};
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::json::{self, Object};
use crate::ownership::Ownership;
use crate::wording;

/// What to do.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Create,
    /// The credential's id, if it is known, and the properties before.
    Update {
        given: Option<String>,
        before: Tree,
    },
    /// The credential's id, if it is known.
    Delete {
        given: Option<String>,
    },
}

/// A request for a credential.
#[derive(Debug)]
pub struct Event {
    pub(super) action: Action,
    pub(super) properties: Tree,
    /// The owner of what is created: a resource of a stack, or the owner that Terraform names.
    pub(super) ownership: Result<Ownership>,
    /// The owner before: Terraform can name another one.
    pub(super) former: Option<Ownership>,
    /// How a repeated event is recognized.
    pub(super) key: Option<IdempotencyKey>,
    /// Until when somebody waits for the answer, if that is known.
    deadline: Option<OffsetDateTime>,
    /// Where the answer goes; `None` if it is the function's own result.
    pub pending: Option<Pending>,
}

/// The event of a custom resource.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomResource {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_properties: Option<Tree>,
    old_resource_properties: Option<Tree>,
}

/// What Terraform adds to the input.
#[derive(Deserialize)]
struct Terraform {
    action: String,
    #[serde(default)]
    prev_input: Option<Tree>,
}

/// The fields that tell the two kinds of event apart.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "ResponseURL")]
    response_url: Option<serde::de::IgnoredAny>,
    tf: Option<Object<Terraform>>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// [`Error::Malformed`] for any other event. It shows nothing of what was sent.
    pub fn parse(event: &RawValue) -> Result<Self> {
        let bytes = event.get().as_bytes();
        let kind: Kind = json::parse_as("The event", bytes)?;
        match kind {
            Kind { response_url: Some(_), .. } => Self::of_stack(json::parse_as("The event", bytes)?),
            Kind { tf: Some(Object(terraform)), .. } => {
                let input = json::parse_as("The event", bytes)?;
                Self::of_terraform(terraform, input)
            }
            Kind { .. } => Err(Error::malformed(
                "",
                "The event is neither that of a custom resource (ResponseURL) nor a call of Terraform's \
                 aws_lambda_invocation with lifecycle_scope = \"CRUD\" (tf).",
            )),
        }
    }

    fn of_stack(event: CustomResource) -> Result<Self> {
        let properties = event.resource_properties.unwrap_or_else(Tree::empty);
        let given = event.physical_resource_id;
        let action = match event.request_type.as_str() {
            "Create" => Action::Create,
            "Update" => {
                let before = event.old_resource_properties.unwrap_or_else(Tree::empty);
                Action::Update { given, before }
            }
            "Delete" => Action::Delete { given },
            _ => {
                return Err(Error::malformed(
                    "RequestType",
                    wording::not_one_of(&["Create", "Update", "Delete"]),
                ));
            }
        };
        // If nobody can be answered, nothing may be done: the stack would never learn of it.
        response_url(&event.response_url)?;
        let deadline = signed_at(&event.response_url)
            .and_then(|at| at.checked_add(service_timeout(&properties).try_into().ok()?));
        let owner = format!("{}/{}", event.stack_id, event.logical_resource_id);
        Ok(Self {
            ownership: Ok(Ownership::new(&owner)),
            former: None,
            // An id that is too short to be unique is not a key. Then only the owner tells that an event is repeated.
            key: IdempotencyKey::parse(&event.request_id).ok(),
            deadline,
            properties,
            pending: Some(Pending {
                url: event.response_url,
                stack_id: event.stack_id,
                request_id: event.request_id,
                logical_resource_id: event.logical_resource_id,
                physical_resource_id: match &action {
                    Action::Update { given, .. } | Action::Delete { given } => given.clone(),
                    Action::Create => None,
                },
            }),
            action,
        })
    }

    fn of_terraform(terraform: Terraform, mut input: Tree) -> Result<Self> {
        if let Tree::Object(fields) = &mut input {
            // Terraform's own field is not a property, and would be rejected as unknown.
            fields.retain(|(name, _)| name != "tf");
        }
        let action = match terraform.action.as_str() {
            "create" => Action::Create,
            "update" => {
                Action::Update { given: None, before: terraform.prev_input.unwrap_or_else(Tree::empty) }
            }
            "delete" => Action::Delete { given: None },
            _ => {
                return Err(Error::malformed(
                    "tf.action",
                    wording::not_one_of(&["create", "update", "delete"]),
                ));
            }
        };
        let ownership = |input: &Tree| {
            properties::owner(input).map(|owner| Ownership::new(&format!("terraform/{owner}")))
        };
        let former = match &action {
            Action::Update { before, .. } => ownership(before).ok(),
            _ => None,
        };
        let ownership = ownership(&input);
        Ok(Self { action, properties: input, ownership, former, key: None, deadline: None, pending: None })
    }

    /// How much time is left for the event at `now`, at most `most`; zero if nobody waits for the answer any more.
    /// Lambda retries an event if its function has died, and what a late retry made would belong to nobody.
    pub fn time_left(&self, now: OffsetDateTime, most: Duration) -> Duration {
        let Some(deadline) = self.deadline else { return most };
        Duration::try_from(deadline - now).unwrap_or_default().min(most)
    }

    /// What to do, as one word for the log.
    pub fn request_type(&self) -> &'static str {
        match self.action {
            Action::Create => "create",
            Action::Update { .. } => "update",
            Action::Delete { .. } => "delete",
        }
    }

    /// The owner of what is created, as the log shows it.
    pub fn owner(&self) -> Option<&str> {
        self.ownership.as_ref().ok().map(Ownership::owner)
    }
}
