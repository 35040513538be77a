//! What a finished sign-in says about itself: `auth_time`, `acr`, `amr`, scope.

use stepwell_model::idp;

use super::Realm;
use crate::context::Context;
use crate::error::Result;
use crate::tokens::claims::{ADMIN_SCOPE, SignInFacts};
use crate::tokens::issue::{RefreshTokenLife, TokenSet, issue};
use crate::users::User;

/// The facts of a sign-in by password alone: level 1, method `pwd`.
pub fn of_password(cx: &Context<'_>, realm: &Realm) -> SignInFacts {
    SignInFacts {
        origin_jti: cx.domain.rng.uuid(),
        auth_time: cx.now(),
        acr: acr_name(realm, 1),
        amr: vec!["pwd".to_owned()],
        scope: ADMIN_SCOPE.to_owned(),
    }
}

/// Issues the tokens of a fresh sign-in.
pub async fn sign_in(cx: &Context<'_>, realm: &Realm, user: &User, facts: &SignInFacts) -> Result<TokenSet> {
    let life = RefreshTokenLife::Until(cx.now() + realm.client.settings.refresh_token_validity);
    issue(cx, &realm.entry, &realm.client, user, facts, life).await
}

/// The pool's name for an authentication level (developer guide, "Step-up authentication").
fn acr_name(realm: &Realm, level: u8) -> String {
    let configured: Option<&idp::AcrLevelConfigType> =
        realm.entry.settings.acr.as_ref().and_then(|acr| acr.get(&format!("Level{level}")));
    configured
        .and_then(|level| level.acr_value.clone())
        .map_or_else(|| format!("urn:cognito:loa:{level}"), |name| name)
}
