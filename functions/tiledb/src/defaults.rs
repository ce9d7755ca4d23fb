//! Which credential of a namespace is its cloud's default: one document for each namespace, so that
//! there can never be two, and no lock is needed that a crash could leave behind.

use std::collections::BTreeMap;

use latchkey::store::Document;
use latchkey::{Result, Scope, Store};

use crate::access::CloudProvider;
use crate::record::Record;

/// The uuid of each cloud's default.
pub type Defaults = BTreeMap<CloudProvider, String>;

/// The document's name.
pub const DEFAULTS: &str = "defaults";

impl<S> Record<S> {
    /// Whether it is its cloud's default.
    pub(crate) fn is_default(&self, defaults: &Defaults) -> bool {
        self.was_default && defaults.get(&self.provider) == Some(&self.uuid)
    }

    /// The defaults that have to do with this credential, read only if it can be one of them.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn defaults(&self, store: &Store, scope: &Scope) -> Result<Defaults> {
        if !self.was_default {
            return Ok(Defaults::new());
        }
        Ok(store.document(scope, DEFAULTS).await?.content)
    }

    /// Makes this credential its cloud's default, or sees to it that it is none. Writes only where that
    /// changes something.
    ///
    /// # Errors
    /// As [`Store::update_document`].
    pub async fn set_default(
        &self,
        store: &Store,
        scope: &Scope,
        read: Document<Defaults>,
        is_default: bool,
    ) -> Result<()> {
        let change = |defaults: &Defaults| {
            let mut changed = defaults.clone();
            changed.retain(|_, uuid| *uuid != self.uuid);
            if is_default {
                changed.insert(self.provider, self.uuid.clone());
            }
            (changed != *defaults).then_some(changed)
        };
        store.update_document(scope, DEFAULTS, read, change).await
    }
}
