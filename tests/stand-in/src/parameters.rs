//! The parameters of a call, checked by the rules of the API's model.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::secret::{ARN, Payload};

const MOST_OF_A_NAME: usize = 512;
const MOST_BYTES: usize = 65_536;
const MOST_OF_A_DESCRIPTION: usize = 2_048;

/// The body of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'a>(pub(crate) &'a Value);

/// A value and the token that is bound to it.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) token: String,
    pub(crate) payload: Payload,
}

impl<'a> Parameters<'a> {
    /// A parameter, as `read` reads it.
    fn read<T>(self, key: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<Option<T>> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                read(value).map(Some).ok_or_else(|| Failure::serialization(format!("{key} has another type")))
            }
        }
    }

    pub(crate) fn text(self, key: &str) -> Result<Option<&'a str>> {
        self.read(key, Value::as_str)
    }

    pub(crate) fn flag(self, key: &str) -> Result<bool> {
        Ok(self.read(key, Value::as_bool)?.unwrap_or(false))
    }

    pub(crate) fn number(self, key: &str) -> Result<Option<i64>> {
        self.read(key, Value::as_i64)
    }

    pub(crate) fn texts(self, key: &str) -> Result<Option<Vec<&'a str>>> {
        self.read(key, |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    pub(crate) fn objects(self, key: &str) -> Result<Vec<Self>> {
        let items = self.read(key, Value::as_array)?;
        Ok(items.into_iter().flatten().map(Self).collect())
    }

    pub(crate) fn required(self, key: &str) -> Result<&'a str> {
        self.text(key)?.ok_or_else(|| Failure::validation(format!("{key} must not be null")))
    }

    /// The name for a new secret.
    pub(crate) fn name(self) -> Result<&'a str> {
        let name = self.required("Name")?;
        check_name(name, MOST_OF_A_NAME)?;
        // Such a name looks like the end of the ARN of a secret with a shorter name.
        let seventh_from_end = name.len().checked_sub(7).map(|at| name.as_bytes()[at]);
        if seventh_from_end == Some(b'-') {
            return Err(Failure::parameter("The name must not end in a hyphen and six characters."));
        }
        Ok(name)
    }

    /// The name or the ARN of a secret.
    pub(crate) fn secret_id(self) -> Result<&'a str> {
        let id = self.required("SecretId")?;
        check_secret_id(id)?;
        Ok(id)
    }

    pub(crate) fn description(self) -> Result<Option<&'a str>> {
        let description = self.text("Description")?;
        // AWS does not name the unit. UTF-16 units are the strictest that it can mean.
        let length = description.map_or(0, |text| text.encode_utf16().count());
        if length > MOST_OF_A_DESCRIPTION {
            return Err(Failure::validation("The Description must have at most 2048 characters."));
        }
        Ok(description)
    }

    /// The value to write, if any.
    pub(crate) fn write(self) -> Result<Option<Write>> {
        let token = self.token()?;
        let Some(payload) = self.payload()? else { return Ok(None) };
        let token = token.ok_or_else(|| Failure::validation("ClientRequestToken must not be null"))?;
        Ok(Some(Write { token: token.to_owned(), payload }))
    }

    /// The tags to put on a secret.
    pub(crate) fn tags(self) -> Result<Vec<(&'a str, &'a str)>> {
        let tags =
            self.objects("Tags")?.into_iter().map(|tag| Ok((tag.required("Key")?, tag.required("Value")?)));
        let tags: Vec<_> = tags.collect::<Result<_>>()?;
        let is_part =
            |text: &str| text.chars().all(|char| char.is_alphanumeric() || " _.:/=+-@".contains(char));
        let is_tag = |(key, value): &(&str, &str)| {
            let lengths = (key.encode_utf16().count(), value.encode_utf16().count());
            matches!(lengths, (1..=128, 0..=256))
                && is_part(key)
                && is_part(value)
                && !key.starts_with("aws:")
        };
        if tags.len() <= 50 && tags.iter().all(is_tag) {
            Ok(tags)
        } else {
            Err(Failure::parameter("The request contains a tag that is not valid."))
        }
    }

    fn token(self) -> Result<Option<&'a str>> {
        let token = self.text("ClientRequestToken")?;
        if token.is_some_and(|token| !(32..=64).contains(&token.chars().count())) {
            return Err(Failure::validation("ClientRequestToken must have 32 to 64 characters."));
        }
        Ok(token)
    }

    fn payload(self) -> Result<Option<Payload>> {
        let text = self.text("SecretString")?;
        let binary = self.read("SecretBinary", |value| STANDARD.decode(value.as_str()?).ok())?;
        let payload = match (text, binary) {
            (None, None) => return Ok(None),
            (Some(text), None) => Payload::Text(text.to_owned()),
            (None, Some(bytes)) => Payload::Binary(bytes),
            (Some(_), Some(_)) => return Err(Failure::validation("There can be one value only.")),
        };
        let bytes = match &payload {
            Payload::Text(text) => text.len(),
            Payload::Binary(bytes) => bytes.len(),
        };
        if !(1..=MOST_BYTES).contains(&bytes) {
            return Err(Failure::validation("A value must have 1 to 65536 bytes."));
        }
        Ok(Some(payload))
    }

    /// How many entries the caller wants at most. It may ask for up to `most`.
    pub(crate) fn max_results(self, most: usize) -> Result<usize> {
        let Some(wanted) = self.number("MaxResults")? else { return Ok(most) };
        let wanted = usize::try_from(wanted).ok().filter(|wanted| (1..=most).contains(wanted));
        wanted.ok_or_else(|| Failure::validation(format!("MaxResults must be from 1 to {most}.")))
    }

    /// The prefixes in the filter. A name must have one of them; if there are none, every name passes.
    pub(crate) fn prefixes(self) -> Result<Vec<&'a str>> {
        let mut prefixes = Vec::new();
        let filters = self.objects("Filters")?;
        if filters.len() > 1 {
            return Err(Failure::validation("This stand-in knows one filter at a time."));
        }
        for filter in filters {
            if filter.text("Key")? != Some("name") {
                return Err(Failure::validation("This stand-in knows the filter `name` only."));
            }
            prefixes = filter.texts("Values")?.unwrap_or_default();
            if prefixes.is_empty() || prefixes.len() > 10 {
                return Err(Failure::validation("A filter must have 1 to 10 values."));
            }
        }
        Ok(prefixes)
    }
}

/// Fails unless `id` can be the name or the ARN of a secret.
pub(crate) fn check_secret_id(id: &str) -> Result<()> {
    match id.strip_prefix(ARN) {
        Some(name_and_six) => check_name(name_and_six, MOST_OF_A_NAME + 7),
        None => check_name(id, MOST_OF_A_NAME),
    }
}

fn check_name(name: &str, most: usize) -> Result<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
    if !(1..=most).contains(&name.len()) || !name.bytes().all(is_allowed) {
        return Err(Failure::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: \
             -/_+=.@!",
        ));
    }
    Ok(())
}
