//! What asks for a credential: an event of a CloudFormation custom resource, or a call of Terraform's
//! `aws_lambda_invocation`, which adds `tf` to its input.
//!
//! Sources: CloudFormation's custom resource request and response objects; the resource `aws_lambda_invocation` of
//! Terraform's AWS provider, with `lifecycle_scope = "CRUD"`.

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

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Create,
    /// The credential's id, where that is known, and what was said of it before.
    Update {
        given: Option<String>,
        before: Tree,
    },
    /// The credential's id, where that is known.
    Delete {
        given: Option<String>,
    },
}

/// A request for a credential.
#[derive(Debug)]
pub struct Event {
    pub(super) action: Action,
    pub(super) properties: Tree,
    /// Who is to own what is created: a resource of a stack, or whom Terraform names.
    pub(super) ownership: Result<Ownership>,
    /// Whose it was before: Terraform can name another one.
    pub(super) former: Option<Ownership>,
    /// By what a repeated event is known.
    pub(super) key: Option<IdempotencyKey>,
    /// Until when somebody waits for the answer, where that is known.
    deadline: Option<OffsetDateTime>,
    /// Where the answer goes; `None` where it is the function's own.
    pub pending: Option<Pending>,
}

/// What stands around a custom resource's properties.
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

/// By which of the two an event is known.
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
    /// [`Error::Malformed`] for anything else than the two. It shows nothing of what was sent.
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
        // Where there is nobody to be answered, there is nothing to be done.
        response_url(&event.response_url)?;
        let deadline = signed_at(&event.response_url)
            .and_then(|at| at.checked_add(service_timeout(&properties).try_into().ok()?));
        let owner = format!("{}/{}", event.stack_id, event.logical_resource_id);
        Ok(Self {
            ownership: Ok(Ownership::new(&owner)),
            former: None,
            // What is too short to be unique is no key, and a repetition is known by its owner alone.
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

    /// How much time is left for it at `now`, at most `most`; none where nobody waits for the answer any more. Lambda
    /// repeats events for which a function has died, and what it made then would be nobody's.
    pub fn time_left(&self, now: OffsetDateTime, most: Duration) -> Duration {
        let Some(deadline) = self.deadline else { return most };
        Duration::try_from(deadline - now).unwrap_or_default().min(most)
    }

    /// In a word of the log: what is to be done.
    pub fn request_type(&self) -> &'static str {
        match self.action {
            Action::Create => "create",
            Action::Update { .. } => "update",
            Action::Delete { .. } => "delete",
        }
    }

    /// Who is to own what is created, as the log shows it.
    pub fn owner(&self) -> Option<&str> {
        self.ownership.as_ref().ok().map(Ownership::owner)
    }
}
