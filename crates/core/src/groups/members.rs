//! Who is in which group.

use super::Group;
use super::store::{find, not_found, position};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};
use crate::users::list::page_size;
use crate::users::{self, User};

/// Groups a user can be in (developer guide, "Quotas").
const MOST_GROUPS_OF_A_USER: usize = 100;

/// `AdminAddUserToGroup`. Adding a member again changes nothing.
pub async fn add_member(cx: &Context<'_>, pool_id: &str, group: &str, username: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let group = find(cx, &entry.id, group).await?;
    let user = users::find::for_admin(cx.domain, &entry, username).await?;
    let most = u32::try_from(MOST_GROUPS_OF_A_USER).unwrap_or(u32::MAX);
    let present = cx.domain.stores.groups.of_user(&entry.id, &user.sub, None, most).await?;
    if present.iter().any(|other| other.name == group.name) {
        return Ok(());
    }
    if present.len() >= MOST_GROUPS_OF_A_USER {
        // The operation's list of errors holds no LimitExceededException.
        return Err(Error::invalid_parameter(format!("A user can be in at most {MOST_GROUPS_OF_A_USER} groups.")));
    }
    let write =
        Write::AddMember { pool_id: entry.id.clone(), group: group.name.clone(), sub: user.sub.clone(), now: cx.now() };
    match cx.domain.submit(vec![write]).await? {
        Ok(()) => Ok(()),
        Err(Conflict::Changed) => {
            // One of the two went meanwhile: the first look-up that fails says which.
            find(cx, &entry.id, &group.name).await?;
            users::find::by_sub(cx.domain, &entry.id, &user.sub).await?;
            Err(not_found())
        }
        Err(conflict) => Err(Error::internal(format!("adding a member was refused: {conflict:?}"))),
    }
}

/// `AdminRemoveUserFromGroup`. Removing who is no member changes nothing.
pub async fn remove_member(cx: &Context<'_>, pool_id: &str, group: &str, username: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let group = find(cx, &entry.id, group).await?;
    let user = users::find::for_admin(cx.domain, &entry, username).await?;
    let write = Write::RemoveMember { pool_id: entry.id.clone(), group: group.name, sub: user.sub };
    cx.domain.commit(vec![write]).await
}

/// `AdminListGroupsForUser`: one page, ordered by name, and where the next begins.
pub async fn of_user(
    cx: &Context<'_>,
    pool_id: &str,
    username: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<Group>, Option<String>)> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = users::find::for_admin(cx.domain, &entry, username).await?;
    let limit = page_size(limit);
    let list = ["AdminListGroupsForUser", entry.id.as_str(), user.sub.as_str()];
    let after = paging::after(cx.domain, &list, token)?.map(|after| after.id);
    let groups = cx.domain.stores.groups.of_user(&entry.id, &user.sub, after.as_deref(), limit + 1).await?;
    paging::page(cx.domain, &list, groups, limit, position)
}

/// `ListUsersInGroup`: one page, ordered by sub, and where the next begins.
pub async fn members(
    cx: &Context<'_>,
    pool_id: &str,
    group: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<User>, Option<String>)> {
    let entry = cx.domain.pool(pool_id).await?;
    let group = find(cx, &entry.id, group).await?;
    let limit = page_size(limit);
    let list = ["ListUsersInGroup", entry.id.as_str(), group.name.as_str()];
    let after = paging::after(cx.domain, &list, token)?.map(|after| after.id);
    let users = cx.domain.stores.groups.members(&entry.id, &group.name, after.as_deref(), limit + 1).await?;
    paging::page(cx.domain, &list, users, limit, |user| After { value: user.sub.clone(), id: user.sub.clone() })
}
