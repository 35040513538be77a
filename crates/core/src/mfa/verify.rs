//! `VerifySoftwareToken` by a signed-in user: a code proves that the app has the secret, which comes into force. (During a
//! sign-in, see `auth::mfa_setup`.)

use super::software_token::{self, Checked};
use super::{SoftwareToken, attempts};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::users::update;
use stepwell_model::ErrorCode;

/// The longest name of an app that is kept, in characters. Ours: Cognito's model has no sensible bound.
const MAX_NAME: usize = 256;

/// Puts the pending secret in force. Asking for its codes at sign-in is another matter (`SetUserMFAPreference`).
pub async fn with_token(cx: &Context<'_>, code: &str, friendly_name: Option<&str>) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    software_token::check_offered(&entry)?;
    let friendly_name = check_name(friendly_name)?;
    let sealed = token.user.pending_software_token.clone().ok_or_else(not_associated)?;
    let counted = attempts::count_registration(cx, &entry.pool.id, &token.sub).await?;
    let spend = match software_token::check(cx, &entry, &token.sub, &sealed, code).await? {
        Checked::Right(spend) => *spend,
        Checked::Used => return Err(used()),
        Checked::Wrong => return Err(mismatch()),
    };
    let verified = update::apply(cx.domain, &entry, token.user.clone(), |user| {
        // Another secret was asked for meanwhile: the code says nothing about that one.
        if user.pending_software_token.as_ref() != Some(&sealed) {
            return Err(mismatch());
        }
        user.pending_software_token = None;
        user.software_token =
            Some(SoftwareToken { sealed_secret: sealed.clone(), friendly_name: friendly_name.clone() });
        Ok(vec![spend.clone(), counted.clone()])
    });
    match verified.await {
        Ok(_) => Ok(()),
        // The time step was used up at the same moment.
        Err(error) if error.code() == ErrorCode::ExpiredCode => Err(used()),
        Err(error) => Err(error),
    }
}

/// The name of an app as it is kept: none if it is empty.
pub(crate) fn check_name(name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid_parameter(format!(
            "FriendlyDeviceName must not be longer than {MAX_NAME} characters."
        )));
    }
    Ok(Some(name.to_owned()))
}

/// `EnableSoftwareTokenMFAException`: the code is not the secret's.
pub(crate) fn mismatch() -> Error {
    Error::new(ErrorCode::EnableSoftwareTokenMFA, "Code mismatch")
}

/// The code was right once; whoever saw it then must not use it again (RFC 6238, section 5.2).
pub(crate) fn used() -> Error {
    Error::new(ErrorCode::EnableSoftwareTokenMFA, "Your software token has already been used once.")
}

/// No secret was asked for.
pub(crate) fn not_associated() -> Error {
    Error::new(
        ErrorCode::SoftwareTokenMFANotFound,
        "No software token waits for its verification; call AssociateSoftwareToken first.",
    )
}
