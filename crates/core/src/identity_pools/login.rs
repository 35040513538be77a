//! Verifying the `Logins` of a request: every token must be genuine, of a provider that the pool accepts, and still count.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::entry::IdentityPoolEntry;
use super::identity::Login;
use super::{Logins, logins_do_not_match, openid_login, provider, social, user_pool_login};
use crate::context::Context;
use crate::error::{Error, Result};

/// A login that a token has proven.
#[derive(Debug, Clone)]
pub(super) struct VerifiedLogin {
    /// Who it is.
    pub(super) login: Login,
    /// Under which key the pool has role mappings for the provider; a user pool's names the app client.
    pub(super) role_key: String,
    /// Who it is, as the OpenID token and the `amr` condition key say it: `<provider>:<app>:<subject>`.
    pub(super) amr: String,
    /// What the provider's token says.
    pub(super) claims: Claims,
}

/// The claims of a verified token, read whole only where rules or tags ask for one of them.
#[derive(Debug, Clone)]
pub(super) enum Claims {
    /// The payload, known to be a JSON object.
    Payload(Vec<u8>),
    /// The object.
    Read(Map<String, Value>),
}

impl Claims {
    /// All of them.
    pub(super) fn read(&self) -> Cow<'_, Map<String, Value>> {
        match self {
            Self::Payload(payload) => Cow::Owned(serde_json::from_slice(payload).unwrap_or_default()),
            Self::Read(claims) => Cow::Borrowed(claims),
        }
    }
}

/// Verifies all of them. There is at least one; each provider is there once, also under its other names.
pub(super) async fn verify_all(
    cx: &Context<'_>,
    entry: &IdentityPoolEntry,
    logins: &Logins,
) -> Result<Vec<VerifiedLogin>> {
    if !entry.has_providers() {
        return Err(logins_do_not_match());
    }
    let mut verified: Vec<VerifiedLogin> = Vec::with_capacity(logins.len());
    for (name, token) in logins {
        let login = verify(cx, entry, name, token).await?;
        if verified.iter().any(|other| other.login.provider == login.login.provider) {
            return Err(Error::invalid_parameter(format!("Logins names the provider {name} twice.")));
        }
        verified.push(login);
    }
    Ok(verified)
}

async fn verify(cx: &Context<'_>, entry: &IdentityPoolEntry, name: &str, token: &str) -> Result<VerifiedLogin> {
    if name == provider::IDENTITY_POOLS {
        return Err(invalid("Can't pass in a Cognito token."));
    }
    if let Some(user_pool) = provider::user_pool_id(&cx.domain.settings, name)
        && let Some(clients) = entry.clients_of(user_pool)
    {
        return user_pool_login::verify(cx, user_pool, clients, token).await;
    }
    if entry.oidc_provider_arns.iter().any(|arn| provider::oidc_address(arn) == Some(name)) {
        return openid_login::verify(cx, entry, name, token).await;
    }
    if let Some(app_ids) = entry.social_providers.get(name) {
        return social::verify(cx, name, app_ids, token).await;
    }
    if entry.saml_provider_arns.iter().any(|arn| arn == name) {
        return Err(Error::invalid_parameter("SAML assertions are not supported by this build of Stepwell yet."));
    }
    if entry.developer_provider.as_deref() == Some(name) {
        // For that there is an operation that only the backend may call.
        return Err(Error::invalid_parameter("Please provide a valid public provider."));
    }
    Err(not_supported())
}

/// `Invalid login token. …`
pub(super) fn invalid(why: &str) -> Error {
    Error::not_authorized(format!("Invalid login token. {why}"))
}

pub(super) fn not_a_token() -> Error {
    invalid("Not a valid OpenId Connect identity token.")
}

/// Both times in seconds since the epoch.
pub(super) fn expired(now: i64, expired_at: i64) -> Error {
    invalid(&format!("Token expired: {now} >= {expired_at}"))
}

/// A provider, or an app of it, that the pool does not have.
pub(super) fn not_supported() -> Error {
    Error::not_authorized("Token is not from a supported provider of this identity pool.")
}
