//! `AssociateSoftwareToken` by a signed-in user: a new secret, which takes the place of the one in force only once a code
//! of it was seen. (During a sign-in, see `auth::mfa_setup`.)

use zeroize::Zeroizing;

use super::software_token;
use super::totp::Secret;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::users::update;
use stepwell_model::ErrorCode;

/// Makes a secret and returns it in base32.
pub async fn with_token(cx: &Context<'_>) -> Result<Zeroizing<String>> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    software_token::check_offered(&entry)?;
    let secret = Secret::generate(&*cx.domain.rng);
    let sealed = software_token::seal(&*cx.domain.rng, &entry, &token.sub, &secret)?;
    let pending = update::apply(cx.domain, &entry, token.user.clone(), |user| {
        user.pending_software_token = Some(sealed.clone());
        Ok(Vec::new())
    });
    pending.await.map_err(declared)?;
    Ok(secret.to_base32())
}

/// The model gives the operation other errors for a user who is changed by others without end, or gone.
fn declared(error: Error) -> Error {
    match error.code() {
        ErrorCode::TooManyRequests => Error::new(ErrorCode::ConcurrentModification, error.message().to_owned()),
        ErrorCode::UserNotFound => Error::not_authorized("Access Token has been revoked"),
        _ => error,
    }
}
