//! Creating, changing and deleting a credential, together with its name.

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
use crate::names::{self, Asked, Hold};

/// A credential as it is answered, and its version.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub credential: Box<RawValue>,
    /// The version.
    pub version: Version,
}

/// Creates the credential that `post` asks for. A repetition with the same key answers what the first
/// request created.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential of the application has the name;
/// [`Error::IdempotencyKeyUsed`] where what the key made was deleted.
pub async fn create(
    store: &Store,
    scope: &Scope,
    mut post: Post,
    key: Option<&IdempotencyKey>,
) -> Result<Answer> {
    let (caller, application) = (scope.key_id().as_bytes(), application_id(scope).as_bytes());
    // Everybody sees the id: nothing secret goes into it.
    let seed = match key {
        None => random()?,
        Some(key) => key.derive(&[caller, application, post.name.as_bytes()]),
    };
    let created_as = match key {
        None => None,
        Some(key) => Some(hex(&key.derive(&[caller, application, post.fingerprint()?.expose()]), 64)),
    };
    post.config.prepare()?;
    let name = post.name.clone();
    audit::credential_name(&name);
    // Its id is only known once a slot has taken it.
    let mut credential = Credential::new(scope, CredentialId::elsewhere(&seed), post)?;

    let asked = Asked { name: &name, seed: &seed, key, created_as: created_as.as_deref() };
    let mut write = |id: &CredentialId, named_by: Option<String>| {
        credential.about.id = id.clone();
        audit::credential_id(id.as_str());
        let (draft, answered) = Document::new(created_as.clone(), named_by).draft_with(&credential)?;
        Ok((draft.owned_by(scope.ownership()), answered))
    };
    let (credential, version) = names::create(store, scope, &asked, &mut write).await?;
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

/// Does to the credential `id` what `patch` asks for.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential has the name that it asks for.
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
    // After all rejections, as it takes long; before the name is taken, which then waits for nothing but the write.
    patch.config.as_mut().map_or(Ok(()), Config::prepare)?;
    let hold = take_name(store, scope, id, &opened, &mut patch).await?;
    let former = if hold.is_some() { claimed(&opened, id)? } else { None };

    // The claim to the name before is not needed any more once this is written.
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

/// A credential as it is answered, and the claim by which it had the name that it has no more.
type Changed = (Box<RawValue>, Option<Claimed>);

/// What is to be stored in the place of the credential `id` that was read.
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
    let is_renamed = hold.is_some() && patch.name.as_ref() != Some(&head.name);
    let before = document.claimed(head).filter(|_| is_renamed);
    match hold {
        None => {}
        Some(Hold::Claim { nonce, .. }) => document.named_by = Some(nonce.clone()),
        // Somebody else took the name meanwhile.
        Some(Hold::Home(claim)) if *claim != document.claim => return Err(Error::AlreadyExists),
        Some(Hold::Home(_)) => (document.named_by, document.claim) = (None, None),
    }
    let (draft, answered) = document.draft_with(&credential)?;
    Ok((draft, (answered, before)))
}

/// Makes sure that nothing is wrong with `patch`, as the credential `id` was opened: else a key would be made, or a
/// claim be left behind, for nothing.
fn foresee(opened: &Opened, id: &CredentialId, precondition: &Precondition, patch: &Patch) -> Result<()> {
    let document = Document::parse(&opened.stored)?;
    document.head_of(id)?;
    precondition.check(&opened.stored.version)?;
    document.reveal()?.foresee(patch)
}

/// Takes the name that `patch` asks for, where it is another one.
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
        // It has the name. Should another request change that now, that one is the later.
        patch.name = None;
    }
    Ok(hold)
}

/// Deletes the credential `id`; or the value in its place, where that is none of Latchkey's.
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
            // Perhaps it was being deleted by a function that died: then this ends what that began.
            Err(Error::NotFound) => {
                return store.delete_if(scope, slot.as_str(), precondition, |_| Err(Error::NotFound)).await;
            }
            Err(error) => return Err(error),
        };
        let former = match claimed(&opened, id) {
            Err(Error::ForeignValue) => None,
            former => former?,
        };
        precondition.check(&opened.stored.version)?;
        let ended = join(end(store, id, &opened), names::open(store, scope, former.clone()));
        match ended.await {
            (Err(Error::AlreadyExists), _) => back_off.wait().await?,
            (Err(error), _) => return Err(error),
            (Ok(()), opened) => {
                if let Some(former) = former {
                    names::release(store, scope, &former, opened).await;
                }
                return Ok(());
            }
        }
    }
}

/// Ends the life of the credential `id`, which was opened.
///
/// Where its secret also says who has its first name, that must go on being said: so this writes, and a
/// secret that was written too often today cannot be. All others can be deleted even then.
async fn end(store: &Store, id: &CredentialId, opened: &Opened) -> Result<()> {
    let slot = id.slot();
    match Document::parse(&opened.stored) {
        Ok(document) if document.claim.is_some() => {
            let draft = document.without_credential(id).draft()?;
            store.update_once(slot.as_str(), opened, draft).await.map(drop)
        }
        _ => store.delete_once(slot.as_str(), opened).await,
    }
}

/// The claim by which the credential `id`, which was opened, has its name.
fn claimed(opened: &Opened, id: &CredentialId) -> Result<Option<Claimed>> {
    let document = Document::parse(&opened.stored)?;
    let head = document.head_of(id)?;
    Ok(document.claimed(head))
}
