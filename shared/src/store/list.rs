//! Listing a namespace: ListSecrets alone, one call for each hundred secrets.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, SortOrderType};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Store;
use super::description::Description;
use super::failure::Failure;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::Result;

/// The most that ListSecrets answers at once.
const PAGE: i32 = 100;

/// A credential as a list shows it. Secrets Manager's lists may lag up to five minutes behind.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The credential's name.
    pub name: String,
    public: Option<Box<RawValue>>,
}

impl Listed {
    /// The public part that was stored with the credential; `None` where the secret was made by
    /// others than Latchkey.
    pub fn public<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.public.as_deref()?.get()).ok()
    }
}

impl Store {
    /// All credentials of the namespace, in no order.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn list(&self, scope: &Scope) -> Result<Vec<Listed>> {
        let namespace = scope.namespace();
        let prefix = namespace.secret_prefix(&self.prefix);
        let filter = Filter::builder().key(FilterNameStringType::Name).values(prefix).build();
        let mut pages = self
            .client
            .list_secrets()
            .filters(filter)
            .sort_order(SortOrderType::Asc)
            .into_paginator()
            .page_size(PAGE)
            .send();
        let mut listed = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Failure::of("ListSecrets", &error))?;
            let secrets = page.secret_list().iter();
            listed.extend(secrets.filter_map(|secret| listed_secret(secret, namespace, &self.prefix)));
        }
        Ok(listed)
    }
}

/// What a list shows of a secret; nothing for tombstones and for other namespaces (an emulator's
/// filter is not a prefix).
fn listed_secret(secret: &SecretListEntry, namespace: &Namespace, prefix: &str) -> Option<Listed> {
    let secret_name = secret.name()?;
    let rest = secret_name.strip_prefix(&namespace.secret_prefix(prefix))?;
    if rest.contains('/') || secret.deleted_date().is_some() {
        return None;
    }
    match Description::parse(secret.description()) {
        Some(Description { deleted_at: Some(_), .. }) => None,
        Some(Description { name, public, .. }) => Some(Listed { name, public }),
        // Made by others than Latchkey, with CloudFormation or Terraform for example.
        None => Some(Listed { name: namespace.credential_name(prefix, secret_name)?, public: None }),
    }
}
