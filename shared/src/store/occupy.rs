//! Putting a value under a name that no credential has: one CreateSecret, unless the name is or was in use.

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
use crate::error::{Error, Result};
use crate::secret::Secret;

/// How often a create looks at what may pass before it believes it: a tombstone that another create has restored,
/// and is about to replace, or what a read shows that lags behind.
const LOOKS: usize = 5;

/// How far the clocks of AWS and of a function can be apart, in seconds.
const CLOCKS_APART: i64 = 2;

/// What is to stand under a name that no credential has.
pub(super) struct Occupant<'a> {
    pub(super) value: &'a Secret,
    pub(super) description: Description,
    /// The trace of its Idempotency-Key.
    pub(super) trace: Option<String>,
    /// What was asked for; none where nothing can be a repetition.
    pub(super) repeatable: Option<&'a Draft>,
    /// The owner for whom the name is reserved, where the value is no credential yet.
    pub(super) reserved_for: Option<&'a str>,
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
    /// Writes a value and its Description under a name that no credential has.
    ///
    /// # Errors
    /// As [`Store::create`](super::create).
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
                match self.create_secret(secret_name, &token, value, description.clone(), None).await {
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
        let opened = match self.open(look.secret_name, look.rejected.as_ref(), &mut look.back_off).await {
            // A read that lags, or a deletion that came in between.
            Err(Failure::NotFound | Failure::Unusable) => return Ok(Next::LookAgain),
            opened => opened?,
        };
        let mut description = look.occupant.description.clone();
        match self.vacate(look, &opened.stored).await? {
            Found::Nothing { seen } => description.created_as.extend(seen),
            Found::Ending => return Ok(Next::LookAgain),
            Found::Credential => return self.reject_or_repeat(look, &opened).await,
        }
        match self.replace(&opened.base, look.occupant.value, description).await {
            Ok(version) => Ok(Next::Done(opened.base.written(version))),
            Err(Failure::Exists) => {
                look.rejected = Some(opened.stored.version);
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
            && !look.occupant.has_reserved(&tombstone)
            && let Some(wait) = tombstone.ends_in()
        {
            return look.again_or(Error::BeingDeleted { wait });
        }
        self.settle_tombstone(look.scope, &tombstone, &mut look.back_off).await?;
        Ok(Found::Nothing { seen: tombstone.created_as })
    }

    /// What becomes of a create that meets a credential.
    async fn reject_or_repeat(&self, look: &mut Look<'_>, Opened { stored, base }: &Opened) -> Result<Next> {
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
        let Occupant { trace, repeatable, .. } = &look.occupant;
        if let (Some(draft), Some(trace)) = (repeatable, trace)
            && base.created_as.contains(trace)
            && draft.repeats(&stored.value)
        {
            // This create came through before, and its answer was lost.
            return Ok(Next::Done(base.written(stored.version.clone())));
        }
        Err(Error::AlreadyExists)
    }
}

/// A create that looks at what has its name, again and again while that changes.
struct Look<'a> {
    scope: &'a Scope,
    secret_name: &'a str,
    occupant: Occupant<'a>,
    back_off: BackOff,
    /// The version over which a write was rejected.
    rejected: Option<Version>,
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
        Self { scope, secret_name, occupant, back_off, rejected: None, restored: None, looks: 0 }
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
        self.trace.as_ref().is_some_and(|trace| seen.contains(trace))
    }

    /// Whether a tombstone is what an earlier try has left to keep the name for this one.
    fn has_reserved(&self, tombstone: &Tombstone) -> bool {
        self.reserved_for.is_some() && self.reserved_for == tombstone.reserved_for.as_deref()
    }
}
