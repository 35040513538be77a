//! Making, changing and listing groups.

use super::Group;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};
use crate::users::list::page_size;
use stepwell_model::ErrorCode;

/// Groups a pool can have (developer guide, "Quotas").
const MOST_GROUPS: i64 = 10_000;
/// Tries before a group that everybody changes at once is given up.
const TRIES: usize = 8;

/// What a group has besides its name. What is `None` is not set, or stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupProperties {
    /// What it is for.
    pub description: Option<String>,
    /// The IAM role of its members.
    pub role_arn: Option<String>,
    /// Lower wins.
    pub precedence: Option<i32>,
}

/// `CreateGroup`; `GroupExistsException` if the name is taken, `LimitExceededException` beyond 10,000 groups.
pub async fn create(cx: &Context<'_>, pool_id: &str, name: &str, properties: GroupProperties) -> Result<Group> {
    let pool = cx.domain.pool(pool_id).await?;
    if cx.domain.stores.groups.count(&pool.id).await? >= MOST_GROUPS {
        return Err(Error::new(
            ErrorCode::LimitExceeded,
            format!("The maximum number of groups in a user pool is {MOST_GROUPS}."),
        ));
    }
    let now = cx.now();
    let GroupProperties { description, role_arn, precedence } = properties;
    let group = Group {
        pool_id: pool.id.clone(),
        name: name.to_owned(),
        description,
        role_arn,
        precedence,
        created_at: now,
        modified_at: now,
        version: 0,
    };
    match cx.domain.submit(vec![Write::InsertGroup(Box::new(group.clone()))]).await? {
        Ok(()) => Ok(group),
        Err(Conflict::Exists) => Err(Error::new(ErrorCode::GroupExists, "A group with the name already exists.")),
        Err(conflict) => Err(unexpected(conflict)),
    }
}

/// `GetGroup`; `ResourceNotFoundException` if there is none.
pub async fn get(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<Group> {
    let pool = cx.domain.pool(pool_id).await?;
    find(cx, &pool.id, name).await
}

/// `UpdateGroup`: sets what is given.
pub async fn update(cx: &Context<'_>, pool_id: &str, name: &str, properties: GroupProperties) -> Result<Group> {
    let pool = cx.domain.pool(pool_id).await?;
    for _ in 0..TRIES {
        let mut group = find(cx, &pool.id, name).await?;
        let given = properties.clone();
        group.description = given.description.or(group.description);
        group.role_arn = given.role_arn.or(group.role_arn);
        group.precedence = given.precedence.or(group.precedence);
        group.modified_at = cx.now();
        match cx.domain.submit(vec![Write::UpdateGroup(Box::new(group.clone()))]).await? {
            Ok(()) => return Ok(group),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(unexpected(conflict)),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The group was changed by another request; try again."))
}

/// `DeleteGroup`: the group and its memberships; the members stay.
pub async fn delete(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<()> {
    let pool = cx.domain.pool(pool_id).await?;
    let write = Write::DeleteGroup { pool_id: pool.id.clone(), name: name.to_owned() };
    match cx.domain.submit(vec![write]).await? {
        Ok(()) => Ok(()),
        Err(Conflict::Changed) => Err(not_found()),
        Err(conflict) => Err(unexpected(conflict)),
    }
}

/// `ListGroups`: one page, ordered by name, and where the next begins.
pub async fn list(
    cx: &Context<'_>,
    pool_id: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<Group>, Option<String>)> {
    let pool = cx.domain.pool(pool_id).await?;
    let limit = page_size(limit);
    let list = ["ListGroups", pool.id.as_str()];
    let after = paging::after(cx.domain, &list, token)?.map(|after| after.id);
    let groups = cx.domain.stores.groups.list(&pool.id, after.as_deref(), limit + 1).await?;
    paging::page(cx.domain, &list, groups, limit, position)
}

/// A group that must be there.
pub(super) async fn find(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<Group> {
    cx.domain.stores.groups.group(pool_id, name).await?.ok_or_else(not_found)
}

/// Where a group stands in lists ordered by name.
pub(super) fn position(group: &Group) -> After {
    After { value: group.name.clone(), id: group.name.clone() }
}

/// Cognito's words for an unknown group.
pub(super) fn not_found() -> Error {
    Error::not_found("Group not found.")
}

fn unexpected(conflict: Conflict) -> Error {
    Error::internal(format!("changing a group was refused: {conflict:?}"))
}
