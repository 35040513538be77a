//! `ResendConfirmationCode`.

use super::{already_confirmed, confirmation_address, not_found, unknown_subject};
use crate::SecretString;
use crate::auth::{Realm, secret_hash};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, CodeDelivery, Occasion, codes};
use crate::ports::store::CodePurpose;
use crate::quotas::{self, Action};
use crate::users::{UserStatus, find};

/// Sends a new confirmation code; the old one stops working. A name that is nobody's gets the same answer where the
/// client hides that.
pub async fn resend(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    hash: Option<&SecretString>,
) -> Result<CodeDelivery> {
    let (domain, entry) = (cx.domain, &realm.entry);
    secret_hash::check(cx, realm, hash, &[username]).await?;
    let Some(user) = find::by_login(domain, entry, username).await? else {
        if !realm.masks_users() {
            return Err(not_found());
        }
        let subject = unknown_subject(realm, username);
        quotas::count(domain, &entry.pool.id, &subject, Action::ResendConfirmationCode).await?;
        let (_, put) = codes::issue(domain, entry, &subject, CodePurpose::ConfirmSignUp, username)?;
        domain.commit(vec![put]).await?;
        return Ok(messaging::simulated(entry, username));
    };
    quotas::count(domain, &entry.pool.id, &user.sub, Action::ResendConfirmationCode).await?;
    if !user.enabled && realm.masks_users() {
        return Ok(messaging::simulated(entry, username));
    }
    if user.status != UserStatus::Unconfirmed {
        return already_confirmed();
    }
    let address = confirmation_address(entry, &user)
        .ok_or_else(|| Error::invalid_parameter("Cannot resend codes. Auto verification not turned on."))?;
    let (writes, delivery) =
        messaging::send_code(domain, entry, &realm.client.id, &user, address, Occasion::ResendCode)?;
    domain.commit(writes).await?;
    Ok(delivery)
}
