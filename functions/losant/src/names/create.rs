//! Creating a credential together with its name.
//! See `docs/decisions/losant-names.md`.

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
pub(crate) struct CreateRequest<'a> {
    pub(crate) name: &'a str,
    /// What the id is derived from.
    pub(crate) seed: &'a Seed,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// If there is a key, a repetition is recognized by this and by the id, which are both the same.
    pub(crate) created_as: Option<&'a str>,
}

/// A credential as the response shows it, and its version.
pub(crate) type Answered = (Box<RawValue>, Version);

/// Turns an id, and the nonce of the claim to its name if there is one, into the draft to store and the credential
/// as the response shows it.
type Write<'a> = dyn FnMut(&CredentialId, Option<String>) -> Result<(Draft, Box<RawValue>)> + Send + 'a;

/// Creates a credential, with one call if the name was never used before. If the same request was sent before,
/// returns what it created, as it is stored now.
///
/// # Errors
/// [`Error::AlreadyExists`] if another credential has the name; [`Error::IdempotencyKeyUsed`] if the credential
/// that the key made was deleted; [`Error::BeingDeleted`] if a request that may have died was taking the name.
pub(crate) async fn create(
    store: &Store,
    scope: &Scope,
    request: &CreateRequest<'_>,
    write: &mut Write<'_>,
) -> Result<Answered> {
    let slot = Slot::of(request.name);
    let [id, elsewhere] = request.ids();
    let mut look = Look::new(store, scope, &slot, request.name, &elsewhere);
    // Looking first would cost every create a read. CreateSecret fails if the slot is not empty.
    let mut state = NameState::Empty;
    loop {
        // Only a repetition has the same id: what it created before was deleted.
        if look.gone.as_ref() == Some(&id) {
            return Err(Error::IdempotencyKeyUsed);
        }
        let created = match state {
            NameState::Taken(stored) => return request.created_before(&stored)?.ok_or(Error::AlreadyExists),
            NameState::Contested => Err(Error::AlreadyExists),
            NameState::Empty => {
                let (draft, answered) = write(&id, None)?;
                let created = store.create(scope, slot.as_str(), &draft, request.key).await;
                created.map(|version| (answered, version))
            }
            // Only an outdated claim is in the way, and the credential replaces it. An owned credential cannot: an
            // owner's tags are never added to a secret that holds something.
            NameState::Free(opened)
                if scope.ownership().is_none() && Document::parse(&opened.stored)?.credential.is_none() =>
            {
                let (draft, answered) = write(&id, None)?;
                let created = store.create_over(scope, slot.as_str(), &opened, draft, request.key).await;
                created.map(|version| (answered, version))
            }
            NameState::Free(opened) => {
                let created = create_elsewhere(&look, request, &elsewhere, &opened, write).await?;
                created.ok_or(Error::AlreadyExists)
            }
        };
        match created {
            Err(Error::AlreadyExists | Error::NotFound) => state = look.again().await?,
            created => return created,
        }
    }
}

/// Creates the credential in another slot and claims its name, because the name's own slot is in use. `None` if
/// the slots have changed meanwhile, so that the caller has to look again.
async fn create_elsewhere(
    look: &Look<'_>,
    request: &CreateRequest<'_>,
    id: &CredentialId,
    opened: &Opened,
    write: &mut Write<'_>,
) -> Result<Option<Answered>> {
    if let Some(created) = request.created_before(&opened.stored)? {
        return Ok(Some(created));
    }
    // In this order: a draft that cannot be stored leaves no claim, and no credential is ever stored with a name
    // that others can still take.
    let claim = Claim::new(id)?;
    let claimed = Claimed { name: request.name.to_owned(), nonce: claim.nonce.clone() };
    let (draft, answered) = write(id, Some(claim.nonce.clone()))?;
    match look.claim(Some(opened), &claim).await {
        Err(Error::AlreadyExists | Error::NotFound) => return Ok(None),
        written => written?,
    }
    let (store, scope, place) = (look.store, look.scope, id.slot());
    match store.create(scope, place.as_str(), &draft, request.key).await {
        Ok(version) => Ok(Some((answered, version))),
        // The same request was carried out before, or concurrently.
        Err(Error::AlreadyExists) => {
            let stored = match store.read(scope, place.as_str()).await {
                Err(Error::NotFound) => return Ok(None),
                stored => stored?,
            };
            let head = Document::parse(&stored)?.head()?;
            // While that credential has the name, it needs this claim, which has replaced its own.
            if !head.is_some_and(|head| head.id == *id && head.name == request.name) {
                release(store, scope, &claimed, None).await;
            }
            request.created_before(&stored)?.map(Some).ok_or(Error::AlreadyExists)
        }
        Err(error) => {
            // After any error but these, the create may still be under way, and needs the claim.
            if matches!(error, Error::IdempotencyKeyUsed | Error::DeletedElsewhere) {
                release(store, scope, &claimed, None).await;
            }
            Err(error)
        }
    }
}

impl CreateRequest<'_> {
    /// The ids that the credential can have: one in its name's slot, and one elsewhere.
    fn ids(&self) -> [CredentialId; 2] {
        [Slot::of(self.name).id(self.seed), CredentialId::elsewhere(self.seed)]
    }

    /// The stored credential, if the same request created it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if a request with the same Idempotency-Key and other content created it.
    fn created_before(&self, stored: &Stored) -> Result<Option<Answered>> {
        let Some(created_as) = self.created_as else { return Ok(None) };
        let document = Document::parse(stored)?;
        let is_own = document.head()?.is_some_and(|head| self.ids().contains(&head.id));
        // The same id only means the same key and name. `created_as` also depends on the content.
        match document.credential.filter(|_| is_own) {
            None => Ok(None),
            Some(credential) if document.created_as.as_deref() == Some(created_as) => {
                Ok(Some((credential.to_owned(), stored.version.clone())))
            }
            Some(_) => Err(Error::AlreadyExists),
        }
    }
}
