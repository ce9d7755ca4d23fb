//! A list's query, its filters and its pages.

use std::collections::BTreeMap;

use latchkey::store::Listed;
use latchkey::{Error, Fault, Namespace, Request, Result};
use serde::Serialize;

use crate::access::{Access, CloudProvider, Hidden, Token};
use crate::defaults::Defaults;
use crate::record::AccessCredential;
pub use crate::record::public_of;

const DEFAULT_PER_PAGE: usize = 10;
const MOST_PER_PAGE: usize = 100;

/// What a list is asked for.
#[derive(Debug)]
pub struct ListQuery {
    providers: Vec<CloudProvider>,
    excluded: Vec<CloudProvider>,
    kind: Option<AccessCredentialType>,
    page: usize,
    per_page: usize,
}

/// `AccessCredentialType` of TileDB's v2 models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccessCredentialType {
    Key,
    Arn,
    Token,
    AzureToken,
}

impl AccessCredentialType {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "key" => Some(Self::Key),
            "arn" => Some(Self::Arn),
            "token" => Some(Self::Token),
            "azure_token" => Some(Self::AzureToken),
            _ => None,
        }
    }

    fn fits(self, access: &Access<Hidden>) -> bool {
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

/// The credentials that a list found.
pub fn access_credentials(
    namespace: &Namespace,
    listed: Vec<Listed>,
    defaults: &Defaults,
) -> Vec<AccessCredential> {
    let shown = listed.into_iter().filter_map(|listed| Some((listed.public()?, listed.name)));
    shown.map(|(record, name)| AccessCredential::new(namespace, name, record, defaults)).collect()
}

impl ListQuery {
    /// The query of `request`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn read(request: &Request) -> Result<Self> {
        let mut faults = Vec::new();
        let query = Self {
            providers: providers(request, "provider", &mut faults),
            excluded: providers(request, "excl_provider", &mut faults),
            kind: request.query("type").and_then(|text| {
                let kind = AccessCredentialType::parse(text);
                let fault = || Fault::new("type", "is not one of key, arn, token and azure_token");
                if kind.is_none() {
                    faults.push(fault());
                }
                kind
            }),
            page: number(request, "page", 1, u32::MAX as usize, &mut faults),
            per_page: number(request, "per_page", DEFAULT_PER_PAGE, MOST_PER_PAGE, &mut faults),
        };
        if faults.is_empty() { Ok(query) } else { Err(Error::Invalid(faults)) }
    }

    /// The page of `credentials` that the query asks for, in the order of their names.
    pub fn answer(&self, credentials: Vec<AccessCredential>) -> CredentialsListResponse {
        let mut found = without_stale(credentials);
        found.retain(|credential| self.fits(credential));
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let total_items = found.len();
        let before = self.per_page.saturating_mul(self.page.saturating_sub(1));
        CredentialsListResponse {
            data: found.into_iter().skip(before).take(self.per_page).collect(),
            pagination_metadata: PaginationMetadata {
                page: self.page,
                per_page: self.per_page,
                total_pages: total_items.div_ceil(self.per_page),
                total_items,
            },
        }
    }

    fn fits(&self, credential: &AccessCredential) -> bool {
        (self.providers.is_empty() || self.providers.contains(&credential.provider))
            && !self.excluded.contains(&credential.provider)
            && self.kind.is_none_or(|kind| kind.fits(&credential.access))
    }
}

/// Of entries for one credential the newest: ListSecrets may lag, and then show a renamed one under both
/// of its names.
fn without_stale(credentials: Vec<AccessCredential>) -> Vec<AccessCredential> {
    let mut newest: BTreeMap<String, AccessCredential> = BTreeMap::new();
    for credential in credentials {
        match newest.get(credential.uuid()) {
            Some(other) if other.updated_at >= credential.updated_at => {}
            _ => drop(newest.insert(credential.uuid().to_owned(), credential)),
        }
    }
    newest.into_values().collect()
}

fn providers(request: &Request, name: &'static str, faults: &mut Vec<Fault>) -> Vec<CloudProvider> {
    let parsed: Option<Vec<_>> = request.query_all(name).map(CloudProvider::parse).collect();
    parsed.unwrap_or_else(|| {
        faults.push(Fault::new(name, "is not one of AWS, AZURE and GCP"));
        Vec::new()
    })
}

fn number(
    request: &Request,
    name: &'static str,
    default: usize,
    most: usize,
    faults: &mut Vec<Fault>,
) -> usize {
    let Some(text) = request.query(name) else { return default };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_plain && (1..=most).contains(number));
    number.unwrap_or_else(|| {
        faults.push(Fault::new(name, format!("is not a whole number from 1 to {most}")));
        default
    })
}
