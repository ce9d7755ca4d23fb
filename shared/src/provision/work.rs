//! Does what an event asks for, from whatever state it finds.
//!
//! See docs/decisions/provisioning.md.

use super::context::{Context, Looks};
use super::event::{Action, Event};
use super::put::put;
use super::remove::{remove, tidy};
use super::reply::Outcome;
use super::resource::{Provisioned, Resource};
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::store::Store;

/// Does what `event` asks for.
pub async fn carry_out<R: Resource>(store: &Store, event: &Event) -> Outcome {
    let mut id = None;
    let result = match &event.ownership {
        Err(error) => Err(error.clone()),
        Ok(ownership) => {
            let (former, key) = (event.former.as_ref(), event.key.as_ref());
            let context = Context { store, ownership, former, key };
            let mut throttled = Looks::while_throttled();
            loop {
                match act::<R>(&context, event, &mut id).await {
                    Err(Error::Throttled) if throttled.again().await => {}
                    result => break result,
                }
            }
        }
    };
    // After a failure or a removal the resource keeps its id: another one would tell CloudFormation that it was
    // replaced.
    let is_made = matches!(result, Ok(Some(_)));
    let id = if is_made { id.or_else(|| given(event)) } else { given(event).or(id) };
    Outcome { physical_resource_id: id.unwrap_or_else(unknown::<R>), result }
}

impl Outcome {
    /// The outcome of an event that could not be carried out completely.
    pub fn of_error<R: Resource>(event: &Event, error: Error) -> Self {
        Self { physical_resource_id: given(event).unwrap_or_else(unknown::<R>), result: Err(error) }
    }
}

/// The id that a stack knows already.
fn given(event: &Event) -> Option<String> {
    event.pending.as_ref().and_then(|pending| pending.physical_resource_id.clone())
}

/// The id if nobody knows which credential is meant: one that no credential has.
fn unknown<R: Resource>() -> String {
    format!("{}:unknown", R::API)
}

/// Carries out the event. `id` is set as soon as the credential's id is known, even if this fails.
async fn act<R: Resource>(
    context: &Context<'_>,
    event: &Event,
    id: &mut Option<String>,
) -> Result<Option<Provisioned>> {
    match &event.action {
        Action::Create => put::<R>(context, &event.properties, None, id).await.map(Some),
        Action::Update { given, before } => {
            let former = former::<R>(context, given.as_deref(), before).await?;
            let made = put::<R>(context, &event.properties, former.as_deref(), id).await?;
            // Not before `put`: if that fails, the credential from before must stay.
            tidy::<R>(context, id.as_deref(), given.as_deref(), before).await?;
            Ok(Some(made))
        }
        Action::Delete { given } => {
            *id = remove::<R>(context, given.as_deref(), &event.properties).await?;
            Ok(None)
        }
    }
}

/// The id of the credential to update: the one `given`, or else the one that the properties before name.
async fn former<R: Resource>(
    context: &Context<'_>,
    given: Option<&str>,
    before: &Tree,
) -> Result<Option<String>> {
    if given.is_some() {
        return Ok(given.map(str::to_owned));
    }
    let named = context.named::<R>(before, context.before()).await?;
    Ok(named.map(|(scope, credential)| scope.namespace().credential_id(&credential)))
}
