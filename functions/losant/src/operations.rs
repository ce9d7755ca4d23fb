//! Creating, changing and deleting a credential, together with its name.
//! See `docs/decisions/losant-names.md`.

use futures_util::future::join;
use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{BackOff, Draft, Opened, Precondition, Store, Stored, Version};
use latchkey::{Error, Result, Scope, audit};
use serde_json::value::RawValue;

use crate::application_id;
use crate::claim::Claimed;
use crate::config::Config;
use crate::credential::Credential;
use crate::document::Document;
use crate::id::{CredentialId, hex, random};
use crate::input::{Patch, Post};
use crate::names::{self, CreateRequest, Hold};

/// A credential as the response shows it, and its version.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub credential: Box<RawValue>,
    /// The version.
    pub version: Version,
}

/// Creates the credential that `post` asks for. A repetition with the same key returns what the first request
/// created.
///
/// # Errors
/// [`Error::AlreadyExists`] if another credential of the application has the name;
/// [`Error::IdempotencyKeyUsed`] if the credential that the key made was deleted.
pub async fn create(
    store: &Store,
    scope: &Scope,
    mut post: Post,
    key: Option<&IdempotencyKey>,
) -> Result<Answer> {
    let (caller, application) = (scope.key_id().as_bytes(), application_id(scope).as_bytes());
    // Everybody sees the id. If it depended on the secrets, it could confirm a guess at one.
    let seed = match key {
        None => random()?,
        Some(key) => key.derive(&[caller, application, post.name.as_bytes()]),
    };
    // Before the key pair is made: with a new key each time, no repetition would have the same fingerprint.
    let created_as = match key {
        None => None,
        Some(key) => Some(hex(&key.derive(&[caller, application, post.fingerprint()?.expose()]), 64)),
    };
    post.config.prepare()?;
    let name = post.name.clone();
    audit::credential_name(&name);
    // A placeholder: `write` sets the id of the slot in which the credential is then created.
    let mut credential = Credential::new(scope, CredentialId::elsewhere(&seed), post)?;

    let request = CreateRequest { name: &name, seed: &seed, key, created_as: created_as.as_deref() };
    let mut write = |id: &CredentialId, named_by: Option<String>| {
        credential.about.id = id.clone();
        audit::credential_id(id.as_str());
        let (draft, answered) = Document::new(created_as.clone(), named_by).draft_with(&credential)?;
        Ok((draft.owned_by(scope.ownership()), answered))
    };
    let (credential, version) = names::create(store, scope, &request, &mut write).await?;
    Ok(Answer { credential, version })
}

/// Reads the credential `id`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::ForeignValue`].
pub async fn read(store: &Store, scope: &Scope, id: &CredentialId) -> Result<Answer> {
    let stored = store.read(scope, id.slot().as_str()).await?;
    let document = Document::parse(&stored)?;
    document.head_of(id)?;
    let credential = document.credential.ok_or(Error::NotFound)?.to_owned();
    Ok(Answer { credential, version: stored.version })
}

/// Changes the credential `id` as `patch` asks.
///
/// # Errors
/// [`Error::AlreadyExists`] if another credential has the name that it asks for.
pub async fn patch(
    store: &Store,
    scope: &Scope,
    id: &CredentialId,
    precondition: &Precondition,
    mut patch: Patch,
) -> Result<Answer> {
    let slot = id.slot();
    let opened = store.open_credential(scope, slot.as_str(), &mut BackOff::new()).await?;
    foresee(&opened, id, precondition, &patch)?;
    // After all checks, because making a key takes long. Before the name is claimed, so that the claim only has to
    // wait for the write.
    patch.config.as_mut().map_or(Ok(()), Config::prepare)?;
    let hold = take_name(store, scope, id, &opened, &mut patch).await?;
    let former = if hold.is_some() { claim_of(&opened, id)? } else { None };

    // This write makes the claim to the former name obsolete. Opening its slot meanwhile saves a round trip.
    let write = store.update_opened(scope, slot.as_str(), precondition, opened, |stored| {
        changed(stored, scope, id, &patch, hold.as_ref())
    });
    let (written, former) = join(write, names::open(store, scope, former)).await;

    match written {
        Ok((version, (credential, before))) => {
            if let Some(before) = before {
                names::release(store, scope, &before, former).await;
            }
            Ok(Answer { credential, version })
        }
        Err(error) => {
            if let (Some(hold), Some(name)) = (hold, &patch.name) {
                names::withdraw(store, scope, name, hold, &error).await;
            }
            Err(error)
        }
    }
}

/// A credential as the response shows it, and the claim to its former name if it was renamed.
type Changed = (Box<RawValue>, Option<Claimed>);

/// The draft that replaces the stored credential `id`, changed as `patch` asks.
fn changed(
    stored: &Stored,
    scope: &Scope,
    id: &CredentialId,
    patch: &Patch,
    hold: Option<&Hold>,
) -> Result<(Draft, Changed)> {
    let mut document = Document::parse(stored)?;
    let head = document.head_of(id)?;
    let mut credential = document.reveal()?;
    credential.change(scope, patch.clone())?;
    // If a concurrent request has made the same rename, the claim that is stored is still needed.
    let is_renamed = hold.is_some() && patch.name.as_ref() != Some(&head.name);
    let before = document.claimed(head).filter(|_| is_renamed);
    match hold {
        None => {}
        Some(Hold::Claim { nonce, .. }) => document.named_by = Some(nonce.clone()),
        // Somebody else has claimed the name meanwhile.
        Some(Hold::OwnSlot(claim)) if *claim != document.claim => return Err(Error::AlreadyExists),
        // In its own slot the credential needs no claim, and the one that was found there does not count.
        Some(Hold::OwnSlot(_)) => (document.named_by, document.claim) = (None, None),
    }
    let (draft, answered) = document.draft_with(&credential)?;
    Ok((draft, (answered, before)))
}

/// Checks `patch` against the opened credential `id`, before a key is made or a name is claimed for nothing.
fn foresee(opened: &Opened, id: &CredentialId, precondition: &Precondition, patch: &Patch) -> Result<()> {
    let document = Document::parse(&opened.stored)?;
    document.head_of(id)?;
    precondition.check(&opened.stored.version)?;
    document.reveal()?.foresee(patch)
}

/// Takes the name that `patch` asks for, if it is not the current one.
async fn take_name(
    store: &Store,
    scope: &Scope,
    id: &CredentialId,
    opened: &Opened,
    patch: &mut Patch,
) -> Result<Option<Hold>> {
    let Some(name) = &patch.name else { return Ok(None) };
    let head = Document::parse(&opened.stored)?.head_of(id)?;
    let hold = if head.name == *name { None } else { names::take(store, scope, name, id, opened).await? };
    if hold.is_none() {
        // The credential has the name already. If this patch wrote it, it would undo a rename that comes in between,
        // and others may have taken the name since.
        patch.name = None;
    }
    Ok(hold)
}

/// Deletes the credential `id`, or the value in its place if Latchkey does not write such values.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(
    store: &Store,
    scope: &Scope,
    id: &CredentialId,
    precondition: &Precondition,
) -> Result<()> {
    let slot = id.slot();
    let mut back_off = BackOff::new();
    loop {
        let opened = match store.open_credential(scope, slot.as_str(), &mut back_off).await {
            Ok(opened) => opened,
            // Perhaps a function died while it deleted the credential: then this finishes the deletion.
            Err(Error::NotFound) => {
                return store.delete_if(scope, slot.as_str(), precondition, |_| Err(Error::NotFound)).await;
            }
            Err(error) => return Err(error),
        };
        let former = match claim_of(&opened, id) {
            Err(Error::ForeignValue) => None,
            former => former?,
        };
        precondition.check(&opened.stored.version)?;
        let removed = join(remove(store, id, &opened), names::open(store, scope, former.clone()));
        match removed.await {
            (Err(Error::AlreadyExists), _) => back_off.wait().await?,
            (Err(error), _) => return Err(error),
            // Only now: without its claim, a credential that still exists would have a name that others can take.
            (Ok(()), opened) => {
                if let Some(former) = former {
                    names::release(store, scope, &former, opened).await;
                }
                return Ok(());
            }
        }
    }
}

/// Removes the opened credential `id` from its slot.
///
/// If the slot also holds a claim to its name, the claim must stay. This takes a write, which fails if the secret
/// was written too often today. All other credentials can be deleted even then.
async fn remove(store: &Store, id: &CredentialId, opened: &Opened) -> Result<()> {
    let slot = id.slot();
    match Document::parse(&opened.stored) {
        Ok(document) if document.claim.is_some() => {
            let draft = document.without_credential(id).draft()?;
            store.update_once(slot.as_str(), opened, draft).await.map(drop)
        }
        _ => store.delete_once(slot.as_str(), opened).await,
    }
}

/// The claim to the name of the opened credential `id`.
fn claim_of(opened: &Opened, id: &CredentialId) -> Result<Option<Claimed>> {
    let document = Document::parse(&opened.stored)?;
    let head = document.head_of(id)?;
    Ok(document.claimed(head))
}
