//! What a user has to sign in with (`GetUserAuthFactors`, `AdminGetUserAuthFactors`), and taking an authenticator app away
//! (`AdminDeleteSoftwareToken`).

use stepwell_model::idp::AuthFactorType;

use super::{MfaFactor, is_asked, passkey_is_both};
use crate::context::Context;
use crate::domain::Domain;
use crate::error::Result;
use crate::pools::{ContactAttribute, UserPool};
use crate::users::{User, find, update};

/// A user and the first factors open to it.
#[derive(Debug)]
pub struct AuthFactors {
    /// The user; the second factors stand in its `mfa`.
    pub user: User,
    /// `ConfiguredUserAuthFactors`: what `USER_AUTH` can begin with.
    pub first: Vec<AuthFactorType>,
}

/// Of the signed-in user.
pub async fn own(cx: &Context<'_>) -> Result<AuthFactors> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    of(cx.domain, &entry, token.user.clone()).await
}

/// Of a user that an administrator names.
pub async fn admin(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<AuthFactors> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    of(cx.domain, &entry, user).await
}

async fn of(domain: &Domain, pool: &UserPool, user: User) -> Result<AuthFactors> {
    let has_passkey = domain.stores.passkeys.count(&pool.id, &user.sub).await? > 0;
    Ok(AuthFactors { first: first_factors(pool, &user, has_passkey), user })
}

/// What the user can begin with: who is asked for a second factor begins with the password, or with a passkey that counts
/// as both (developer guide, "Things to know about user pool MFA").
fn first_factors(pool: &UserPool, user: &User, has_passkey: bool) -> Vec<AuthFactorType> {
    let asked = is_asked(pool, user);
    let has = |contact: ContactAttribute| user.attribute(contact.name()).is_some();
    [
        (AuthFactorType::Password, user.sealed_verifier.is_some()),
        (AuthFactorType::EmailOtp, !asked && has(ContactAttribute::Email)),
        (AuthFactorType::SmsOtp, !asked && has(ContactAttribute::PhoneNumber)),
        (AuthFactorType::WebAuthn, has_passkey && (!asked || passkey_is_both(pool, user))),
    ]
    .into_iter()
    .filter_map(|(factor, has)| (has && pool.settings.allows_first_factor(&factor)).then_some(factor))
    .collect()
}

/// `AdminDeleteSoftwareToken`: the app in force and one that waits for its verification go. A user without one is left as
/// it is.
pub async fn delete_software_token(cx: &Context<'_>, pool_id: &str, name: &str) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    if user.software_token.is_none() && user.pending_software_token.is_none() {
        return Ok(());
    }
    let deleted = update::apply(cx.domain, &entry, user, |user| {
        user.software_token = None;
        user.pending_software_token = None;
        user.mfa.disable(MfaFactor::SoftwareToken);
        Ok(Vec::new())
    });
    deleted.await.map(|_| ())
}
