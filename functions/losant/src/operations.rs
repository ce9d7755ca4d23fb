//! Creating, changing and deleting a credential, together with its name.

use latchkey::idempotency::IdempotencyKey;
use latchkey::request::Precondition;
use latchkey::store::{Store, Stored, Version};
use latchkey::{Error, Result, Scope};
use serde_json::value::RawValue;

use crate::application_id;
use crate::credential::Credential;
use crate::document::Document;
use crate::id::CredentialId;
use crate::input::{Patch, Post};
use crate::names::{self, Created, Hold};

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
/// [`Error::AlreadyExists`] where another credential of the application has the name.
pub async fn create(
    store: &Store,
    scope: &Scope,
    mut post: Post,
    key: Option<&IdempotencyKey>,
) -> Result<Answer> {
    let seed = match key {
        None => names::random()?,
        Some(key) => {
            let fingerprint = post.fingerprint()?;
            key.derive(&[scope.key_id().as_bytes(), application_id(scope).as_bytes(), fingerprint.expose()])
        }
    };
    post.config.prepare()?;
    let name = post.name.clone();
    // Its id is only known once a slot has taken it.
    let mut credential = Credential::new(scope, CredentialId::elsewhere(&seed), post)?;

    let created = names::create(store, scope, &name, (&seed, key.is_some()), |id, named_by| {
        credential.about.id = id;
        let mut document = Document::without_credential(None);
        document.named_by = named_by;
        document.draft_with(&credential.about.id.slot(), &credential)
    });
    match created.await? {
        Created::Now(version) => Answer::new(&credential, version),
        Created::Before(stored) => {
            let credential = Document::of(&stored)?.credential.ok_or(Error::NotFound)?.to_owned();
            Ok(Answer { credential, version: stored.version })
        }
    }
}

/// Reads the credential `id`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read(store: &Store, scope: &Scope, id: &CredentialId) -> Result<Answer> {
    let stored = store.read(scope, id.slot().as_str()).await?;
    let document = Document::of(&stored)?;
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
    let stored = store.read(scope, slot.as_str()).await?;
    let hold = take_name(store, scope, id, (&stored, precondition), &mut patch).await?;
    let mut after = None;
    let mut before = None;

    let updated = store.update_read(scope, slot.as_str(), precondition, stored, |stored| {
        let mut document = Document::of(stored)?;
        let head = document.head_of(id)?;
        let mut credential = document.reveal()?;
        credential.change(scope, patch.clone())?;
        before = document.named_by.clone().filter(|_| hold.is_some()).map(|nonce| (head.name, nonce));
        match &hold {
            None => {}
            Some(Hold::Claim(nonce)) => document.named_by = Some(nonce.clone()),
            // Somebody else took the name meanwhile.
            Some(Hold::Home(lent)) if *lent != document.lent => return Err(Error::AlreadyExists),
            Some(Hold::Home(_)) => (document.named_by, document.lent) = (None, None),
        }
        let draft = document.draft_with(&slot, &credential);
        after = Some(credential);
        draft
    });
    let updated = updated.await;

    // What is not needed: the claim to the name before, or that to the name which it did not get.
    let unused = match (&updated, hold, patch.name) {
        (Ok(_), ..) => before,
        (Err(_), Some(Hold::Claim(nonce)), Some(name)) => Some((name, nonce)),
        (Err(_), ..) => None,
    };
    if let Some((name, nonce)) = unused {
        names::release(store, scope, &name, &nonce).await;
    }
    let version = updated?;
    let after = after.ok_or_else(|| Error::internal("a change was written without being made"))?;
    Answer::new(&after, version)
}

/// Takes the name that `patch` asks for, where it is another one: after making sure that nothing else is
/// wrong with the patch, as it would leave a claim behind for nothing.
async fn take_name(
    store: &Store,
    scope: &Scope,
    id: &CredentialId,
    (stored, precondition): (&Stored, &Precondition),
    patch: &mut Patch,
) -> Result<Option<Hold>> {
    let Some(name) = &patch.name else { return Ok(None) };
    let document = Document::of(stored)?;
    let head = document.head_of(id)?;
    precondition.check(&stored.version)?;
    document.reveal()?.change(scope, patch.clone())?;
    let hold = if head.name == *name { None } else { names::take(store, scope, name, id).await? };
    if hold.is_none() {
        // It has the name. Should another request change that now, that one is the later.
        patch.name = None;
    }
    Ok(hold)
}

/// Deletes the credential `id`.
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
    let mut named_by = None;
    let mut look = |document: &Document<'_>| -> Result<()> {
        let head = document.head_of(id)?;
        named_by = document.named_by.clone().map(|nonce| (head.name, nonce));
        Ok(())
    };

    let deleted = store.delete_if(scope, slot.as_str(), precondition, |stored| {
        let document = Document::of(stored)?;
        look(&document)?;
        // Its secret also says who has its first name, and must go on doing so.
        if document.lent.is_some() { Err(Error::AlreadyExists) } else { Ok(()) }
    });
    match deleted.await {
        Err(Error::AlreadyExists) => {
            let update = store.update(scope, slot.as_str(), precondition, |stored| {
                let document = Document::of(stored)?;
                look(&document)?;
                Document::without_credential(document.lent).draft(&slot)
            });
            update.await?;
        }
        deleted => deleted?,
    }

    if let Some((name, nonce)) = named_by {
        names::release(store, scope, &name, &nonce).await;
    }
    Ok(())
}

impl Answer {
    fn new(credential: &Credential, version: Version) -> Result<Self> {
        let credential = serde_json::value::to_raw_value(credential)
            .map_err(|_| Error::internal("a credential cannot be written as JSON"))?;
        Ok(Self { credential, version })
    }
}
