//! Lists in pages: `Marker`, `MaxItems`, `IsTruncated`.

use stepwell_model::ErrorCode;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::After;

/// How many items a page has if the caller does not say (IAM API reference, `MaxItems`).
const DEFAULT_ITEMS: u32 = 100;
/// How many it has at most. More may be asked for, and fewer given, "even when there are more results available": records are
/// read with all their policies and tags.
const MAX_ITEMS: u32 = 100;

/// Which page is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paging<'a> {
    /// Where to go on: the last page's marker.
    pub marker: Option<&'a str>,
    /// How many items at most, 1 to 1,000; more than 100 are never given.
    pub max_items: Option<i32>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// How to ask for the next page; none at the end.
    pub marker: Option<String>,
}

impl Paging<'_> {
    pub(super) fn limit(self) -> u32 {
        self.max_items.and_then(|items| u32::try_from(items).ok()).unwrap_or(DEFAULT_ITEMS).clamp(1, MAX_ITEMS)
    }

    /// The key after which the page begins.
    pub(super) fn after(self, domain: &Domain, list: &[&str]) -> Result<Option<String>> {
        let after = paging::after(domain, list, self.marker)
            .map_err(|_| Error::new(ErrorCode::Validation, "Invalid Marker."))?;
        Ok(after.map(|after| after.id))
    }
}

impl<T> Page<T> {
    /// Of a list that was read with `limit + 1` items.
    pub(super) fn of_read(
        domain: &Domain,
        list: &[&str],
        items: Vec<T>,
        limit: u32,
        key: impl Fn(&T) -> String,
    ) -> Result<Self> {
        let position = |item: &T| After { value: String::new(), id: key(item) };
        let (items, marker) = paging::page(domain, list, items, limit, position)?;
        Ok(Self { items, marker })
    }

    /// Of a whole list in the order of its keys.
    pub(super) fn of_whole(
        domain: &Domain,
        list: &[&str],
        items: impl IntoIterator<Item = T>,
        paging: Paging<'_>,
        key: impl Fn(&T) -> String,
    ) -> Result<Self> {
        let after = paging.after(domain, list)?;
        let limit = paging.limit();
        let rest = items
            .into_iter()
            .skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= *after))
            .take(limit as usize + 1)
            .collect();
        Self::of_read(domain, list, rest, limit, key)
    }
}
