//! Removing a credential, if it is the owner's.

use super::context::{Context, Looks};
use super::properties::{OnDelete, on_delete};
use super::resource::Resource;
use super::tree::Tree;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::{Error, Result};
use crate::ownership::Origin;
use crate::store::Precondition;

/// Removes the credential with the id `given`, or the one that the properties name where that is none of a
/// credential: a create that was cut off has not said which it is. Answers the credential's id, where it has one.
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
        context.abandon::<R>(tree).await?;
        return Ok(None);
    };
    let id = scope.namespace().credential_id(&credential);
    // Of an id that is too long to be read, the properties tell what it stands for; or other ones do not.
    let own_id = given.filter(|id| id.strip_prefix(R::API).is_some_and(|rest| rest.starts_with('/')));
    if own_id.is_some_and(|own_id| own_id != id) {
        return Err(Error::invalid("PhysicalResourceId", "is not that of the credential in the properties"));
    }
    remove_credential::<R>(context, &scope, &credential, on_delete(tree).ok().flatten()).await?;
    Ok(Some(id))
}

/// Removes what an update has left behind that nobody else knows of: the credential that the properties of before
/// name, if that is neither the one `made` nor the one `given`, whose removal the stack will ask for itself.
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
    // Of a stack: an update to these has failed, in silence, and is being rolled back.
    let on_delete = if given.is_some() { None } else { on_delete(before).ok().flatten() };
    remove_credential::<R>(context, &scope, &credential, on_delete).await
}

/// Deletes a credential, if it is the owner's, and not one to be kept.
async fn remove_credential<R: Resource>(
    context: &Context<'_>,
    scope: &Scope,
    credential: &str,
    on_delete: Option<OnDelete>,
) -> Result<()> {
    let (mut looks, mut throttled) = (Looks::new(), Looks::while_throttled());
    loop {
        let found = context.found::<R>(scope, credential).await;
        let removed = match found.map(|found| found.filter(|found| context.owns(found))) {
            Err(error) => Err(error),
            Ok(None) => Err(Error::NotFound),
            Ok(Some(found)) => {
                let ownership = found.place.ownership;
                let is_created = ownership.is_some_and(|ownership| ownership.origin == Origin::Created);
                let usual = if is_created { OnDelete::Delete } else { OnDelete::Retain };
                if on_delete.unwrap_or(usual) == OnDelete::Retain {
                    return Ok(());
                }
                let precondition = Precondition::Versions(vec![found.stored.version]);
                R::delete(context.store, scope, credential, &precondition).await
            }
        };
        match removed {
            Err(Error::Throttled) if throttled.again().await => {}
            // Perhaps a read that lags behind; or somebody has changed it meanwhile, perhaps also whose it is.
            Err(Error::NotFound | Error::PreconditionFailed) if looks.again().await => {}
            Err(Error::NotFound) => {
                return context.store.abandon(scope, R::stored_as(credential), context.ownership).await;
            }
            removed => return removed,
        }
    }
}
