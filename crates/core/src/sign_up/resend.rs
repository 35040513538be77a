//! `ResendConfirmationCode`.

use super::{Request, addressee, check_enabled, confirmation_address, send_or_pretend};
use crate::auth::Realm;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{CodeDelivery, Occasion};
use crate::quotas::Action;
use crate::users::UserStatus;

/// Sends a new confirmation code; the old one stops working. Where the client hides users, a name that is nobody's and
/// a user who is not waiting for a code get the same answer.
pub async fn resend(cx: &Context<'_>, realm: &Realm, request: Request<'_>) -> Result<CodeDelivery> {
    let entry = &realm.entry;
    let source = request.enter(cx, realm).await?;
    let no_address = || Error::invalid_parameter("Cannot resend codes. Auto verification not turned on.");
    let addressee = addressee(cx, realm, request.username, Action::ResendConfirmationCode, None, |user| {
        check_enabled(user)?;
        if user.status != UserStatus::Unconfirmed {
            return Err(Error::invalid_parameter("User is already confirmed."));
        }
        confirmation_address(entry, user).map(|_| ()).ok_or_else(no_address)
    });
    let (writes, delivery) =
        send_or_pretend(cx, realm, request, &source, Occasion::ResendCode, addressee.await?, |user| {
            confirmation_address(entry, user).ok_or_else(no_address)
        })
        .await?;
    cx.domain.commit(writes).await?;
    Ok(delivery)
}
