//! What administrators and users do to a user as a whole: confirm, enable, disable, delete.

use super::{User, UserStatus, find, update};
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::{CodePurpose, Conflict, Write};
use crate::triggers::{Metadata, Scene, post_confirmation};

/// Tries before a user whom everybody changes at once is given up.
const TRIES: usize = 8;

/// `AdminConfirmSignUp`: an unconfirmed user may sign in from now on; the code of the sign-up is worth nothing any more.
pub async fn admin_confirm(cx: &Context<'_>, pool_id: &str, name: &str, client_metadata: &Metadata) -> Result<User> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let user = update::apply(cx.domain, &entry, user, |user| {
        if user.status != UserStatus::Unconfirmed {
            return Err(cannot_be_confirmed(user.status));
        }
        user.status = UserStatus::Confirmed;
        Ok(vec![forget_code(user, CodePurpose::ConfirmSignUp)])
    })
    .await?;
    let (scene, source) = (Scene::in_pool(cx.domain, &entry), post_confirmation::Source::ConfirmSignUp);
    post_confirmation::tell(&scene, source, &user, client_metadata).await?;
    Ok(user)
}

/// Cognito's words for confirming a user who is not waiting for it (`ConfirmSignUp`, `AdminConfirmSignUp`).
pub fn cannot_be_confirmed(status: UserStatus) -> Error {
    Error::not_authorized(format!("User cannot be confirmed. Current status is {}", status.as_str()))
}

/// `AdminEnableUser`: a disabled user may sign in again. Tokens from before stay revoked.
pub async fn enable(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    if user.enabled {
        return Ok(());
    }
    let enabled = update::apply(cx.domain, &entry, user, |user| {
        user.enabled = true;
        Ok(Vec::new())
    });
    enabled.await.map(|_| ())
}

/// `AdminDisableUser`: the user may not sign in, and every token issued so far is revoked for good.
pub async fn disable(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    if !user.enabled {
        return Ok(());
    }
    let disabled = update::apply(cx.domain, &entry, user, |user| {
        if user.enabled {
            user.enabled = false;
            user.generation += 1;
        }
        Ok(Vec::new())
    });
    disabled.await.map(|_| ())
}

/// `AdminDeleteUser`.
pub async fn admin_delete(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    delete(cx.domain, user).await
}

/// Removes a user with everything that belongs to it.
pub async fn delete(domain: &Domain, user: User) -> Result<()> {
    let mut user = user;
    for _ in 0..TRIES {
        let write = Write::DeleteUser { pool_id: user.pool_id.clone(), sub: user.sub.clone(), version: user.version };
        match domain.submit(vec![write]).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => user = find::by_sub(domain, &user.pool_id, &user.sub).await?,
            Err(conflict) => return Err(Error::internal(format!("deleting a user was refused: {conflict:?}"))),
        }
    }
    Err(update::contended())
}

/// Forgets a one-time code of a user.
pub(super) fn forget_code(user: &User, purpose: CodePurpose) -> Write {
    Write::DeleteCode { pool_id: user.pool_id.clone(), subject: user.sub.clone(), purpose }
}
