//! A list's query, its filters and its pages. See `docs/decisions/lists.md`.

use std::collections::BTreeMap;

use latchkey::choice::Choice as _;
use latchkey::query::Parameter;
use latchkey::{Fault, Request, Result, Scope, Store};
use serde::Serialize;

use crate::access::{Access, CloudProvider, Redacted, Token};
use crate::defaults::{DEFAULTS, Defaults};
use crate::faults::Faults;
use crate::record::{AccessCredential, public_of};

const DEFAULT_PER_PAGE: usize = 10;
const MOST_PER_PAGE: usize = 100;

/// The query of a list.
#[derive(Debug)]
pub struct ListQuery {
    filters: Filters,
    page: usize,
    per_page: usize,
}

/// Which credentials a list includes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filters {
    providers: Vec<CloudProvider>,
    excluded: Vec<CloudProvider>,
    kind: Option<AccessCredentialType>,
}

/// The lists that this instance has returned lately.
pub type Snapshots = latchkey::snapshot::Snapshots<Filters, AccessCredential>;

latchkey::choice! {
    /// `AccessCredentialType` of TileDB's v2 models.
    enum AccessCredentialType {
        Key "key",
        Arn "arn",
        Token "token",
        AzureToken "azure_token",
    }
}

impl AccessCredentialType {
    fn fits(self, access: &Access<Redacted>) -> bool {
        match self {
            Self::Key => matches!(access, Access::Credential(_)),
            Self::Arn => matches!(access, Access::Role(_)),
            Self::Token => matches!(access, Access::Token(_)),
            Self::AzureToken => matches!(access, Access::Token(Token::Azure(_))),
        }
    }
}

/// `CredentialsListResponse`.
#[derive(Debug, Serialize)]
pub struct CredentialsListResponse {
    data: Vec<AccessCredential>,
    pagination_metadata: PaginationMetadata,
}

/// `PaginationMetadata`.
#[derive(Debug, Serialize)]
struct PaginationMetadata {
    page: usize,
    per_page: usize,
    total_pages: usize,
    total_items: usize,
}

impl ListQuery {
    /// The query of `request`.
    ///
    /// # Errors
    /// [`Error::Invalid`](latchkey::Error) with every fault.
    pub fn parse(request: &Request) -> Result<Self> {
        let mut faults = Faults::default();
        let providers = providers_of(request, "provider", &mut faults);
        let excluded = providers_of(request, "excl_provider", &mut faults);
        let once = |name| request.parameter(name);
        let kind = faults.keep(once("type").and_then(Parameter::choice)).flatten();
        let page = faults.keep(once("page").and_then(|page| page.whole_number(1..=usize::MAX))).flatten();
        let per_page = once("per_page").and_then(|per_page| per_page.whole_number(1..=MOST_PER_PAGE));
        let per_page = faults.keep(per_page).flatten();
        if !faults.is_empty() {
            return Err(faults.into_error());
        }
        let filters = Filters { providers, excluded, kind };
        Ok(Self { filters, page: page.unwrap_or(1), per_page: per_page.unwrap_or(DEFAULT_PER_PAGE) })
    }

    /// Returns the page that the query asks for. Credentials are sorted by name.
    ///
    /// # Errors
    /// Only Secrets Manager's own.
    pub async fn run(
        &self,
        store: &Store,
        scope: &Scope,
        snapshots: &Snapshots,
    ) -> Result<CredentialsListResponse> {
        let list = self.filters.list(store, scope);
        // Page 1 is always read. Later pages come from that list: if each of them were read again, a client could see a
        // credential twice or not at all.
        let found = snapshots.list(scope, self.filters.clone(), self.page == 1, list).await?;
        let total_items = found.len();
        let before = self.per_page.saturating_mul(self.page.saturating_sub(1));
        Ok(CredentialsListResponse {
            data: found.iter().skip(before).take(self.per_page).cloned().collect(),
            pagination_metadata: PaginationMetadata {
                page: self.page,
                per_page: self.per_page,
                total_pages: total_items.div_ceil(self.per_page),
                total_items,
            },
        })
    }
}

impl Filters {
    /// All credentials that pass the filters.
    async fn list(&self, store: &Store, scope: &Scope) -> Result<Vec<AccessCredential>> {
        let (listed, defaults): (_, Defaults) = store.list_with_document(scope, DEFAULTS, public_of).await?;
        let shown = listed.into_iter().filter_map(|listed| Some((listed.public()?, listed.name)));
        let shown =
            shown.map(|(record, name)| AccessCredential::new(scope.namespace(), name, record, &defaults));
        let mut found = without_stale(shown);
        found.retain(|credential| self.lets(credential));
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn lets(&self, credential: &AccessCredential) -> bool {
        (self.providers.is_empty() || self.providers.contains(&credential.provider))
            && !self.excluded.contains(&credential.provider)
            && self.kind.is_none_or(|kind| kind.fits(&credential.access))
    }
}

/// Keeps the newest of the entries that show the same credential. ListSecrets may lag, and then shows a renamed
/// credential under both of its names.
fn without_stale(credentials: impl Iterator<Item = AccessCredential>) -> Vec<AccessCredential> {
    let mut newest: BTreeMap<String, AccessCredential> = BTreeMap::new();
    for credential in credentials {
        match newest.get(credential.uuid()) {
            Some(other) if other.updated_at >= credential.updated_at => {}
            _ => drop(newest.insert(credential.uuid().to_owned(), credential)),
        }
    }
    newest.into_values().collect()
}

/// The clouds in the parameter `name`, which can be repeated.
fn providers_of(request: &Request, name: &'static str, faults: &mut Faults) -> Vec<CloudProvider> {
    let named: Result<_, String> = request.parameters(name).map(CloudProvider::parse).collect();
    faults.keep(named.map_err(|words| Fault::new(name, words))).unwrap_or_default()
}
