//! The API's JSON, exactly. What is optional may be null.

use latchkey::http::StatusCode;
use latchkey::json::Object;
use latchkey::store::Listed;
use latchkey::{Error, Request, Response, Result};
use serde::{Deserialize, Serialize};

use crate::provider::{Provider, Specific, SpecificInput};
use crate::public::Public;

/// The longest name, in characters.
const LONGEST_NAME: usize = 255;
/// The longest comments and reasons, in characters.
const LONGEST_REMARK: usize = 1_024;

/// The answer of every operation but the list, and of every refusal.
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

/// Refuses a request that asks one route for another's `action`. "Will not be needed soon", says the
/// documentation: it may be left out.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_action(request: &Request, action: &str) -> Result<()> {
    if request.query_all("action").all(|given| given == action) {
        return Ok(());
    }
    Err(Error::invalid("action", format!("is not this route's: leave it out, or send {action}")))
}

/// The body of a create.
#[derive(Debug, Deserialize)]
pub struct CredentialInput {
    pub(crate) r#type: Provider,
    name: Option<String>,
    specific: Option<Object<SpecificInput>>,
    comments: Option<String>,
}

impl CredentialInput {
    pub(crate) fn name(&self) -> Result<&str> {
        text("name", self.name.as_deref(), 1, LONGEST_NAME)
    }

    pub(crate) fn comments(&self) -> Result<&str> {
        text("comments", self.comments.as_deref(), 0, LONGEST_REMARK)
    }

    pub(crate) fn into_specific(self) -> Result<Specific> {
        Specific::new(self.r#type, self.specific.map(|Object(specific)| specific).unwrap_or_default())
    }
}

/// The body of a delete.
#[derive(Debug, Deserialize)]
pub struct Removal {
    credential_id: Option<String>,
    comments: Option<String>,
}

impl Removal {
    /// Which credential is to go.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is missing or empty.
    pub fn credential_id(&self) -> Result<&str> {
        credential_id(self.credential_id.as_deref())
    }

    /// Why, for the record.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they are too long.
    pub fn comments(&self) -> Result<&str> {
        text("comments", self.comments.as_deref(), 0, LONGEST_REMARK)
    }
}

/// The body of an update.
#[derive(Debug, Deserialize)]
pub struct Update {
    credential_id: Option<String>,
    data: Object<Data>,
    reason: Option<String>,
}

impl Update {
    /// What is to change.
    pub fn data(&self) -> &Data {
        &self.data.0
    }

    /// Which credential is to change.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is missing or empty.
    pub fn credential_id(&self) -> Result<&str> {
        credential_id(self.credential_id.as_deref())
    }

    /// Why, for the record.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is too long.
    pub fn reason(&self) -> Result<&str> {
        text("reason", self.reason.as_deref(), 0, LONGEST_REMARK)
    }
}

/// The fields of a credential that an update changes. A misspelt one is refused: it would stay
/// unchanged without a word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    name: Option<String>,
    comments: Option<String>,
    specific: Option<Object<SpecificInput>>,
}

impl Data {
    pub(crate) fn name(&self) -> Result<Option<&str>> {
        self.name.as_deref().map(|name| text("data.name", Some(name), 1, LONGEST_NAME)).transpose()
    }

    pub(crate) fn comments(&self) -> Result<Option<&str>> {
        let comments = self.comments.as_deref();
        comments.map(|comments| text("data.comments", Some(comments), 0, LONGEST_REMARK)).transpose()
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

/// A text of `shortest` to `longest` characters. Absent counts as empty.
pub(crate) fn text<'a>(
    field: &'static str,
    value: Option<&'a str>,
    shortest: usize,
    longest: usize,
) -> Result<&'a str> {
    let value = value.unwrap_or_default();
    if value.len() < shortest {
        return Err(Error::invalid(field, "is missing or empty"));
    }
    if value.chars().count() > longest {
        return Err(Error::invalid(field, format!("is longer than {longest} characters")));
    }
    Ok(value)
}

fn credential_id(value: Option<&str>) -> Result<&str> {
    text("credential_id", value, 1, usize::MAX)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
