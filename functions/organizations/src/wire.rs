//! The API's JSON, exactly. Optional fields may be null.

use latchkey::http::StatusCode;
use latchkey::json::Object;
use latchkey::store::Listed;
use latchkey::text::Text;
use latchkey::{Error, Request, Response, Result, audit, wording};
use serde::{Deserialize, Serialize};

use crate::id::CredentialId;
use crate::provider::{Provider, Specific, SpecificInput};
use crate::public::Public;

type Name = Text<1, 255>;
/// Comments and reasons.
type Remark = Text<0, 1_024>;
/// Any text that a client sends as an id. Only ids made here are found.
type Id = Text<1, { usize::MAX }>;

/// The response of every operation except the list, and every error response.
///
/// # Errors
/// Those of [`Response::json`].
pub fn envelope(status: StatusCode, response: &str) -> Result<Response> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        status: u16,
        response: &'a str,
    }
    Response::json(status, &Envelope { status: status.as_u16(), response })
}

/// Rejects a request whose `action` is another route's. It can be left out: the documentation says that it "will
/// not be needed soon".
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Malformed`] if it is given more than once.
pub fn check_action(request: &Request, action: &str) -> Result<()> {
    match request.parameter("action")?.text() {
        Some(other) if other != action => {
            Err(Error::invalid("action", format!("is not this route's: leave it out, or send {action}")))
        }
        _ => Ok(()),
    }
}

/// The body of a create.
#[derive(Debug, Deserialize)]
pub struct CredentialInput {
    pub(crate) r#type: Provider,
    name: Option<Name>,
    specific: Option<Object<SpecificInput>>,
    comments: Option<Remark>,
}

impl CredentialInput {
    pub(crate) fn name(&self) -> Result<&str> {
        needed("name", self.name.as_ref())
    }

    pub(crate) fn comments(&self) -> &str {
        self.comments.as_ref().map_or("", Text::as_str)
    }

    pub(crate) fn into_specific(self) -> Result<Specific> {
        let specific = self.specific.map(|Object(specific)| specific);
        Specific::new("", self.r#type, specific.unwrap_or_default())
    }
}

/// The body of a delete.
#[derive(Debug, Deserialize)]
pub struct Removal {
    credential_id: Option<Id>,
    comments: Option<Remark>,
}

impl Removal {
    /// The id of the credential to delete.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is missing.
    pub fn credential_id(&self) -> Result<&str> {
        meant(self.credential_id.as_ref())
    }

    /// The reason, for the log.
    pub fn comments(&self) -> &str {
        self.comments.as_ref().map_or("", Text::as_str)
    }
}

/// The body of an update.
#[derive(Debug, Deserialize)]
pub struct Update {
    credential_id: Option<Id>,
    data: Object<Data>,
    reason: Option<Remark>,
}

impl Update {
    /// The fields to change.
    pub fn data(&self) -> &Data {
        &self.data.0
    }

    /// The id of the credential to change.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is missing.
    pub fn credential_id(&self) -> Result<&str> {
        meant(self.credential_id.as_ref())
    }

    /// The reason, for the log.
    pub fn reason(&self) -> &str {
        self.reason.as_ref().map_or("", Text::as_str)
    }
}

/// The fields of a credential that an update can change. A misspelt one is rejected: otherwise the field that was
/// meant would silently stay as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    name: Option<Name>,
    comments: Option<Remark>,
    specific: Option<Object<SpecificInput>>,
}

impl Data {
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(Text::as_str)
    }

    pub(crate) fn comments(&self) -> Option<&str> {
        self.comments.as_ref().map(Text::as_str)
    }

    pub(crate) fn specific(&self) -> Option<&SpecificInput> {
        self.specific.as_ref().map(|Object(specific)| specific)
    }
}

/// The response of a list.
#[derive(Debug, Serialize)]
pub struct CredentialList {
    status: u16,
    credentials: Vec<ListItem>,
}

#[derive(Debug, Serialize)]
struct ListItem {
    r#type: Provider,
    id: String,
    name: String,
    comments: String,
    /// How many resources the credential reaches. Nothing counts them, so it is 0.
    resources: u16,
    last_time: String,
}

impl CredentialList {
    /// The credentials, sorted by name and then by id.
    pub fn new(listed: Vec<Listed>) -> Self {
        let item = |listed: Listed| {
            let Public { r#type, name, comments, last_time } = listed.public()?;
            Some(ListItem { r#type, id: listed.name, name, comments, resources: 0, last_time })
        };
        let mut credentials: Vec<_> = listed.into_iter().filter_map(item).collect();
        credentials.sort_unstable_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Self { status: StatusCode::OK.as_u16(), credentials }
    }
}

/// The id of the credential that is meant, which is also noted for the log if it is one.
fn meant(id: Option<&Id>) -> Result<&str> {
    let id = needed("credential_id", id)?;
    if CredentialId::is_one(id) {
        audit::credential_id(id);
    }
    Ok(id)
}

fn needed<'a, const MIN: usize, const MAX: usize>(
    field: &'static str,
    value: Option<&'a Text<MIN, MAX>>,
) -> Result<&'a str> {
    value.map(Text::as_str).ok_or_else(|| Error::invalid(field, wording::MISSING))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
