//! Documents of a namespace: what is true of its credentials together, such as which of them is the
//! default. Small, not secret, and changed by compare-and-set. The Description holds a copy, for lists.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::compare_and_set::Place;
use super::description::Description;
use super::failure::Failure;
use super::update::Contention;
use super::{Store, Stored, Version, rename};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// A document as it was read.
#[derive(Clone, Debug)]
pub struct Document<T> {
    /// What it says; the default where there is none.
    pub content: T,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Absent,
    DeletedElsewhere,
    At(Place),
}

impl<T: DeserializeOwned + Default> Document<T> {
    fn read(read: Result<Stored, Failure>) -> Result<Self> {
        let stored = match read {
            Ok(stored) => stored,
            Err(Failure::NotFound) => return Ok(Self { content: T::default(), state: State::Absent }),
            Err(Failure::Unusable) => {
                return Ok(Self { content: T::default(), state: State::DeletedElsewhere });
            }
            Err(failure) => return Err(failure.into()),
        };
        let content = serde_json::from_slice(stored.value.expose())
            .map_err(|_| Error::internal("a document is not the JSON that it should be"))?;
        Ok(Self { content, state: State::At(Place { arn: stored.arn, version: stored.version }) })
    }
}

impl Store {
    /// The namespace's document called `document`: lower-case letters, of which the first is not `h`.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
    ) -> Result<Document<T>> {
        Document::read(self.read_secret(&self.document_name(scope, document)).await)
    }

    /// A credential and a document of its namespace, with one call.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such credential.
    pub async fn read_with_document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        credential: &str,
        document: &'static str,
    ) -> Result<(Stored, Document<T>)> {
        let names = [self.secret_name(scope, credential), self.document_name(scope, document)];
        let mut read = self.read_batch(&names).await?.into_iter();
        let stored = match read.next().flatten() {
            None => return Err(Error::NotFound),
            Some(stored) if rename::is_arriving(&stored.value) => self.read(scope, credential).await?,
            Some(stored) => stored,
        };
        let document = read.next().flatten().ok_or(Failure::NotFound);
        Ok((stored, Document::read(document)?))
    }

    /// Makes of a document what `change` makes of it, where that is something else; asks again where
    /// somebody else has changed the document meanwhile.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`]; [`Error::Throttled`] where too many others write at the same time.
    pub async fn update_document<T: DeserializeOwned + Serialize + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
        mut read: Document<T>,
        change: impl Fn(&T) -> Option<T>,
    ) -> Result<()> {
        let mut contention = Contention::new();
        while let Some(content) = change(&read.content) {
            match self.write_document(scope, document, &read.state, &content).await? {
                Ok(()) => return Ok(()),
                Err(Failure::Exists) => contention.wait().await?,
                Err(failure) => return Err(failure.into()),
            }
            read = self.document(scope, document).await?;
        }
        Ok(())
    }

    async fn write_document(
        &self,
        scope: &Scope,
        document: &'static str,
        state: &State,
        content: &impl Serialize,
    ) -> Result<Result<(), Failure>> {
        let content = serde_json::value::to_raw_value(content)
            .map_err(|_| Error::internal("a document cannot be written as JSON"))?;
        let value = Secret::new(content.get());
        let description = Description { public: Some(content), ..Description::default() }.text()?;
        let secret_name = self.document_name(scope, document);
        let written = match state {
            State::DeletedElsewhere => return Err(Error::DeletedElsewhere),
            State::Absent => {
                let version = Version::new(Uuid::new_v4().to_string());
                self.create_secret(&secret_name, &version, &value, &description).await.map(drop)
            }
            State::At(place) => self.replace(&secret_name, place.base(), &value, description).await.map(drop),
        };
        Ok(written)
    }

    pub(super) fn document_name(&self, scope: &Scope, document: &str) -> String {
        scope.namespace().document_name(&self.prefix, document)
    }
}
