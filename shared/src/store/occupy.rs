//! Writes a value under a name that no credential has. This takes one CreateSecret, unless the name is or was in use.
//! See `docs/decisions/deletion.md`.

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

/// How often a create looks at something that may be temporary before it believes it: a tombstone that another create
/// has restored and is about to replace, or what a lagging read shows.
const LOOKS: usize = 5;

/// How far AWS's clock and a function's can be apart, in seconds.
const CLOCKS_APART: i64 = 2;

/// What to write under a name that no credential has.
pub(super) struct Occupant<'a> {
    pub(super) value: &'a Secret,
    pub(super) description: Description,
    /// The trace of its Idempotency-Key.
    pub(super) trace: Option<String>,
    /// The draft, to recognize a repeated create; `None` if this create cannot be one.
    pub(super) repeatable: Option<&'a Draft>,
    /// The owner for whom this value reserves the name, if the value is not a credential yet.
    pub(super) reserved_for: Option<&'a str>,
}

/// What a create does after it has looked at the secret that has the name.
enum Next {
    Done(Written),
    LookAgain,
}

/// What a create finds under its name.
enum Found {
    /// No credential, and nobody needs what is there. `seen` has the traces of earlier creates.
    Nothing { seen: Vec<String> },
    /// A deletion or a rename that may not have finished.
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
            // Random: the version is the ETag, and one derived from the value would let a viewer test guesses at it.
            // New for each create: with the token of an earlier one, CreateSecret returns success and writes nothing.
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
                // A conflict even if reads still show nothing: CreateSecret has said that the name is taken, and that
                // is proof.
                look.back_off.wait().await.map_err(|_| Error::AlreadyExists)?;
            }
        })
    }

    /// Restores a secret that is scheduled for deletion, if that brings no value back: its Description must speak for
    /// its current version and say that it is a tombstone. Returns `false` if the secret is no longer scheduled, or
    /// the read lags.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`] if its Description does not say so.
    async fn restore_deleted(&self, look: &mut Look<'_>) -> Result<bool> {
        // Before the read: what is older was deleted with the secret, and what another create writes is newer.
        let at = late::now();
        let secret = match self.describe_secret(look.secret_name).await {
            Err(Failure::NotFound) => return Ok(false),
            described => described?,
        };
        if !secret.is_scheduled {
            return Ok(false);
        }
        // The value cannot be read now, and restoring it could bring a deleted credential back.
        let tombstone = secret.current_description().filter(|description| description.is_of_tombstone());
        let seen = &tombstone.ok_or(Error::DeletedElsewhere)?.created_as;
        // Before the restoration, so that the secret of a rejected create stays scheduled.
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

    /// Replaces what has the name with the occupant, unless it is a credential.
    async fn take_over(&self, look: &mut Look<'_>) -> Result<Next> {
        let opened = match self.open(look.secret_name, look.rejected.as_ref(), &mut look.back_off).await {
            // The read lags, or somebody has deleted the secret in between.
            Err(Failure::NotFound | Failure::Unusable) => return Ok(Next::LookAgain),
            opened => opened?,
        };
        let mut description = look.occupant.description.clone();
        // Before the write, which removes the mark or the tombstone that others may need.
        match self.vacate(look, &opened.stored).await? {
            Found::Nothing { seen } => description.created_as.extend(seen),
            Found::Ending => return Ok(Next::LookAgain),
            Found::Credential => return self.reject_or_repeat(look, &opened).await,
        }
        // Only over the version that was looked at: of two creates that have come this far, one is rejected.
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

    /// Makes sure that nobody needs a tombstone or a marked value any longer.
    ///
    /// # Errors
    /// [`Error::BeingDeleted`] if its function, or that function's last call, may still be under way;
    /// [`Error::AlreadyExists`] if a marked value counts; [`Error::DeletedElsewhere`] if it may count, which nobody
    /// can tell until the old secret is restored or gone.
    async fn vacate(&self, look: &mut Look<'_>, stored: &Stored) -> Result<Found> {
        if let Some(Arrival { from, .. }) = Arrival::parse(&stored.value) {
            // A read is no proof that the mark does not count: its rename may be about to write the tombstone.
            return match self.stop_rename(look.scope, &from, &mut look.back_off).await {
                Ok(true) => Ok(Found::Nothing { seen: vec![] }),
                Ok(false) => Err(Error::AlreadyExists),
                // It looks the same if this read of the mark lags.
                Err(error @ Error::DeletedElsewhere) => look.again_or(error),
                Err(error) => Err(error),
            };
        }
        let Some(tombstone) = Tombstone::parse(&stored.value) else { return Ok(Found::Credential) };
        // Also in the value: somebody may have overwritten the Description.
        if look.occupant.has_been_seen(&tombstone.created_as) {
            return Err(Error::IdempotencyKeyUsed);
        }
        // A secret that was scheduled has had its DeleteSecret. Otherwise that call may still come, and delete the new
        // value. Nobody sends one after a reservation.
        if look.restored.as_ref().is_none_or(|restored| restored.tombstone != stored.version)
            && !look.occupant.has_reserved(&tombstone)
            && let Some(wait) = tombstone.ends_in()
        {
            return look.again_or(Error::BeingDeleted { wait });
        }
        // The credential that was renamed from here may still need this tombstone.
        self.settle_tombstone(look.scope, &tombstone, &mut look.back_off).await?;
        Ok(Found::Nothing { seen: tombstone.created_as })
    }

    /// What a create does when it meets a credential.
    async fn reject_or_repeat(&self, look: &mut Look<'_>, Opened { stored, base }: &Opened) -> Result<Next> {
        if let Some(restored) = &look.restored {
            // The read lags: the tombstone has replaced this version.
            if is_successor(&base.arn, &stored.version, &restored.tombstone) {
                return Ok(Next::LookAgain);
            }
            if restored.has_brought_back(stored) {
                // A lagging read looks the same.
                if !look.is_enough() {
                    return Ok(Next::LookAgain);
                }
                // Schedules it again: it was deleted, and this create has brought it back.
                self.delete_secret(&base.arn).await?;
                return Err(Error::DeletedElsewhere);
            }
        }
        let Occupant { trace, repeatable, .. } = &look.occupant;
        if let (Some(draft), Some(trace)) = (repeatable, trace)
            && base.created_as.contains(trace)
            && draft.repeats(&stored.value)
        {
            // This very create came through before, and its response was lost.
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

/// A secret that a create has restored because its Description spoke of a tombstone.
struct Restored {
    tombstone: Version,
    /// When AWS said that the secret was scheduled for deletion, in seconds since 1970.
    at: i64,
}

impl Restored {
    /// Whether this version was scheduled for deletion with its secret: DescribeSecret lagged, or the Description was
    /// wrong. A version that another create wrote would be newer.
    fn has_brought_back(&self, stored: &Stored) -> bool {
        self.tombstone == stored.version || stored.created < self.at - CLOCKS_APART
    }
}

impl<'a> Look<'a> {
    fn new(scope: &'a Scope, secret_name: &'a str, occupant: Occupant<'a>) -> Self {
        let back_off = BackOff::new();
        Self { scope, secret_name, occupant, back_off, rejected: None, restored: None, looks: 0 }
    }

    /// Counts a look at something that may be temporary. Returns whether it was seen often enough to be believed.
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
    /// Whether the trace of its Idempotency-Key is in `seen`.
    fn has_been_seen(&self, seen: &[String]) -> bool {
        self.trace.as_ref().is_some_and(|trace| seen.contains(trace))
    }

    /// Whether an earlier attempt of the same owner left this tombstone to reserve the name.
    fn has_reserved(&self, tombstone: &Tombstone) -> bool {
        self.reserved_for.is_some() && self.reserved_for == tombstone.reserved_for.as_deref()
    }
}
