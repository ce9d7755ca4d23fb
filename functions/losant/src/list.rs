//! The collection: filtered, then sorted, then paged.
//! See `docs/decisions/lists.md`.

use latchkey::choice::Choice;
use latchkey::query::Parameter;
use latchkey::response::{limit_list, size_in_answer};
use latchkey::store::{Listed, Store};
use latchkey::{Request, Result, Scope};
use serde::Serialize;
use serde_json::value::RawValue;
use wildmatch::WildMatch;

use crate::application_id;
use crate::document::{Document, Head, public_of};

/// How many credentials a page has by default.
const PER_PAGE: usize = 100;
/// The most credentials that a page can have: as many as the official CLI asks for.
const MAX_PER_PAGE: usize = 1_000;
/// What to do if a page is larger than Lambda can return.
pub const INSTEAD: &str = "Ask for less with perPage.";
/// How many credentials are read in one batch, if the list of secrets does not hold them whole.
const READ_BATCH: usize = 100;

/// What to list, and how.
#[derive(Debug)]
pub struct Query {
    selection: Selection,
    page: usize,
    per_page: usize,
}

/// Which credentials, and in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection {
    sort_field: SortField,
    sort_direction: SortDirection,
    filter_field: Option<FilterField>,
    filter: Option<String>,
}

/// The lists that this instance has returned recently.
pub type Snapshots = latchkey::snapshot::Snapshots<Selection, Item>;

latchkey::choice! {
    enum SortField {
        Name "name",
        Type "type",
        CreationDate "creationDate",
        LastUpdated "lastUpdated",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
enum SortDirection {
    Asc,
    Desc,
}

impl Choice for SortDirection {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("asc", Self::Asc), ("desc", Self::Desc), ("ASC", Self::Asc), ("DESC", Self::Desc)];
}

latchkey::choice! {
    enum FilterField {
        Name "name",
        Type "type",
    }
}

/// The response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    items: Vec<Box<RawValue>>,
    count: usize,
    total_count: usize,
    page: usize,
    per_page: usize,
    sort_field: SortField,
    sort_direction: SortDirection,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_field: Option<FilterField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    application_id: String,
}

impl Default for Query {
    /// The first page.
    fn default() -> Self {
        Self { selection: Selection::default(), page: 0, per_page: PER_PAGE }
    }
}

impl Default for Selection {
    /// All credentials, the newest first.
    fn default() -> Self {
        Self {
            sort_field: SortField::CreationDate,
            sort_direction: SortDirection::Desc,
            filter_field: None,
            filter: None,
        }
    }
}

impl Query {
    /// What `request` asks for.
    ///
    /// # Errors
    /// [`Error::Malformed`](latchkey::Error) for anything but the documented values.
    pub fn parse(request: &Request) -> Result<Self> {
        // A blank parameter means the default.
        let parameter = |name| request.parameter(name).map(Parameter::unless_blank);
        let Self { selection: default, page, per_page } = Self::default();
        Ok(Self {
            selection: Selection {
                sort_field: parameter("sortField")?.choice()?.unwrap_or(default.sort_field),
                sort_direction: parameter("sortDirection")?.choice()?.unwrap_or(default.sort_direction),
                filter_field: parameter("filterField")?.choice()?,
                filter: parameter("filter")?.text().map(str::to_owned),
            },
            page: parameter("page")?.whole_number(0..=usize::MAX)?.unwrap_or(page),
            per_page: parameter("perPage")?.whole_number(1..=MAX_PER_PAGE)?.unwrap_or(per_page),
        })
    }

    /// The requested page of the application's credentials.
    ///
    /// # Errors
    /// [`Error::ListTooLarge`](latchkey::Error) if the page would be larger than Lambda can return.
    pub async fn run(self, store: &Store, scope: &Scope, snapshots: &Snapshots) -> Result<Credentials> {
        let list = self.selection.list(store, scope);
        let found = snapshots.list(scope, self.selection.clone(), self.page == 0, list).await?;
        let start = self.page.saturating_mul(self.per_page);
        let page = found.iter().skip(start).take(self.per_page).cloned().collect();
        let items = completed(store, scope, page).await?;
        let Selection { sort_field, sort_direction, filter_field, filter } = self.selection;
        Ok(Credentials {
            count: items.len(),
            items,
            total_count: found.len(),
            page: self.page,
            per_page: self.per_page,
            sort_field,
            sort_direction,
            filter_field,
            filter,
            application_id: application_id(scope).to_owned(),
        })
    }
}

impl Selection {
    async fn list(&self, store: &Store, scope: &Scope) -> Result<Vec<Item>> {
        let listed = store.list(scope, public_of).await?;
        let mut found: Vec<_> =
            listed.into_iter().filter_map(Item::of).filter(|item| self.includes(item)).collect();
        found.sort_unstable_by(|a, b| self.key(a).cmp(&self.key(b)));
        if matches!(self.sort_direction, SortDirection::Desc) {
            found.reverse();
        }
        Ok(found)
    }

    fn includes(&self, item: &Item) -> bool {
        let (Some(field), Some(filter)) = (self.filter_field, &self.filter) else { return true };
        let value = match field {
            FilterField::Name => &item.head.name,
            FilterField::Type => &item.head.r#type,
        };
        WildMatch::new(&filter.to_lowercase()).matches(&value.to_lowercase())
    }

    /// What to sort by. Equals are sorted by their ids, so that pages never overlap.
    fn key<'a>(&self, item: &'a Item) -> (&'a str, &'a str) {
        let Head { id, name, r#type, creation_date, last_updated, .. } = &item.head;
        let key = match self.sort_field {
            SortField::Name => name,
            SortField::Type => r#type,
            SortField::CreationDate => creation_date,
            SortField::LastUpdated => last_updated,
        };
        (key, id.as_str())
    }
}

/// As much of a credential as the list of secrets holds.
#[derive(Clone, Debug)]
pub struct Item {
    head: Head,
    public: Box<RawValue>,
}

impl Item {
    /// `None` for a slot that only holds a claim, and for a credential that no read would find because its id names
    /// another slot.
    fn of(listed: Listed) -> Option<Self> {
        let head: Head = listed.public()?;
        let is_found = head.id.slot().as_str() == listed.name;
        is_found.then_some(Self { head, public: listed.public })
    }
}

/// The items as the response shows them. Reads those that the list of secrets does not hold whole, in batches.
/// Leaves out credentials that were deleted meanwhile, or whose values others have replaced.
async fn completed(store: &Store, scope: &Scope, mut page: Vec<Item>) -> Result<Vec<Box<RawValue>>> {
    let mut partial: Vec<_> = page.iter_mut().filter(|item| item.head.is_partial).collect();
    let mut size = 0;
    for items in partial.chunks_mut(READ_BATCH) {
        let slots: Vec<_> = items.iter().map(|item| item.head.id.slot()).collect();
        let names: Vec<_> = slots.iter().map(crate::id::Slot::as_str).collect();
        for (item, stored) in items.iter_mut().zip(store.read_all(scope, &names).await?) {
            let Some(stored) = stored else { continue };
            let Ok(document) = Document::parse(&stored) else { continue };
            if let (Ok(_), Some(credential)) = (document.head_of(&item.head.id), document.credential) {
                size += size_in_answer(credential.get());
                item.public = credential.to_owned();
                item.head.is_partial = false;
            }
        }
        // After each batch, before the function runs out of memory.
        limit_list(size, INSTEAD)?;
    }
    page.retain(|item| !item.head.is_partial);
    Ok(page.into_iter().map(|item| item.public).collect())
}
