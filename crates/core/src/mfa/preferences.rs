//! `SetUserMFAPreference`, by users and by administrators: which second factors are on, and which is asked for first.

use super::{MfaFactor, MfaPreferences, usable};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::{MfaMode, UserPool, passkeys_are_two_factors};
use crate::users::{User, UserStatus, find, update};
use stepwell_model::ErrorCode;

/// What is asked for one factor. What is left out stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FactorChange {
    /// `Enabled`.
    pub enabled: Option<bool>,
    /// `PreferredMfa`.
    pub preferred: Option<bool>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreferenceChange {
    /// `SMSMfaSettings`.
    pub sms: Option<FactorChange>,
    /// `SoftwareTokenMfaSettings`.
    pub software_token: Option<FactorChange>,
    /// `EmailMfaSettings`.
    pub email: Option<FactorChange>,
    /// `WebAuthnMfaSettings.Enabled`.
    pub web_authn: Option<bool>,
}

impl PreferenceChange {
    fn of(self, factor: MfaFactor) -> FactorChange {
        let change = match factor {
            MfaFactor::Sms => self.sms,
            MfaFactor::SoftwareToken => self.software_token,
            MfaFactor::Email => self.email,
        };
        change.unwrap_or_default()
    }
}

/// `SetUserMFAPreference`.
pub async fn set_own(cx: &Context<'_>, change: PreferenceChange) -> Result<()> {
    let token = cx.access_token()?;
    set(cx, &token.pool_id, token.user.clone(), change).await
}

/// `AdminSetUserMFAPreference`.
pub async fn admin_set(cx: &Context<'_>, pool_id: &str, name: &str, change: PreferenceChange) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let user = find::for_admin(cx.domain, &entry, name).await?;
    if user.status == UserStatus::Unconfirmed {
        return Err(Error::new(ErrorCode::UserNotConfirmed, "User is not confirmed."));
    }
    set(cx, pool_id, user, change).await
}

async fn set(cx: &Context<'_>, pool_id: &str, user: User, change: PreferenceChange) -> Result<()> {
    let entry = cx.domain.pool(pool_id).await?;
    let changed = update::apply(cx.domain, &entry, user, |user| {
        user.mfa = apply(&entry, user, change)?;
        Ok(Vec::new())
    });
    changed.await.map(|_| ())
}

/// The preferences after the change. Where the pool requires MFA, turning factors off changes what is preferred, not
/// that one is asked for.
fn apply(pool: &UserPool, user: &User, change: PreferenceChange) -> Result<MfaPreferences> {
    let mut mfa = user.mfa.clone();
    let preferred = MfaFactor::ALL.into_iter().filter(|factor| change.of(*factor).preferred == Some(true));
    if preferred.count() > 1 {
        return Err(Error::invalid_parameter("Only one MFA factor can be set as preferred."));
    }
    for factor in MfaFactor::ALL {
        match change.of(factor).enabled {
            Some(true) => {
                if !can_be_on(pool, user, factor) {
                    return Err(no_delivery(factor));
                }
                mfa.enable(factor);
            }
            Some(false) => mfa.disable(factor),
            None => {}
        }
    }
    for factor in MfaFactor::ALL {
        match change.of(factor).preferred {
            Some(true) if !mfa.enabled.contains(&factor) => {
                let name = factor.challenge_name();
                return Err(Error::invalid_parameter(format!("{name} must be enabled to be set as preferred.")));
            }
            Some(true) => mfa.preferred = Some(factor),
            Some(false) if mfa.preferred == Some(factor) => mfa.preferred = None,
            Some(false) | None => {}
        }
    }
    if let Some(on) = change.web_authn {
        if on && !passkeys_are_two_factors(&pool.settings) {
            return Err(Error::invalid_parameter(
                "WebAuthn MFA requires the FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION in the user pool.",
            ));
        }
        if on && mfa.enabled.is_empty() && usable(pool, user).is_empty() {
            return Err(Error::invalid_parameter("WebAuthn MFA requires another MFA factor to be enabled."));
        }
        mfa.web_authn = on;
    } else if mfa.enabled.is_empty() && pool.settings.mfa.mode != MfaMode::On {
        // Without a second factor there is nothing for which a passkey could stand.
        mfa.web_authn = false;
    }
    Ok(mfa)
}

/// True if the pool offers the factor, or has offered it to this user before, and the user has what it takes.
fn can_be_on(pool: &UserPool, user: &User, factor: MfaFactor) -> bool {
    match factor.contact() {
        Some(contact) => pool.settings.mfa.offers(factor) && user.attribute(contact.name()).is_some(),
        None => user.software_token.is_some(),
    }
}

/// Cognito's words for a factor that cannot be turned on.
pub(super) fn no_delivery(factor: MfaFactor) -> Error {
    Error::invalid_parameter(format!("User does not have delivery config set to turn on {}", factor.challenge_name()))
}

#[cfg(test)]
#[path = "preferences_tests.rs"]
mod tests;
