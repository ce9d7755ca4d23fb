//! Changing a credential, which can be three things at once: its content, its name, and its cloud's
//! default.

use latchkey::request::Precondition;
use latchkey::store::{Stored, Version};
use latchkey::{Error, Result, Scope, Store};

use crate::access::Kept;
use crate::defaults::DEFAULTS;
use crate::input::Change;
use crate::record::Record;

impl Change {
    /// Changes the credential called `name`. The default comes last: what is refused changes nothing.
    ///
    /// # Errors
    /// As [`Store::update`], [`Store::rename`] and [`Store::update_document`].
    pub async fn carry_out(
        &self,
        store: &Store,
        scope: &Scope,
        name: &str,
        precondition: &Precondition,
    ) -> Result<Version> {
        let new_name = self.name.as_deref().filter(|new_name| *new_name != name);
        let mut changed = None;
        let change = |stored: &Stored| {
            let record = Record::<Kept>::parse(&stored.value)?.changed(self)?;
            changed.insert(record).draft(new_name.unwrap_or(name))
        };
        let Some(is_default) = self.provider_default else {
            return match new_name {
                Some(new_name) => store.rename(scope, name, new_name, precondition, change).await,
                None => store.update(scope, name, precondition, change).await,
            };
        };
        let (version, defaults) = if let Some(new_name) = new_name {
            let version = store.rename(scope, name, new_name, precondition, change).await?;
            (version, store.document(scope, DEFAULTS).await?)
        } else {
            let (stored, defaults) = store.read_with_document(scope, name, DEFAULTS).await?;
            (store.update_read(scope, name, precondition, stored, change).await?, defaults)
        };
        let record = changed.ok_or_else(|| Error::internal("a change was written without being made"))?;
        record.set_default(store, scope, defaults, is_default).await?;
        Ok(version)
    }
}
