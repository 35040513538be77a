//! `AdminListUserAuthEvents`: the history of a user, newest first.

use super::AuthEvent;
use super::mode::check_on;
use crate::context::Context;
use crate::error::Result;
use crate::paging;
use crate::ports::store::After;
use crate::users::find;

/// The longest page, and the one without a limit (API, `AdminListUserAuthEvents`).
const MAX_PAGE: u32 = 60;

/// One page of a user's events, and the token of the next.
pub async fn list(
    cx: &Context<'_>,
    pool_id: &str,
    name: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<AuthEvent>, Option<String>)> {
    let entry = cx.domain.pool(pool_id).await?;
    check_on(&entry.settings)?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| (1..=MAX_PAGE).contains(limit));
    let limit = limit.unwrap_or(MAX_PAGE);
    let list = ["AdminListUserAuthEvents", pool_id, &user.sub];
    let after = paging::after(cx.domain, &list, token)?;
    let events = cx.domain.stores.auth_events.list(pool_id, &user.sub, after.as_ref(), limit + 1).await?;
    paging::page(cx.domain, &list, events, limit, |event| After::at(event.created_at, &event.id))
}
