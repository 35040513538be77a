//! `ListUsers`: filters, chosen attributes and pages.

use super::{User, filter};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::paging;
use crate::pools::UserPool;
use crate::ports::store::{After, UserFilter};

/// Users a page holds at most, and if nothing else was asked for.
pub const LARGEST_PAGE: u32 = 60;

/// What to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListQuery<'a> {
    /// The filter's text.
    pub filter: Option<&'a str>,
    /// The names of the attributes that will be shown; all if none are given.
    pub attributes: Option<&'a [String]>,
    /// The largest number of users to return.
    pub limit: Option<i32>,
    /// Where the page before ended.
    pub token: Option<&'a str>,
}

/// One page of users, with all their attributes, and where the next begins.
pub async fn list(domain: &Domain, pool_id: &str, query: ListQuery<'_>) -> Result<(Vec<User>, Option<String>)> {
    let entry = domain.pool(pool_id).await?;
    let filter = query.filter.map(filter::parse).transpose()?.flatten();
    if let Some(attributes) = query.attributes {
        check_requested(&entry, attributes)?;
    }
    let limit = page_size(query.limit);
    let list = list_name(pool_id, filter.as_ref());
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    let after = paging::after(domain, &list, query.token)?;
    let users = domain.stores.users.list(pool_id, filter.as_ref(), after.as_ref(), limit + 1).await?;
    let attribute = filter.as_ref().map(|filter| filter.attribute.as_str());
    let (users, next) = paging::page(domain, &list, users, limit, |user| position(user, attribute))?;
    check_complete(&users, query.attributes.unwrap_or_default())?;
    Ok((users, next))
}

/// The size of a page: 0 and nothing mean the largest.
pub fn page_size(limit: Option<i32>) -> u32 {
    match limit.and_then(|limit| u32::try_from(limit).ok()) {
        None | Some(0) => LARGEST_PAGE,
        Some(limit) => limit.min(LARGEST_PAGE),
    }
}

/// What a pagination token is bound to: another filter's tokens do not fit.
fn list_name(pool_id: &str, filter: Option<&UserFilter>) -> Vec<String> {
    let mut name = vec!["ListUsers".to_owned(), pool_id.to_owned()];
    if let Some(UserFilter { attribute, value, prefix }) = filter {
        name.extend([attribute.clone(), value.clone(), prefix.to_string()]);
    }
    name
}

/// Where a user stands in the order of the list: by the value the filter looks at, then by sub.
fn position(user: &User, attribute: Option<&str>) -> After {
    let value = attribute
        .and_then(|attribute| user.index_entries().into_iter().find(|(name, _)| *name == attribute))
        .map_or_else(|| user.sub.clone(), |(_, value)| value);
    After { value, id: user.sub.clone() }
}

fn check_requested(pool: &UserPool, attributes: &[String]) -> Result<()> {
    if attributes.iter().all(|name| pool.attribute(name).is_some()) {
        return Ok(());
    }
    Err(Error::invalid_parameter("One or more requested attributes do not exist."))
}

/// An error if a user lacks one of the attributes asked for (API reference, `AttributesToGet`).
fn check_complete(users: &[User], attributes: &[String]) -> Result<()> {
    let complete = |user: &User| attributes.iter().all(|name| user.attribute(name).is_some());
    if users.iter().all(complete) {
        return Ok(());
    }
    Err(Error::invalid_parameter("Input fails to satisfy the constraints."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes() {
        assert_eq!(page_size(None), 60);
        assert_eq!(page_size(Some(0)), 60);
        assert_eq!(page_size(Some(1)), 1);
        assert_eq!(page_size(Some(1000)), 60);
        assert_eq!(page_size(Some(-1)), 60);
    }

    #[test]
    fn a_token_names_its_filter() {
        let filter = |attribute: &str, value: &str, prefix| UserFilter {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
            prefix,
        };
        let names = [
            list_name("p", None),
            list_name("p", Some(&filter("email", "a", false))),
            list_name("p", Some(&filter("email", "a", true))),
            list_name("p", Some(&filter("email", "b", true))),
            list_name("p", Some(&filter("name", "b", true))),
            list_name("q", None),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[index + 1..].contains(name));
        }
    }
}
