//! How a name stays with one credential, also while many requests want it. `docs/decisions/losant-names.md`
//! says why it is done this way.
//!
//! Every name has one slot, and whoever takes the name writes that slot's secret: a credential by being
//! created in it, and one that stands elsewhere by a [`Claim`] in it. All writes are compare-and-set, so
//! of two that take a name one fails. A claim counts for as long as its credential has the name; before
//! that, for as long as the request which made it may still be at work.

use latchkey::request::Precondition;
use latchkey::store::{Contention, DELETION_GRACE, Draft, Store, Stored, Version};
use latchkey::{Error, Result, Scope};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::document::Document;
use crate::id::{CredentialId, Seed, Slot, hex};

/// Says in a name's slot that a credential which stands elsewhere has the name, or is about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The credential.
    id: CredentialId,
    /// Another one for each claim.
    nonce: String,
    /// When it was made, in seconds since 1970.
    at: i64,
}

/// How a credential comes by another name.
#[derive(Clone, Debug)]
pub(crate) enum Hold {
    /// By a claim in the name's slot.
    Claim(String),
    /// It stands in the name's slot itself, where nobody else's claim counts except one made after this.
    Home(Option<Claim>),
}

/// What came of a create.
pub(crate) enum Created {
    /// The credential was created, at this version.
    Now(Version),
    /// It was created by the same request before; as it is stored.
    Before(Stored),
}

/// How a name stands.
enum Standing {
    /// Its slot is empty.
    Empty,
    /// No credential has it, though its slot is in use.
    Free(Stored),
    /// This credential has it; as it is stored.
    Taken(Stored),
    /// Somebody is just taking it.
    Contested,
}

impl Claim {
    fn new(id: &CredentialId) -> Result<Self> {
        let nonce = hex(&random()?, 32);
        Ok(Self { id: id.clone(), nonce, at: OffsetDateTime::now_utc().unix_timestamp() })
    }

    /// Whether the request that made it may still be at work.
    fn is_fresh(&self) -> bool {
        let age = OffsetDateTime::now_utc().unix_timestamp().saturating_sub(self.at);
        u64::try_from(age).map_or(true, |age| age < DELETION_GRACE.as_secs())
    }

    /// A document that holds nothing else.
    fn draft(self, slot: &Slot) -> Result<Draft> {
        Document::without_credential(Some(self)).draft(slot)
    }
}

/// Random bytes.
pub(crate) fn random() -> Result<Seed> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| Error::internal("there is no randomness"))?;
    Ok(seed)
}

/// Creates a credential called `name`, as `draft` makes it for an id and the claim by which it has its
/// name. One call, where the name was never used before.
///
/// Where `may_repeat`, a credential that was made of the same seed is this one, created before.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential has the name.
pub(crate) async fn create(
    store: &Store,
    scope: &Scope,
    name: &str,
    (seed, may_repeat): (&Seed, bool),
    mut draft: impl FnMut(CredentialId, Option<String>) -> Result<Draft>,
) -> Result<Created> {
    let slot = Slot::of(name);
    let (id, elsewhere) = (slot.id(seed), CredentialId::elsewhere(seed));
    let mut look = Look::new(store, scope, &slot, name);
    let mut standing = Standing::Empty;
    loop {
        if let (true, Standing::Taken(stored) | Standing::Free(stored)) = (may_repeat, &standing) {
            let head = Document::of(stored)?.head()?;
            if head.is_some_and(|head| head.id == id || head.id == elsewhere) {
                return Ok(Created::Before(stored.clone()));
            }
        }
        let created = match standing {
            Standing::Taken(_) => return Err(Error::AlreadyExists),
            Standing::Contested => Err(Error::AlreadyExists),
            Standing::Empty => store.create(scope, slot.as_str(), &draft(id.clone(), None)?, None).await,
            Standing::Free(stored) if Document::of(&stored)?.credential.is_none() => {
                store.update_once(scope, slot.as_str(), &stored, draft(id.clone(), None)?).await
            }
            Standing::Free(stored) => match claim(store, scope, &slot, Some(&stored), &elsewhere).await {
                Ok(nonce) => {
                    let draft = draft(elsewhere.clone(), Some(nonce))?;
                    let created = store.create(scope, elsewhere.slot().as_str(), &draft, None).await;
                    return created.map(Created::Now);
                }
                Err(error) => Err(error),
            },
        };
        match created {
            Err(Error::AlreadyExists | Error::NotFound) => standing = look.again().await?,
            created => return created.map(Created::Now),
        }
    }
}

/// Takes `name` for the credential `id`, which has another one; its next write must then give it the
/// name, within the time of this request. `None` where it has the name by now.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential has the name.
pub(crate) async fn take(
    store: &Store,
    scope: &Scope,
    name: &str,
    id: &CredentialId,
) -> Result<Option<Hold>> {
    let slot = Slot::of(name);
    let stands_there = slot == id.slot();
    let mut look = Look::new(store, scope, &slot, name);
    let mut standing = if stands_there { look.again().await? } else { Standing::Empty };
    loop {
        let claimed = match standing {
            Standing::Taken(holder) => {
                return Document::of(&holder)?.head_of(id).map(|_| None).map_err(|_| Error::AlreadyExists);
            }
            Standing::Empty if stands_there => return Err(Error::NotFound),
            Standing::Free(stored) if stands_there => {
                return Ok(Some(Hold::Home(Document::of(&stored)?.lent)));
            }
            Standing::Contested => Err(Error::AlreadyExists),
            Standing::Empty => claim(store, scope, &slot, None, id).await,
            Standing::Free(stored) => claim(store, scope, &slot, Some(&stored), id).await,
        };
        match claimed {
            Err(Error::AlreadyExists | Error::NotFound) => standing = look.again().await?,
            claimed => return claimed.map(Hold::Claim).map(Some),
        }
    }
}

/// Removes the claim by which a credential had a name that it has no more. Only tidies up: a claim that
/// stays behind keeps the name from nobody.
pub(crate) async fn release(store: &Store, scope: &Scope, name: &str, nonce: &str) {
    if let Err(error) = try_to_release(store, scope, name, nonce).await {
        let cause = error.cause().map(latchkey::error::Cause::as_str);
        tracing::warn!(
            outcome = error.outcome(),
            cause,
            "the claim to a name that is not used could not be removed"
        );
    }
}

async fn try_to_release(store: &Store, scope: &Scope, name: &str, nonce: &str) -> Result<()> {
    let slot = Slot::of(name);
    let stored = store.read(scope, slot.as_str()).await?;
    let document = Document::of(&stored)?;
    if document.lent.as_ref().is_none_or(|claim| claim.nonce != nonce) {
        return Ok(());
    }
    if document.credential.is_some() {
        let draft = document.lending(None).draft(&slot)?;
        return store.update_once(scope, slot.as_str(), &stored, draft).await.map(drop);
    }
    store.delete(scope, slot.as_str(), &Precondition::Versions(vec![stored.version])).await
}

async fn claim(
    store: &Store,
    scope: &Scope,
    slot: &Slot,
    stored: Option<&Stored>,
    id: &CredentialId,
) -> Result<String> {
    let claim = Claim::new(id)?;
    let nonce = claim.nonce.clone();
    match stored {
        None => store.create(scope, slot.as_str(), &claim.draft(slot)?, None).await?,
        Some(stored) => {
            let draft = Document::of(stored)?.lending(Some(claim)).draft(slot)?;
            store.update_once(scope, slot.as_str(), stored, draft).await?
        }
    };
    Ok(nonce)
}

/// Looks how a name stands; from the second time on after a while, as others are at work on it.
struct Look<'a> {
    store: &'a Store,
    scope: &'a Scope,
    slot: &'a Slot,
    name: &'a str,
    contention: Option<Contention>,
}

impl<'a> Look<'a> {
    fn new(store: &'a Store, scope: &'a Scope, slot: &'a Slot, name: &'a str) -> Self {
        Self { store, scope, slot, name, contention: None }
    }

    async fn again(&mut self) -> Result<Standing> {
        match &mut self.contention {
            Some(contention) => contention.wait().await?,
            none => *none = Some(Contention::new()),
        }
        let Some(stored) = self.read(self.slot).await? else { return Ok(Standing::Empty) };
        let document = Document::of(&stored)?;
        if document.head()?.is_some_and(|head| head.name == self.name) {
            return Ok(Standing::Taken(stored));
        }
        let Some(claim) = document.lent else { return Ok(Standing::Free(stored)) };
        if let Some(holder) = self.read(&claim.id.slot()).await? {
            let head = Document::of(&holder)?.head()?;
            if head.is_some_and(|head| head.id == claim.id && head.name == self.name) {
                return Ok(Standing::Taken(holder));
            }
        }
        Ok(if claim.is_fresh() { Standing::Contested } else { Standing::Free(stored) })
    }

    async fn read(&self, slot: &Slot) -> Result<Option<Stored>> {
        match self.store.read(self.scope, slot.as_str()).await {
            Ok(stored) => Ok(Some(stored)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
