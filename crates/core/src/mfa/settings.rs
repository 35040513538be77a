//! `SetUserSettings` and `AdminSetUserSettings`, which turned text messages on and off before there were other factors.
//! AWS calls them no longer supported; they still work, for text messages alone.

use stepwell_model::idp::{DeliveryMediumType, MFAOptionType};

use super::MfaFactor;
use super::preferences::no_delivery;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::{ContactAttribute, UserPool};
use crate::users::{User, find, update};

/// `SetUserSettings`.
pub async fn set_own(cx: &Context<'_>, options: &[MFAOptionType]) -> Result<()> {
    let token = cx.access_token()?;
    set(cx, &token.pool_id, token.user.clone(), options).await
}

/// `AdminSetUserSettings`.
pub async fn admin_set(cx: &Context<'_>, pool_id: &str, name: &str, options: &[MFAOptionType]) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    set(cx, pool_id, user, options).await
}

async fn set(cx: &Context<'_>, pool_id: &str, user: User, options: &[MFAOptionType]) -> Result<()> {
    check(options)?;
    let entry = cx.domain.pool(pool_id).await?;
    let changed = update::apply(cx.domain, &entry, user, |user| {
        if options.is_empty() {
            user.mfa.disable(MfaFactor::Sms);
        } else if can_receive(&entry, user) {
            user.mfa.enable(MfaFactor::Sms);
        } else {
            return Err(no_delivery(MfaFactor::Sms));
        }
        Ok(Vec::new())
    });
    changed.await.map(|_| ())
}

fn check(options: &[MFAOptionType]) -> Result<()> {
    let is_sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(DeliveryMediumType::Sms)
            && option.attribute_name.as_deref() == Some(ContactAttribute::PhoneNumber.name())
    };
    if options.iter().all(is_sms) {
        return Ok(());
    }
    Err(Error::invalid_parameter("MFAOptions can hold only the delivery medium SMS to the attribute phone_number."))
}

fn can_receive(pool: &UserPool, user: &User) -> bool {
    pool.settings.mfa.sms && user.attribute(ContactAttribute::PhoneNumber.name()).is_some()
}

/// `MFAOptions` of a user: told only of text messages that are on.
pub fn of_user(user: &User) -> Option<Vec<MFAOptionType>> {
    user.mfa.enabled.contains(&MfaFactor::Sms).then(|| {
        vec![MFAOptionType {
            delivery_medium: Some(DeliveryMediumType::Sms),
            attribute_name: Some(ContactAttribute::PhoneNumber.name().to_owned()),
        }]
    })
}
