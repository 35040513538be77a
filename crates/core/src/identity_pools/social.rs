//! Tokens of social providers. Those of Google and Apple are OpenID tokens and verified as such; the others are opaque, and
//! only their provider could say what they are worth.

use std::collections::BTreeSet;

use super::login::VerifiedLogin;
use super::{openid_login, provider};
use crate::context::Context;
use crate::error::{Error, Result};

/// Verifies a token of a provider that the pool knows under these app ids (several are separated by semicolons).
pub(super) async fn verify(cx: &Context<'_>, name: &str, app_ids: &str, token: &str) -> Result<VerifiedLogin> {
    match name {
        provider::GOOGLE | provider::APPLE => {
            let app_ids: BTreeSet<String> = app_ids.split(';').filter(|id| !id.is_empty()).map(str::to_owned).collect();
            openid_login::verify_for(cx, name, &app_ids, token).await
        }
        _ => Err(Error::invalid_parameter(format!(
            "Access tokens of {name} are not supported by this build of Stepwell yet."
        ))),
    }
}
