//! Changes a credential. One request can change its content, its name, and whether it is its cloud's default.
//! See `docs/decisions/deletion.md` for the order of the writes.

use futures_util::future::{join, try_join};
use latchkey::store::{BackOff, Draft, Opened, Precondition, Stored, Version};
use latchkey::{Error, Result, Scope, Store};

use crate::access::StoredSecret;
use crate::defaults::{self, DEFAULTS};
use crate::input::Change;
use crate::record::Record;

impl Change {
    /// Changes the credential called `name`. A rejected request changes nothing.
    ///
    /// # Errors
    /// Those of [`Store::update`], [`Store::rename`] and [`Store::update_document`].
    pub async fn carry_out(
        &self,
        store: &Store,
        scope: &Scope,
        name: &str,
        precondition: &Precondition,
    ) -> Result<Version> {
        let new_name = self.name.as_deref().filter(|new_name| *new_name != name);
        match (self.provider_default, new_name) {
            (Some(is_default), _) => {
                self.with_default(store, scope, (name, new_name), precondition, is_default).await
            }
            (None, Some(new_name)) => {
                let renamed = store.rename(scope, name, new_name, precondition, |stored| self.draft(stored));
                renamed.await.map(|(version, ())| version)
            }
            (None, None) => {
                let updated = store.update(scope, name, precondition, |stored| self.draft(stored));
                updated.await.map(|(version, ())| version)
            }
        }
    }

    async fn with_default(
        &self,
        store: &Store,
        scope: &Scope,
        (name, new_name): (&str, Option<&str>),
        precondition: &Precondition,
        is_default: bool,
    ) -> Result<Version> {
        let mut back_off = BackOff::new();
        let own =
            try_join(store.open_credential(scope, name, &mut back_off), store.open_document(scope, DEFAULTS));
        let (own, is_free) = join(own, check_free(store, scope, new_name)).await;
        let (opened, document) = own?;
        // Everything that can be checked is checked before anything is written: a request that is rejected halfway has
        // to take its first writes back.
        precondition.check(&opened.stored.version)?;
        let record = Record::<StoredSecret>::parse(&opened.stored.value)?;
        let needs_mark = is_default && !record.was_default;
        let record = record.changed(self)?;
        // Only for its errors: a value that is too large must fail here.
        record.draft()?;
        // After the checks of the credential itself, whose errors come before a conflict about its new name.
        is_free?;
        let marked = if needs_mark {
            Some(mark(store, scope, name, precondition, opened.clone()).await?)
        } else {
            None
        };
        let of_cloud = (record.provider, record.uuid.as_str());
        let change = defaults::set(store, scope, document, of_cloud, is_default).await?;
        let draft = |stored: &Stored| self.draft(stored);
        // After a mark, `opened` is out of date: a write over the version that the mark has replaced would be rejected.
        let changed = match (new_name, marked) {
            (Some(to), marked) => {
                store.rename(scope, name, to, marked.as_ref().unwrap_or(precondition), draft).await
            }
            (None, Some(marked)) => store.update(scope, name, &marked, draft).await,
            (None, None) => store.update_opened(scope, name, precondition, opened, draft).await,
        };
        match changed {
            Ok((version, ())) => Ok(version),
            Err(error) => Err(defaults::undo(store, scope, change, error).await),
        }
    }

    fn draft(&self, stored: &Stored) -> Result<(Draft, ())> {
        Ok((Record::<StoredSecret>::parse(&stored.value)?.changed(self)?.draft()?, ()))
    }
}

/// Sets the credential's `was_default` before the defaults can name it: without it they have no effect on the
/// credential, and if this function died between the two writes, its cloud would have no default. Nothing changes
/// that clients see of the credential. Returns the precondition for the next write, in place of `precondition`.
async fn mark(
    store: &Store,
    scope: &Scope,
    name: &str,
    precondition: &Precondition,
    opened: Opened,
) -> Result<Precondition> {
    let marked = |stored: &Stored| {
        let record = Record::<StoredSecret>::parse(&stored.value)?;
        Ok((Record { was_default: true, ..record }.draft()?, ()))
    };
    let (version, ()) = store.update_opened(scope, name, precondition, opened, marked).await?;
    // The client's `If-Match` names the version before the mark. Checked again, it would reject the client's own
    // change.
    Ok(match precondition {
        Precondition::Versions(_) => Precondition::Versions(vec![version]),
        other => other.clone(),
    })
}

/// Fails if a credential has the name.
async fn check_free(store: &Store, scope: &Scope, name: Option<&str>) -> Result<()> {
    let Some(name) = name else { return Ok(()) };
    match store.read(scope, name).await {
        Ok(_) => Err(Error::AlreadyExists),
        Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
