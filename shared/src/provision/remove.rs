//! Removes a credential, if it is the owner's.
//!
//! See docs/decisions/provisioning.md.

use super::context::{Context, Found, Looks};
use super::properties::{OnDelete, on_delete};
use super::resource::Resource;
use super::tree::Tree;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::{Error, Result};
use crate::ownership::Origin;
use crate::store::Precondition;

/// Removes the credential with the id `given`. If that is not a credential's id, removes the one that the properties
/// name: a create that was cut off has not said which credential it made. Returns the credential's id, if there is one.
pub(super) async fn remove<R: Resource>(
    context: &Context<'_>,
    given: Option<&str>,
    tree: &Tree,
) -> Result<Option<String>> {
    let read = given.and_then(|id| Namespace::parse_credential_id(R::API, R::NAMESPACE.len(), id));
    let named = match read {
        Some((namespace, credential)) => {
            Scope::of_owner(namespace, context.ownership.clone()).ok().map(|scope| (scope, credential))
        }
        None => context.named::<R>(tree, context.ownership).await?,
    };
    let Some((scope, credential)) = named else {
        // A create that died may have reserved the name, and nobody else would give it up.
        context.abandon::<R>(tree).await?;
        return Ok(None);
    };
    R::note(&credential);
    let id = scope.namespace().credential_id(&credential);
    // An id that is too long contains a hash and cannot be read. The properties must name the credential that it means.
    let own_id = given.filter(|id| id.strip_prefix(R::API).is_some_and(|rest| rest.starts_with('/')));
    if own_id.is_some_and(|own_id| own_id != id) {
        return Err(Error::invalid("PhysicalResourceId", "is not that of the credential in the properties"));
    }
    // An `OnDelete` that is invalid is ignored: otherwise the stack could never remove the resource.
    remove_credential::<R>(context, &scope, &credential, on_delete(tree).ok().flatten()).await?;
    Ok(Some(id))
}

/// Removes what an update left behind and nobody else knows about: the credential that the properties before name,
/// unless it is the one `made` or the one `given`, whose removal the stack will ask for itself.
pub(super) async fn tidy<R: Resource>(
    context: &Context<'_>,
    made: Option<&str>,
    given: Option<&str>,
    before: &Tree,
) -> Result<()> {
    let Some((scope, credential)) = context.named::<R>(before, context.before()).await? else {
        return Ok(());
    };
    let id = scope.namespace().credential_id(&credential);
    if made == Some(&id) || given == Some(&id) {
        return Ok(());
    }
    // `given` means a stack: an update to these properties failed without an answer and is being rolled back. So what
    // it created goes and what it adopted stays, whatever `OnDelete` says.
    let on_delete = if given.is_some() { None } else { on_delete(before).ok().flatten() };
    remove_credential::<R>(context, &scope, &credential, on_delete).await
}

/// Deletes a credential, if it is the owner's and not to be retained.
async fn remove_credential<R: Resource>(
    context: &Context<'_>,
    scope: &Scope,
    credential: &str,
    on_delete: Option<OnDelete>,
) -> Result<()> {
    // A credential that was the owner's at one look stays so for the others: what is written meanwhile is not a new
    // one.
    let (mut looks, mut was_own) = (Looks::new(), false);
    loop {
        let found = context.found::<R>(scope, credential).await;
        let is_own = |found: &Found| context.owns(found) || was_own && found.is_tagged_for(context.ownership);
        let removed = match found.map(|found| found.filter(is_own)) {
            Err(error) => Err(error),
            Ok(None) => Err(Error::NotFound),
            Ok(Some(found)) => {
                was_own = true;
                let origin = found.place.ownership.as_ref().map(|ownership| ownership.origin);
                let usual = if origin == Some(Origin::Adopted) { OnDelete::Retain } else { OnDelete::Delete };
                if on_delete.unwrap_or(usual) == OnDelete::Retain {
                    return Ok(());
                }
                delete::<R>(context, scope, credential, found).await
            }
        };
        match removed {
            // Perhaps a read lagged, or somebody has changed the credential meanwhile, or its owner.
            Err(Error::NotFound | Error::PreconditionFailed) if looks.again().await => {}
            Err(Error::NotFound) => {
                return context.store.abandon(scope, R::stored_as(credential), context.ownership).await;
            }
            removed => return removed,
        }
    }
}

/// Deletes it after its tags say so. The tags outlive it, and whoever makes another one under its name does not know
/// about them.
async fn delete<R: Resource>(
    context: &Context<'_>,
    scope: &Scope,
    credential: &str,
    Found { stored, place }: Found,
) -> Result<()> {
    let removed = context.ownership.clone().with_origin(Origin::Removed).at(stored.version.as_str());
    // If the function dies after this, the credential is still the owner's at this version, and the next event goes on.
    context.store.set_ownership(&place, &removed).await?;
    let precondition = Precondition::Versions(vec![stored.version]);
    R::delete(context.store, scope, credential, &precondition).await
}
