//! Listing a namespace: one ListSecrets for each hundred secrets, repeated while AWS throttles it. If a Description
//! does not speak for its secret, or says that there is no credential, the value is read: a list shows what a get
//! finds. See `docs/decisions/description-as-list.md`, `docs/decisions/the-value-decides.md` and
//! `docs/decisions/lists.md`.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answers::Metadata;
use super::back_off::BackOff;
use super::calls::Store;
use super::description::{Description, State};
use super::rate::retry_while_throttled;
use super::stored::Stored;
use crate::audit;
use crate::caller::Scope;
use crate::credential::is_document;
use crate::error::Result;
use crate::limits::LISTING;
use crate::secret::Secret;

/// What a list shows of a credential with this value, in the API's own form.
///
/// # Errors
/// [`Error::ForeignValue`](crate::Error::ForeignValue) if the value is not one of the API's.
pub type PublicOf = fn(&Secret) -> Result<Box<RawValue>>;

/// A credential as a list shows it. Secrets Manager's lists can lag by up to five minutes.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The credential's name.
    pub name: String,
    /// What a list shows of it.
    pub public: Box<RawValue>,
}

impl Listed {
    /// What a list shows, as a `T`; `None` if it is something else.
    pub fn public<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.public.get()).ok()
    }
}

impl Store {
    /// Lists all credentials of the namespace, in no particular order. Calls `public_of` for each value that it has to
    /// read.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself.
    pub async fn list(&self, scope: &Scope, public_of: PublicOf) -> Result<Vec<Listed>> {
        let mut back_off = BackOff::within(LISTING);
        let secrets = self.secrets_of(scope, &mut back_off).await?;
        self.credentials_among(scope, secrets, public_of, &back_off).await
    }

    /// Lists all credentials of the namespace, in no particular order, and reads the content of its document called
    /// `document`; the default if there is no such document.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself.
    pub async fn list_with_document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
        public_of: PublicOf,
    ) -> Result<(Vec<Listed>, T)> {
        let mut back_off = BackOff::within(LISTING);
        let secrets = self.secrets_of(scope, &mut back_off).await?;
        let name = scope.namespace().document_name(&self.prefix, document);
        let content = match secrets.iter().find(|secret| secret.name == name) {
            None => T::default(),
            Some(secret) => match described_content(secret) {
                Some(content) => content,
                None => self.document(scope, document).await?,
            },
        };
        Ok((self.credentials_among(scope, secrets, public_of, &back_off).await?, content))
    }

    /// All secrets of the namespace that are not scheduled for deletion.
    async fn secrets_of(&self, scope: &Scope, back_off: &mut BackOff) -> Result<Vec<Metadata>> {
        let prefix = scope.namespace().secret_prefix(&self.prefix);
        let (mut secrets, mut next) = (Vec::new(), None);
        loop {
            // Repeats only this page: starting again would throw away the pages before it.
            let page = retry_while_throttled(back_off, || self.list_secrets(&prefix, next.clone())).await?;
            secrets.extend(page.0);
            next = page.1;
            if next.is_none() {
                break;
            }
        }
        // Others can make secrets with more slashes below this prefix. None of them is a credential.
        secrets.retain(|secret| secret.name.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')));
        Ok(secrets)
    }

    async fn credentials_among(
        &self,
        scope: &Scope,
        secrets: Vec<Metadata>,
        public_of: PublicOf,
        back_off: &BackOff,
    ) -> Result<Vec<Listed>> {
        let mut listed = Vec::with_capacity(secrets.len());
        let mut to_read = HashMap::new();
        for secret in secrets {
            let component = secret.name.rsplit_once('/').map_or("", |(_, component)| component);
            if is_document(component) {
                continue;
            }
            match self.described(scope, &secret) {
                Ok(shown) => listed.push(shown),
                Err(Some(name)) => drop(to_read.insert(secret.name, name)),
                // If a credential's name does not fit into its secret's name, only the Description holds it.
                Err(None) => audit::warn("a secret is not listed, as nothing says what it is called", None),
            }
        }
        let (secrets, names): (Vec<_>, Vec<_>) = to_read.into_iter().unzip();
        let read = self.read_secrets(scope, secrets, back_off).await?;
        listed.extend(
            names.into_iter().zip(read).filter_map(|(name, stored)| shown(name, &stored?, public_of)),
        );
        Ok(listed)
    }

    /// What the Description shows of a credential; otherwise the name of the credential whose value is to be read.
    fn described(&self, scope: &Scope, secret: &Metadata) -> Result<Listed, Option<String>> {
        let namespace = scope.namespace();
        let is_name = |name: &str| namespace.secret_name(&self.prefix, name) == secret.name;
        // Somebody may have written another name there. A get would not find the credential under that name.
        let description = secret.description.as_ref().filter(|description| is_name(&description.name));
        let name = || {
            let described = description.map(|description| description.name.clone());
            described.or_else(|| namespace.credential_name(&self.prefix, &secret.name))
        };
        // Also if the Description says that there is no credential: only the value decides.
        match description.filter(|description| description.describes(secret.current.as_ref())) {
            Some(Description { name, public: Some(public), state: State::Live, .. }) => {
                Ok(Listed { name: name.clone(), public: public.clone() })
            }
            _ => Err(name()),
        }
    }
}

/// The content of a document, if its Description holds it.
fn described_content<T: DeserializeOwned>(secret: &Metadata) -> Option<T> {
    let public = secret.current_description()?.public.as_ref()?;
    serde_json::from_str(public.get()).ok()
}

fn shown(name: String, stored: &Stored, public_of: PublicOf) -> Option<Listed> {
    if let Ok(public) = public_of(&stored.value) {
        return Some(Listed { name, public });
    }
    // A get of it returns an error response.
    audit::warn("a secret is not listed, as its value is not one of this API's", None);
    None
}
