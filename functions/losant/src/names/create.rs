//! Creating a credential together with its name.

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{Draft, Opened, Store, Stored, Version};
use latchkey::{Error, Result, Scope};
use serde_json::value::RawValue;

use super::look::{Look, NameState};
use super::release::release;
use crate::claim::{Claim, Claimed};
use crate::document::Document;
use crate::id::{CredentialId, Seed, Slot};

/// What a create asks for.
pub(crate) struct Asked<'a> {
    pub(crate) name: &'a str,
    /// What the id is made of.
    pub(crate) seed: &'a Seed,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// By what a repetition is known, where there is a key: its id is the same, and this.
    pub(crate) created_as: Option<&'a str>,
}

/// A credential as it is answered, and its version.
pub(crate) type Answered = (Box<RawValue>, Version);

/// Makes what is to be stored, and how it is answered, of an id and the claim by which it has its name.
type Write<'a> = dyn FnMut(&CredentialId, Option<String>) -> Result<(Draft, Box<RawValue>)> + Send + 'a;

/// Creates a credential: one call, where the name was never used before. What the same request has created
/// before is answered as it is stored.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential has the name; [`Error::IdempotencyKeyUsed`] where what
/// the key made was deleted; [`Error::BeingDeleted`] where somebody was taking the name, and may have died.
pub(crate) async fn create(
    store: &Store,
    scope: &Scope,
    asked: &Asked<'_>,
    write: &mut Write<'_>,
) -> Result<Answered> {
    let slot = Slot::of(asked.name);
    let [id, elsewhere] = asked.ids();
    let mut look = Look::new(store, scope, &slot, asked.name, &elsewhere);
    let mut state = NameState::Empty;
    loop {
        if look.gone.as_ref() == Some(&id) {
            return Err(Error::IdempotencyKeyUsed);
        }
        let created = match state {
            NameState::Taken(stored) => return asked.made(&stored)?.ok_or(Error::AlreadyExists),
            NameState::Contested => Err(Error::AlreadyExists),
            NameState::Empty => {
                let (draft, answered) = write(&id, None)?;
                let created = store.create(scope, slot.as_str(), &draft, asked.key).await;
                created.map(|version| (answered, version))
            }
            // An owner's tags are written with a new secret, and not beside what stands in one.
            NameState::Free(opened)
                if scope.ownership().is_none() && Document::parse(&opened.stored)?.credential.is_none() =>
            {
                let (draft, answered) = write(&id, None)?;
                let created = store.create_over(scope, slot.as_str(), &opened, draft, asked.key).await;
                created.map(|version| (answered, version))
            }
            NameState::Free(opened) => {
                let created = create_elsewhere(&look, asked, &elsewhere, &opened, write).await?;
                created.ok_or(Error::AlreadyExists)
            }
        };
        match created {
            Err(Error::AlreadyExists | Error::NotFound) => state = look.again().await?,
            created => return created,
        }
    }
}

/// Creates the credential in another slot, as a credential that has been renamed stands in the name's own.
/// `None` where that has changed meanwhile.
async fn create_elsewhere(
    look: &Look<'_>,
    asked: &Asked<'_>,
    id: &CredentialId,
    opened: &Opened,
    write: &mut Write<'_>,
) -> Result<Option<Answered>> {
    if let Some(made) = asked.made(&opened.stored)? {
        return Ok(Some(made));
    }
    let claim = Claim::new(id)?;
    let claimed = Claimed { name: asked.name.to_owned(), nonce: claim.nonce.clone() };
    let (draft, answered) = write(id, Some(claim.nonce.clone()))?;
    match look.claim(Some(opened), &claim).await {
        Err(Error::AlreadyExists | Error::NotFound) => return Ok(None),
        written => written?,
    }
    let (store, scope, place) = (look.store, look.scope, id.slot());
    match store.create(scope, place.as_str(), &draft, asked.key).await {
        Ok(version) => Ok(Some((answered, version))),
        // The same request has come through before, or beside this one.
        Err(Error::AlreadyExists) => {
            let stored = match store.read(scope, place.as_str()).await {
                Err(Error::NotFound) => return Ok(None),
                stored => stored?,
            };
            let head = Document::parse(&stored)?.head()?;
            if !head.is_some_and(|head| head.id == *id && head.name == asked.name) {
                release(store, scope, &claimed, None).await;
            }
            asked.made(&stored)?.map(Some).ok_or(Error::AlreadyExists)
        }
        Err(error) => {
            // After any other error the create may still be under way, and needs the claim.
            if matches!(error, Error::IdempotencyKeyUsed | Error::DeletedElsewhere) {
                release(store, scope, &claimed, None).await;
            }
            Err(error)
        }
    }
}

impl Asked<'_> {
    /// The ids that the credential can have: the first in its name's slot, the other elsewhere.
    fn ids(&self) -> [CredentialId; 2] {
        [Slot::of(self.name).id(self.seed), CredentialId::elsewhere(self.seed)]
    }

    /// The credential here, where the same request has made it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] where one with the same Idempotency-Key, and another content, has made it.
    fn made(&self, stored: &Stored) -> Result<Option<Answered>> {
        let Some(created_as) = self.created_as else { return Ok(None) };
        let document = Document::parse(stored)?;
        let is_own = document.head()?.is_some_and(|head| self.ids().contains(&head.id));
        match document.credential.filter(|_| is_own) {
            None => Ok(None),
            Some(credential) if document.created_as.as_deref() == Some(created_as) => {
                Ok(Some((credential.to_owned(), stored.version.clone())))
            }
            Some(_) => Err(Error::AlreadyExists),
        }
    }
}
