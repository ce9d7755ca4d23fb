//! Creating a credential: one CreateSecret, unless the name is or was in use.
//!
//! A create with an Idempotency-Key leaves a trace of the key beside the credential, which says nothing of
//! the value: by it a repetition knows itself again, also after the credential was deleted.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::answers::Written;
use super::back_off::BackOff;
use super::base::{Opened, is_successor};
use super::calls::Store;
use super::description::Description;
use super::draft::Draft;
use super::failure::Failure;
use super::late;
use super::mark::Arrival;
use super::stored::Stored;
use super::tombstone::Tombstone;
use super::version::Version;
use crate::caller::Scope;
use crate::credential::hex;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::secret::Secret;

/// How often a create looks at what may pass before it believes it: a tombstone that another create has restored,
/// and is about to replace, or what a read shows that lags behind.
const LOOKS: usize = 5;

/// How far the clocks of AWS and of a function can be apart, in seconds.
const CLOCKS_APART: i64 = 2;

/// How many hexadecimal digits the trace of an Idempotency-Key has: enough to be unique, and few enough for
/// four of them to have room in a Description.
const TRACE: usize = 32;

/// What is to stand under a name that no credential has.
pub(super) struct Occupant<'a> {
    pub(super) value: &'a Secret,
    pub(super) description: Description,
    /// What was asked for, and the trace of its Idempotency-Key; none where nothing can be a repetition.
    pub(super) repeatable: Option<(&'a Draft, String)>,
}

/// What a create does after it has looked at the secret that has the name.
enum Next {
    Done(Written),
    LookAgain,
}

/// What a create finds under its name.
enum Found {
    /// No credential, and nobody who needs what is there. Which creates the name has seen.
    Nothing { seen: Vec<String> },
    /// A tombstone whose deletion may not have come to its end.
    Ending,
    /// A credential.
    Credential,
}

impl Store {
    /// Stores `draft` under a name that no credential has. A deleted one of that name is restored as a secret
    /// and gets the new value; its old value is not seen again.
    ///
    /// With the same `idempotency_key`, a repeated create is a success.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] or [`Error::BeingDeleted`];
    /// [`Error::IdempotencyKeyUsed`] where what the key made was deleted.
    pub async fn create(
        &self,
        scope: &Scope,
        credential: &str,
        draft: &Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let secret_name = self.secret_name(scope, credential);
        let trace = idempotency_key.map(|key| trace(scope, &secret_name, key));
        let mut description = Description::live(credential, Some(draft.public.clone()));
        description.created_as.extend(trace.clone());
        let repeatable = trace.map(|trace| (draft, trace));
        let occupant = Occupant { value: &draft.value, description, repeatable };
        Ok(self.occupy(scope, &secret_name, occupant).await?.version)
    }

    /// Creates a credential in a secret that was opened and holds none: for APIs that keep something else under
    /// a name as well. The name remembers `idempotency_key` as it does with [`Store::create`].
    ///
    /// # Errors
    /// As [`Store::update_once`]; [`Error::IdempotencyKeyUsed`] where what the key made was deleted.
    pub async fn create_over(
        &self,
        scope: &Scope,
        credential: &str,
        opened: &Opened,
        draft: Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let trace = idempotency_key.map(|key| trace(scope, &self.secret_name(scope, credential), key));
        if trace.as_ref().is_some_and(|trace| opened.base.created_as.contains(trace)) {
            return Err(Error::IdempotencyKeyUsed);
        }
        let mut description = Description::live(credential, Some(draft.public));
        description.created_as.extend(trace);
        let replaced = self.replace(&opened.base, &draft.value, description).await;
        replaced.map_err(|failure| opened.base.refusal(failure))
    }

    /// Writes a value and its Description under a name that no credential has.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub(super) fn occupy<'a>(
        &'a self,
        scope: &'a Scope,
        secret_name: &'a str,
        occupant: Occupant<'a>,
    ) -> BoxFuture<'a, Result<Written>> {
        Box::pin(async move {
            let token = Version::new(Uuid::new_v4().to_string());
            let mut look = Look::new(scope, secret_name, occupant);
            loop {
                let Occupant { value, description, .. } = &look.occupant;
                match self.create_secret(secret_name, &token, value, description.clone()).await {
                    Ok(written) => return Ok(written),
                    Err(Failure::Exists) => {}
                    Err(Failure::Unusable) => {
                        if !self.restore_deleted(&mut look).await? {
                            look.back_off.wait().await?;
                            continue;
                        }
                    }
                    Err(failure) => return Err(failure.into()),
                }
                if let Next::Done(written) = self.take_over(&mut look).await? {
                    return Ok(written);
                }
                // The name is taken, whatever a lagging read says.
                look.back_off.wait().await.map_err(|_| Error::AlreadyExists)?;
            }
        })
    }

    /// Restores a secret that is scheduled for deletion, if that brings no value back: its Description has to
    /// speak for its current version, and say that it is a tombstone. `false` where it is not scheduled any
    /// more, or what was read lags behind.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`] where its Description does not.
    async fn restore_deleted(&self, look: &mut Look<'_>) -> Result<bool> {
        let at = late::now();
        let secret = match self.describe_secret(look.secret_name).await {
            Err(Failure::NotFound) => return Ok(false),
            described => described?,
        };
        if !secret.is_scheduled {
            return Ok(false);
        }
        let tombstone = secret.speaking().filter(|description| description.is_of_tombstone());
        let seen = &tombstone.ok_or(Error::DeletedElsewhere)?.created_as;
        if look.occupant.has_been_seen(seen) {
            return Err(Error::IdempotencyKeyUsed);
        }
        match self.restore_secret(&secret.arn).await {
            Ok(()) => {
                look.restored = secret.current.map(|tombstone| Restored { tombstone, at });
                Ok(true)
            }
            Err(Failure::NotFound | Failure::Unusable) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Puts the occupant in the place of what has its name, if that is no credential.
    async fn take_over(&self, look: &mut Look<'_>) -> Result<Next> {
        let opened = match self.open(look.secret_name, look.refused.as_ref(), &mut look.back_off).await {
            // A read that lags, or a deletion that came in between.
            Err(Failure::NotFound | Failure::Unusable) => return Ok(Next::LookAgain),
            opened => opened?,
        };
        let mut description = look.occupant.description.clone();
        match self.vacate(look, &opened.stored).await? {
            Found::Nothing { seen } => description.created_as.extend(seen),
            Found::Ending => return Ok(Next::LookAgain),
            Found::Credential => return self.refuse_or_repeat(look, &opened).await,
        }
        match self.replace(&opened.base, look.occupant.value, description).await {
            Ok(version) => Ok(Next::Done(opened.base.written(version))),
            Err(Failure::Exists) => {
                look.refused = Some(opened.stored.version);
                Ok(Next::LookAgain)
            }
            Err(Failure::NotFound | Failure::Unusable) => Ok(Next::LookAgain),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Makes sure that nobody needs a tombstone or a marked value any more.
    ///
    /// # Errors
    /// [`Error::BeingDeleted`] where its function, or its last call, may still be under way;
    /// [`Error::AlreadyExists`] where a marked value counts; [`Error::DeletedElsewhere`] where that may be so,
    /// and cannot be told before the old secret is restored, or gone.
    async fn vacate(&self, look: &mut Look<'_>, stored: &Stored) -> Result<Found> {
        if let Some(Arrival { from, .. }) = Arrival::parse(&stored.value) {
            return match self.stop_rename(look.scope, &from, &mut look.back_off).await {
                Ok(true) => Ok(Found::Nothing { seen: vec![] }),
                Ok(false) => Err(Error::AlreadyExists),
                // So it looks as well where this read of the mark lags behind.
                Err(error @ Error::DeletedElsewhere) => look.again_or(error),
                Err(error) => Err(error),
            };
        }
        let Some(tombstone) = Tombstone::parse(&stored.value) else { return Ok(Found::Credential) };
        if look.occupant.has_been_seen(&tombstone.created_as) {
            return Err(Error::IdempotencyKeyUsed);
        }
        // What was scheduled has had its DeleteSecret; else that call may still come, and meet the new value.
        if look.restored.as_ref().is_none_or(|restored| restored.tombstone != stored.version)
            && let Some(wait) = tombstone.ends_in()
        {
            return look.again_or(Error::BeingDeleted { wait });
        }
        self.settle_tombstone(look.scope, &tombstone, &mut look.back_off).await?;
        Ok(Found::Nothing { seen: tombstone.created_as })
    }

    /// What becomes of a create that meets a credential.
    async fn refuse_or_repeat(&self, look: &mut Look<'_>, Opened { stored, base }: &Opened) -> Result<Next> {
        if let Some(restored) = &look.restored {
            // What was read is older than the tombstone.
            if is_successor(&base.arn, &stored.version, &restored.tombstone) {
                return Ok(Next::LookAgain);
            }
            if restored.has_brought_back(stored) {
                if !look.is_enough() {
                    return Ok(Next::LookAgain);
                }
                // Back to where it was.
                self.delete_secret(&base.arn).await?;
                return Err(Error::DeletedElsewhere);
            }
        }
        if let Some((draft, trace)) = &look.occupant.repeatable
            && base.created_as.contains(trace)
            && draft.repeats(&stored.value)
        {
            // This create came through before, and its answer was lost.
            return Ok(Next::Done(base.written(stored.version.clone())));
        }
        Err(Error::AlreadyExists)
    }
}

/// By what a name remembers a create with this key.
fn trace(scope: &Scope, secret_name: &str, key: &IdempotencyKey) -> String {
    let mut trace = hex(&key.derive(&[scope.key_id().as_bytes(), secret_name.as_bytes()]));
    trace.truncate(TRACE);
    trace
}

/// A create that looks at what has its name, again and again while that changes.
struct Look<'a> {
    scope: &'a Scope,
    secret_name: &'a str,
    occupant: Occupant<'a>,
    back_off: BackOff,
    /// The version over which a write was refused.
    refused: Option<Version>,
    restored: Option<Restored>,
    looks: usize,
}

/// A secret that a create has restored, for the tombstone that it found described there.
struct Restored {
    tombstone: Version,
    /// When Secrets Manager said that it was scheduled for deletion, in seconds since 1970.
    at: i64,
}

impl Restored {
    /// Whether this version was there before, and so scheduled for deletion: DescribeSecret lagged behind, or its
    /// Description said what is not so. Another create's would have come after.
    fn has_brought_back(&self, stored: &Stored) -> bool {
        self.tombstone == stored.version || stored.created < self.at - CLOCKS_APART
    }
}

impl<'a> Look<'a> {
    fn new(scope: &'a Scope, secret_name: &'a str, occupant: Occupant<'a>) -> Self {
        let back_off = BackOff::new();
        Self { scope, secret_name, occupant, back_off, refused: None, restored: None, looks: 0 }
    }

    /// Counts a look at what may pass: whether it has been seen often enough to be believed.
    fn is_enough(&mut self) -> bool {
        self.looks += 1;
        self.looks >= LOOKS
    }

    /// Looks again, unless it has done so often enough.
    fn again_or(&mut self, error: Error) -> Result<Found> {
        if self.is_enough() { Err(error) } else { Ok(Found::Ending) }
    }
}

impl Occupant<'_> {
    /// Whether what its Idempotency-Key made is among those that a name has seen.
    fn has_been_seen(&self, seen: &[String]) -> bool {
        self.repeatable.as_ref().is_some_and(|(_, trace)| seen.contains(trace))
    }
}
