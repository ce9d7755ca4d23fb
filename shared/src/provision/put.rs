//! Makes a credential what the properties say, whatever it was before, and gives it to its owner.
//!
//! See docs/decisions/provisioning.md.

use std::sync::OnceLock;

use super::context::{Context, Found, Looks};
use super::properties::{OnConflict, Properties};
use super::resource::{Made, Provisioned, Resource};
use super::sources::Sources;
use super::spec::Spec;
use super::tree::Tree;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::{Error, Fault, Result};
use crate::ownership::{Origin, Ownership};
use crate::secret::Secret;
use crate::store::Place;

/// What is asked for.
struct Wanted {
    properties: Properties,
    spec: Spec,
    /// The values of the references, once they are needed.
    values: OnceLock<Vec<(String, Secret)>>,
    /// The ownership that the credential is to have, with what its value is generated for.
    own: Ownership,
    scope: Scope,
    /// The credential that is updated, if it is in this namespace.
    given: Option<String>,
}

/// Makes the credential what the properties in `tree` say. `given` is the id that it has already. `id` is set as soon
/// as the credential's id is known, even if this fails.
pub(super) async fn put<R: Resource>(
    context: &Context<'_>,
    tree: &Tree,
    given: Option<&str>,
    id: &mut Option<String>,
) -> Result<Provisioned> {
    let wanted = wanted::<R>(context, tree, given)?;
    let mut looks = Looks::new();
    loop {
        match try_to_put::<R>(context, &wanted, id).await {
            // Perhaps it is the owner's own, or somebody wrote in between, or a read lagged.
            Err(error @ (Error::AlreadyExists | Error::NotFound | Error::PreconditionFailed)) => {
                if !looks.again().await {
                    return Err(error);
                }
            }
            done => return done,
        }
    }
}

/// Checks everything that is asked for.
fn wanted<R: Resource>(context: &Context<'_>, tree: &Tree, given: Option<&str>) -> Result<Wanted> {
    let properties = Properties::parse(tree, R::NAMESPACE, R::ID)?;
    let spec = Spec::new(&properties, &R::fields())?;
    let made_for = spec.made(&properties.revision).map(|(_, made_for)| made_for);
    let own = context.ownership.clone().with_applied(properties.fingerprint()?, made_for);
    let scope = Scope::of_owner(R::namespace(&properties.levels)?, own.clone())?;
    let given = given.and_then(|id| Namespace::parse_credential_id(R::API, R::NAMESPACE.len(), id));
    let given =
        given.filter(|(namespace, _)| namespace == scope.namespace()).map(|(_, credential)| credential);
    Ok(Wanted { properties, spec, values: OnceLock::new(), own, scope, given })
}

/// One attempt, from the state that it finds.
///
/// # Errors
/// [`Error::AlreadyExists`] if there is one that is not the owner's; [`Error::PreconditionFailed`] or
/// [`Error::NotFound`] if it has changed meanwhile.
async fn try_to_put<R: Resource>(
    context: &Context<'_>,
    wanted: &Wanted,
    id: &mut Option<String>,
) -> Result<Provisioned> {
    let Wanted { properties, scope, own, given, .. } = wanted;
    let credential = R::find(context.store, scope, given.as_deref(), properties).await?;
    // Set before the writes: CloudFormation removes a create that failed by the id in its answer.
    *id = credential.as_deref().map(|credential| scope.namespace().credential_id(credential));
    let found = match &credential {
        Some(credential) => {
            R::note(credential);
            context.found::<R>(scope, credential).await?
        }
        None => None,
    };
    let is_own = found.as_ref().is_some_and(|found| context.owns(found));
    if found.is_some() && !is_own && properties.on_conflict == OnConflict::Fail {
        return Err(Error::AlreadyExists);
    }
    if let (Some(found), Some(credential)) = (&found, &credential)
        && found.is_of(own)
        && found.was_made_by(own)
        && R::is_settled(context.store, scope, &found.stored, properties).await?
    {
        // Neither the properties nor the credential has changed, so the sources are not read and need not exist any
        // more. Otherwise the rollback of an update that failed because of its sources would fail in the same way.
        let (version, public_key) = (found.stored.version.clone(), R::public_key(&found.stored.value));
        return Ok(provisioned(
            Made { credential: credential.clone(), version, public_key },
            found.place.clone(),
        ));
    }
    // A generated value stays only in the owner's credential: anybody else's was not generated for this resource.
    let body = wanted.body::<R>(context, found.as_ref().filter(|_| is_own)).await?;
    let input = R::parse(&body).map_err(|error| wanted.placed::<R>(error))?;
    let (made, place) = if let (Some(found), Some(credential)) = (found, &credential) {
        let updated = update::<R>(context, scope, credential, found, input).await;
        updated.map_err(|error| wanted.placed::<R>(error))?
    } else {
        let made = R::create(context.store, scope, credential.as_deref(), input, context.key).await;
        let made = made.map_err(|error| wanted.placed::<R>(error))?;
        let place = context.store.place_of(scope, R::stored_as(&made.credential)).await?;
        (made, place)
    };
    *id = Some(scope.namespace().credential_id(&made.credential));
    R::note(&made.credential);
    Ok(provisioned(made, place))
}

fn provisioned(made: Made, place: Place) -> Provisioned {
    let Made { credential, version, public_key } = made;
    let Place { arn: secret_arn, name: secret_name, .. } = place;
    Provisioned { id: credential, version: version.as_str().to_owned(), secret_arn, secret_name, public_key }
}

/// Makes an existing credential what `input` says, and then the owner's if it is not yet. In the other order, a
/// credential that cannot be changed would get another owner all the same.
async fn update<R: Resource>(
    context: &Context<'_>,
    scope: &Scope,
    credential: &str,
    found: Found,
    input: R::Input,
) -> Result<(Made, Place)> {
    let is_own = context.owns(&found);
    let Found { stored, place } = found;
    // An adopted credential always gets a new version. Otherwise the former owner, to whom a lagging read still shows
    // its own tags, could change or delete it.
    let made = R::update(context.store, scope, credential, stored, input, !is_own).await?;
    let before = place.ownership.as_ref();
    let Some(own) = scope.ownership() else { return Ok((made, place)) };
    let origin = match before.filter(|_| is_own).map(|before| before.origin) {
        // Its removal was not completed.
        Some(Origin::Created | Origin::Removed) => Origin::Created,
        Some(Origin::Adopted) | None => Origin::Adopted,
    };
    let own = own.clone().with_origin(origin).at(made.version.as_str());
    // If the function dies before this, it has adopted nothing yet, and the repeated event does so again.
    if before != Some(&own) {
        context.store.set_ownership(&place, &own).await?;
    }
    Ok((made, place))
}

impl Wanted {
    /// The body of a create that makes what is wanted. A generated value in the owner's credential stays if it was
    /// generated for the same as now.
    async fn body<R: Resource>(&self, context: &Context<'_>, own: Option<&Found>) -> Result<Secret> {
        let made_for_same = |found: &&Found| {
            let made_for = found.place.ownership.as_ref().and_then(|before| before.generated.as_ref());
            made_for == self.own.generated.as_ref()
        };
        let existing = match (self.spec.made(&self.properties.revision), own.filter(made_for_same)) {
            (Some((path, _)), Some(found)) => R::secret_at(&found.stored.value, path, &self.properties),
            _ => None,
        };
        // Read once, so that all attempts write the same values.
        let values = if let Some(values) = self.values.get() {
            values
        } else {
            let values = self.spec.resolve(&Sources(context.store)).await?;
            self.values.get_or_init(|| values)
        };
        self.spec.body(R::address(&self.properties), values, existing)
    }

    /// An error of the API's own checks, with the places of its fields in the template.
    fn placed<R: Resource>(&self, error: Error) -> Error {
        let (address, fields) = (R::address(&self.properties), R::fields());
        let is_name =
            |path: &str| address.iter().any(|(at, text)| *at == path && *text == self.properties.name);
        let is_under_secrets = |path: &str| {
            self.properties.secrets.iter().any(|(at, _)| at == path)
                || fields.iter().any(|field| field.path == path && field.kind.is_secret())
        };
        let placed = |Fault { field, message }: Fault| {
            let place = match field.as_str() {
                "" => "Spec".to_owned(),
                path if is_name(path) => "Name".to_owned(),
                path if is_under_secrets(path) => format!("Secrets.{path}"),
                path if path.starts_with("Spec.") => field,
                path => format!("Spec.{path}"),
            };
            Fault::new(place, message)
        };
        match error {
            Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(placed).collect()),
            Error::Malformed(fault) => Error::Malformed(placed(fault)),
            other => other,
        }
    }
}
