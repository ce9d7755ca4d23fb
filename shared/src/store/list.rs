//! Listing a namespace: ListSecrets alone, one call for each hundred secrets.

use std::collections::HashSet;

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, SortOrderType};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::description::Description;
use super::failure::Failure;
use super::rename::Rename;
use super::{Call, Store};
use crate::caller::Scope;
use crate::credential::{Namespace, is_document};
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

    /// The same as it was stored.
    pub fn into_public_json(self) -> Option<Box<RawValue>> {
        self.public
    }
}

impl Store {
    /// All credentials of the namespace, in no order.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn list(&self, scope: &Scope) -> Result<Vec<Listed>> {
        let secrets = self.secrets(scope).await?;
        self.credentials(scope, secrets).await
    }

    /// All credentials of the namespace, in no order, and what its document called `document` says:
    /// the default where there is none.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn list_with_document<T: DeserializeOwned + Default>(
        &self,
        scope: &Scope,
        document: &'static str,
    ) -> Result<(Vec<Listed>, T)> {
        let secrets = self.secrets(scope).await?;
        let name = self.document_name(scope, document);
        let found = secrets.iter().find(|secret| secret.name == name);
        let content = found.and_then(|secret| secret.description.as_ref()?.public.as_deref());
        let content = content.and_then(|json| serde_json::from_str(json.get()).ok()).unwrap_or_default();
        Ok((self.credentials(scope, secrets).await?, content))
    }

    /// What of these secrets a list shows. Of a credential that is being renamed two secrets can be
    /// there: the one is shown that is not, according to the same list, still to come.
    async fn credentials(&self, scope: &Scope, secrets: Vec<ListedSecret>) -> Result<Vec<Listed>> {
        let tombstones = secrets.iter().filter_map(|secret| secret.description.as_ref()?.renamed_to.clone());
        let departed: Vec<Rename> = tombstones.collect();
        let mut names: HashSet<String> = HashSet::new();
        if secrets.iter().any(|secret| secret.renamed_from().is_some()) {
            names.extend(secrets.iter().map(|secret| secret.name.clone()));
        }
        let mut listed = Vec::with_capacity(secrets.len());
        for secret in secrets {
            if let Some(from) = secret.renamed_from()
                && !departed.iter().any(|to| to.is_of(from))
                // Not in this list: scheduled for deletion, by the end of the rename or otherwise.
                && (names.contains(&from.secret_name(self, scope)) || !self.has_departed(scope, from).await?)
            {
                continue;
            }
            listed.extend(secret.into_listed(scope.namespace(), &self.prefix));
        }
        Ok(listed)
    }

    /// All secrets of the namespace that are not scheduled for deletion.
    fn secrets(&self, scope: &Scope) -> Call<'static, Vec<ListedSecret>> {
        let prefix = scope.namespace().secret_prefix(&self.prefix);
        let filter = Filter::builder().key(FilterNameStringType::Name).values(&prefix).build();
        let list = self.client.list_secrets().filters(filter).sort_order(SortOrderType::Asc);
        Box::pin(async move {
            let mut pages = list.into_paginator().page_size(PAGE).send();
            let mut found = Vec::new();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Failure::of("ListSecrets", &error))?;
                let secrets = page.secret_list().iter();
                found.extend(secrets.filter_map(|secret| ListedSecret::new(secret, &prefix)));
            }
            Ok(found)
        })
    }
}

/// A secret of a namespace, as ListSecrets describes it.
struct ListedSecret {
    name: String,
    /// `None` where it was made by others than Latchkey, with CloudFormation or Terraform for example.
    description: Option<Description>,
}

impl ListedSecret {
    /// `None` for one of another namespace: an emulator's filter is not a prefix.
    fn new(secret: &SecretListEntry, prefix: &str) -> Option<Self> {
        let name = secret.name()?.to_owned();
        let is_inside = name.strip_prefix(prefix).is_some_and(|rest| !rest.contains('/'));
        let description = Description::parse(secret.description());
        (is_inside && secret.deleted_date().is_none()).then_some(Self { name, description })
    }

    fn renamed_from(&self) -> Option<&Rename> {
        self.description.as_ref()?.renamed_from.as_ref()
    }

    /// What a list shows of it; nothing for tombstones and documents.
    fn into_listed(self, namespace: &Namespace, prefix: &str) -> Option<Listed> {
        let (_, component) = self.name.rsplit_once('/')?;
        if is_document(component) {
            return None;
        }
        match self.description {
            Some(Description { deleted_at: Some(_), .. }) => None,
            Some(Description { name, public, .. }) => Some(Listed { name, public }),
            None => Some(Listed { name: namespace.credential_name(prefix, &self.name)?, public: None }),
        }
    }
}
