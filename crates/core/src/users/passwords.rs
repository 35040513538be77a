//! Setting passwords: by an administrator, and by the user who knows the old one.

use std::sync::Arc;

use super::lifecycle::forget_code;
use super::{User, UserStatus, credential, find, password_history, update};
use crate::auth::{Realm, password};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause, Occasion};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Write};
use crate::quotas::{self, Action};
use crate::risk;
use crate::sign_up::recovery;
use crate::triggers::{Metadata, Person, Scene};
use crate::{DAY, Millis};
use stepwell_model::ErrorCode;

/// `AdminSetUserPassword`: a permanent password confirms the user; a temporary one must be replaced at the next
/// sign-in, before it expires. A recovery code that is still out is worth nothing any more.
pub async fn admin_set(cx: &Context<'_>, pool_id: &str, name: &str, new: &str, permanent: bool) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    entry.settings.password_policy.check(new)?;
    password_history::check(&entry, &user, new)?;
    let sealed = credential::seal_for(cx.domain, &entry, &user, new)?;
    let set = update::apply(cx.domain, &entry, user, |user| {
        credential::install(&entry, user, sealed.clone());
        if permanent {
            user.status = UserStatus::Confirmed;
        } else {
            user.status = UserStatus::ForceChangePassword;
            user.temporary_password_expires_at = Some(temporary_until(&entry, cx.now()));
        }
        Ok(forget_recovery(user))
    });
    set.await.map(|_| ())
}

/// `ChangePassword`: the user must know the password in force. Guesses at it count for the lockout like those at
/// sign-in. Users who have none yet set their first one.
pub async fn change(cx: &Context<'_>, previous: Option<&str>, proposed: &str) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    let client = cx.domain.client_of_pool(&token.pool_id, &token.client_id).await?;
    let user = token.user.clone();
    quotas::count(cx.domain, &entry.id, &user.sub, Action::ChangePassword).await?;
    let realm = Realm { client, entry: Arc::clone(&entry) };
    let proven = match (&user.sealed_verifier, previous) {
        (Some(_), Some(previous)) => password::check_known(cx, &realm, &user, previous).await?,
        (Some(_), None) => return Err(Error::invalid_parameter("Missing required parameter PreviousPassword")),
        (None, _) if user.status == UserStatus::ExternalProvider => {
            return Err(Error::not_authorized("User is federated and has no password to change."));
        }
        (None, _) => Vec::new(),
    };
    check_temporary(&user, cx.now())?;
    entry.settings.password_policy.check(proposed)?;
    password_history::check(&entry, &user, proposed)?;
    let compromised =
        risk::check_new_password(cx, &entry, Some(&token.client_id), proposed, risk::Filter::PasswordChange).await?;
    let noted = risk::note(cx, &entry, &user.sub, "PasswordChange", &risk::Source::of_caller(cx), compromised);
    let sealed = credential::seal_for(cx.domain, &entry, &user, proposed)?;
    let changed = update::apply(cx.domain, &entry, user.clone(), |now| {
        if now.sealed_verifier != user.sealed_verifier {
            // Somebody else set another password meanwhile: what was proven is no longer true.
            return Err(Error::not_authorized("Incorrect username or password."));
        }
        credential::install(&entry, now, sealed.clone());
        if now.status == UserStatus::ForceChangePassword {
            // The user has replaced the administrator's password.
            now.status = UserStatus::Confirmed;
        }
        Ok(proven.iter().chain(&noted).cloned().chain(forget_recovery(now)).collect())
    });
    changed.await.map(|_| ())
}

/// `AdminResetUserPassword`: the password stops working, and a code goes out with which the user can set another.
pub async fn admin_reset(cx: &Context<'_>, pool_id: &str, name: &str, client_metadata: &Metadata) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    let scene = Scene::in_pool(cx.domain, &entry);
    let (person, to, occasion) = (Person::User(&user), reset_address(&entry, &user)?, Occasion::ForgotPassword);
    let texts = messaging::custom_texts(&scene, occasion, person, to, client_metadata).await?;
    let cause = Cause::new("", Some(client_metadata)).with_texts(&texts);
    let reset = update::apply(cx.domain, &entry, user.clone(), |user| {
        let address = reset_address(&entry, user)?;
        // The message names no client: only sign-up links do.
        let (writes, _) =
            messaging::send_code(cx.domain, &entry, cause, user, address, occasion).map_err(undeliverable)?;
        user.status = UserStatus::ResetRequired;
        Ok(writes)
    });
    reset.await.map(|_| ())
}

/// Where the code of a reset goes, if this user's password can be reset.
fn reset_address<'a>(entry: &PoolEntry, user: &'a User) -> Result<(ContactAttribute, &'a str)> {
    if !user.enabled {
        return Err(Error::not_authorized("User is disabled."));
    }
    if !matches!(user.status, UserStatus::Confirmed | UserStatus::ResetRequired) {
        return Err(Error::not_authorized("User password cannot be reset in the current state."));
    }
    recovery::recovery_address(entry, user)
}

/// `CodeDeliveryFailureException` in the form that administrators' operations may answer, whose lists lack it.
pub(super) fn undeliverable(error: Error) -> Error {
    match error.code() {
        ErrorCode::CodeDeliveryFailure => Error::invalid_parameter(error.message().to_owned()),
        _ => error,
    }
}

/// Refuses an administrator-made password whose time is over.
pub fn check_temporary(user: &User, now: Millis) -> Result<()> {
    if user.temporary_password_expires_at.is_some_and(|end| now >= end) {
        return Err(Error::not_authorized("Temporary password has expired and must be reset by an administrator."));
    }
    Ok(())
}

/// When a temporary password that is made now stops working.
pub fn temporary_until(entry: &PoolEntry, now: Millis) -> Millis {
    now + Millis::from(entry.settings.password_policy.temporary_password_validity_days) * DAY
}

fn forget_recovery(user: &User) -> Vec<Write> {
    vec![forget_code(user, CodePurpose::ForgotPassword)]
}
