//! What a finished sign-in says about itself: `auth_time`, `acr`, `amr`, scope.

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
        acr: realm.entry.settings.acr_name(1),
        amr: vec!["pwd".to_owned()],
        scope: ADMIN_SCOPE.to_owned(),
    }
}

/// Issues the tokens of a fresh sign-in.
pub async fn sign_in(cx: &Context<'_>, realm: &Realm, user: &User, facts: &SignInFacts) -> Result<TokenSet> {
    let life = RefreshTokenLife::Until(cx.now() + realm.client.settings.refresh_token_validity);
    issue(cx, &realm.entry, &realm.client, user, facts, life).await
}
