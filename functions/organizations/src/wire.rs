//! The API's JSON, exactly. What is optional may be null.

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
/// Whatever a client takes for an id: only ours are found.
type Id = Text<1, { usize::MAX }>;

/// The answer of every operation but the list, and of every rejection.
///
/// # Errors
/// As [`Response::json`].
pub fn envelope(status: StatusCode, response: &str) -> Result<Response> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        status: u16,
        response: &'a str,
    }
    Response::json(status, &Envelope { status: status.as_u16(), response })
}

/// Rejects a request that asks one route for another's `action`. "Will not be needed soon", says the
/// documentation: it may be left out.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Malformed`] where it is given more than once.
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
    /// Which credential is to go.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is missing.
    pub fn credential_id(&self) -> Result<&str> {
        meant(self.credential_id.as_ref())
    }

    /// Why, for the record.
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
    /// What is to change.
    pub fn data(&self) -> &Data {
        &self.data.0
    }

    /// Which credential is to change.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is missing.
    pub fn credential_id(&self) -> Result<&str> {
        meant(self.credential_id.as_ref())
    }

    /// Why, for the record.
    pub fn reason(&self) -> &str {
        self.reason.as_ref().map_or("", Text::as_str)
    }
}

/// The fields of a credential that an update changes. A misspelt one is rejected: it would stay
/// unchanged without a word.
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

/// The answer of a list.
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
    /// How many resources the credential reaches: nothing counts them yet.
    resources: u16,
    last_time: String,
}

impl CredentialList {
    /// The credentials by name, those of the same name by id.
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

/// Which credential is meant, which is also noted for the log.
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
