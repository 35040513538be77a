//! `ResendConfirmationCode`.

use super::{addressee, check_enabled, confirmation_address, send_or_pretend};
use crate::SecretString;
use crate::auth::{Realm, secret_hash};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{CodeDelivery, Occasion};
use crate::quotas::Action;
use crate::triggers::Metadata;
use crate::users::UserStatus;

/// Sends a new confirmation code; the old one stops working. Where the client hides users, a name that is nobody's and
/// a user who is not waiting for a code get the same answer.
pub async fn resend(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    hash: Option<&SecretString>,
    client_metadata: &Metadata,
) -> Result<CodeDelivery> {
    let entry = &realm.entry;
    secret_hash::check(cx, realm, hash, &[username]).await?;
    let no_address = || Error::invalid_parameter("Cannot resend codes. Auto verification not turned on.");
    let addressee = addressee(cx, realm, username, Action::ResendConfirmationCode, None, |user| {
        check_enabled(user)?;
        if user.status != UserStatus::Unconfirmed {
            return Err(Error::invalid_parameter("User is already confirmed."));
        }
        confirmation_address(entry, user).map(|_| ()).ok_or_else(no_address)
    });
    let (writes, delivery) =
        send_or_pretend(cx, realm, username, Occasion::ResendCode, addressee.await?, client_metadata, |user| {
            confirmation_address(entry, user).ok_or_else(no_address)
        })
        .await?;
    cx.domain.commit(writes).await?;
    Ok(delivery)
}
