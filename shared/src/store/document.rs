//! Documents of a namespace: facts about its credentials as a whole, such as which of them is the default. They are
//! small, not secret, and changed by compare-and-set. The Description holds a copy for lists. See
//! `docs/decisions/compare-and-set.md`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::answers::CURRENT;
use super::back_off::BackOff;
use super::base::Base;
use super::calls::Store;
use super::description::Description;
use super::failure::Failure;
use super::stored::Stored;
use super::version::Version;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::json;
use crate::secret::Secret;

/// The name in a document's Description. No client knows documents by name.
const NO_NAME: &str = "";

/// A document that was read in order to change it.
#[derive(Clone, Debug)]
pub struct Document<T> {
    /// The content; the default if there is no document.
    pub content: T,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Absent,
    DeletedElsewhere,
    At(Base),
}

/// The content of a document before and after a change.
#[derive(Clone, Debug)]
pub struct Change<T> {
    /// Before.
    pub before: T,
    /// After.
    pub after: T,
}

impl Store {
    /// Reads the content of the namespace's document called `document`; the default if there is no such document. The
    /// name consists of lower-case letters, and its first letter is not `h`.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself.
    pub async fn document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
    ) -> Result<T> {
        match self.get_secret_value(&self.document_name(scope, document), CURRENT).await {
            Ok(stored) => parse(&stored),
            Err(Failure::NotFound | Failure::Unusable) => Ok(T::default()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Reads a document in order to change it.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself; [`Error::Throttled`] if reads lag for too long.
    pub async fn open_document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
    ) -> Result<Document<T>> {
        self.open_document_again(scope, document, None, &mut BackOff::new()).await
    }

    async fn open_document_again<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
        rejected: Option<&Version>,
        back_off: &mut BackOff,
    ) -> Result<Document<T>> {
        let (content, state) = match self.open(&self.document_name(scope, document), rejected, back_off).await
        {
            Ok(opened) => (parse(&opened.stored)?, State::At(opened.base)),
            Err(Failure::NotFound) => (T::default(), State::Absent),
            Err(Failure::Unusable) => (T::default(), State::DeletedElsewhere),
            Err(failure) => return Err(failure.into()),
        };
        Ok(Document { content, state })
    }

    /// Replaces the content of a document with what `change` returns; `None` leaves it as it is. If somebody else has
    /// changed the document meanwhile, calls `change` again with the new content. Returns what was changed, if
    /// anything.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`]; [`Error::Throttled`] if too many others write at the same time.
    pub async fn update_document<T: DeserializeOwned + Serialize + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
        mut opened: Document<T>,
        change: impl Fn(&T) -> Option<T>,
    ) -> Result<Option<Change<T>>> {
        let mut back_off = BackOff::new();
        while let Some(after) = change(&opened.content) {
            let content = json::raw(&after)?;
            let value = Secret::new(content.get());
            let description = Description::live(NO_NAME, Some(content));
            let rejected = match &opened.state {
                State::DeletedElsewhere => return Err(Error::DeletedElsewhere),
                State::Absent => {
                    // A random token is enough: CreateSecret itself rejects the second of two creates.
                    let token = Version::new(Uuid::new_v4().to_string());
                    let name = self.document_name(scope, document);
                    match self.create_secret(&name, &token, &value, description, None).await {
                        Ok(_) => return Ok(Some(Change { before: opened.content, after })),
                        Err(Failure::Exists) => None,
                        Err(Failure::Unusable) => return Err(Error::DeletedElsewhere),
                        Err(failure) => return Err(failure.into()),
                    }
                }
                State::At(base) => match self.replace(base, &value, description).await {
                    Ok(_) => return Ok(Some(Change { before: opened.content, after })),
                    Err(Failure::Exists) => Some(base.version.clone()),
                    Err(Failure::Unusable) => return Err(Error::DeletedElsewhere),
                    Err(failure) => return Err(failure.into()),
                },
            };
            back_off.wait().await?;
            // Writing `after` once more would undo what the other writer has done, so `change` decides again.
            opened = self.open_document_again(scope, document, rejected.as_ref(), &mut back_off).await?;
        }
        Ok(None)
    }

    fn document_name(&self, scope: &Scope, document: &str) -> String {
        scope.namespace().document_name(&self.prefix, document)
    }
}

fn parse<T: DeserializeOwned>(stored: &Stored) -> Result<T> {
    serde_json::from_slice(stored.value.expose()).map_err(|_| Error::ForeignValue)
}
