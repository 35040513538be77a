//! Beginning a session at sign-in, where the pool tracks them.

use crate::auth::{Realm, Request};
use crate::context::Context;
use crate::error::Result;
use crate::ports::store::Write;
use crate::tokens::claims::SignInFacts;
use crate::users::User;

/// The writes that begin a session and end those beyond the pool's limit, least recently used first.
pub async fn at_sign_in(
    _cx: &Context<'_>,
    _realm: &Realm,
    _user: &User,
    _facts: &SignInFacts,
    _request: &Request<'_>,
) -> Result<Vec<Write>> {
    Ok(Vec::new())
}
