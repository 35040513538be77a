//! ID tokens of other OpenID providers: those registered in IAM, Google and Apple.

use std::collections::BTreeSet;

use super::entry::IdentityPoolEntry;
use super::identity::Login;
use super::login::{Claims, VerifiedLogin, expired, invalid, not_a_token, not_supported};
use super::{issuer, provider};
use crate::SECOND;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::iam::OidcProvider;
use crate::tokens::external::{self, ExternalTokenError};
use stepwell_model::ErrorCode;

/// Verifies a token of a provider that the pool names by its ARN: `name` is its address without the scheme. Its audiences are
/// those of the provider in IAM, read now: a provider or client that was removed there no longer counts.
pub(super) async fn verify(
    cx: &Context<'_>,
    entry: &IdentityPoolEntry,
    name: &str,
    token: &str,
) -> Result<VerifiedLogin> {
    let registered =
        cx.domain.stores.iam.oidc_provider(&OidcProvider::key_of(name)).await?.ok_or_else(not_supported)?;
    // The pool may name a provider of another account; those are not here.
    if !entry.oidc_provider_arns.contains(&registered.arn(&cx.domain.settings.account_id)) {
        return Err(not_supported());
    }
    verify_for(cx, name, &registered.client_ids, token).await
}

/// Verifies a token of the issuer `https://<name>` for one of these clients.
pub(super) async fn verify_for(
    cx: &Context<'_>,
    name: &str,
    client_ids: &BTreeSet<String>,
    token: &str,
) -> Result<VerifiedLogin> {
    let url = format!("https://{name}");
    let claims = issuer::unverified(token).ok_or_else(not_a_token)?;
    if external::issuer_of(&claims) != Some(url.as_str()) {
        return Err(invalid("Issuer doesn't match providerName"));
    }
    let verified = match external::verify(cx.domain, &url, token).await {
        Ok(verified) => verified,
        Err(ExternalTokenError::Invalid(_)) => return Err(invalid("Couldn't verify signed token.")),
        Err(ExternalTokenError::Expired { .. }) => {
            let expired_at = claims.get("exp").and_then(serde_json::Value::as_i64).unwrap_or_default();
            return Err(expired(cx.now() / SECOND, expired_at));
        }
        Err(ExternalTokenError::Unreachable(why)) => {
            tracing::warn!(issuer = url, why, "an identity provider could not be asked for its keys");
            return Err(Error::new(ErrorCode::ExternalService, "The identity provider could not be reached."));
        }
    };
    let client_id =
        verified.client_id_among(client_ids).ok_or_else(|| invalid("Incorrect token audience."))?.to_owned();
    let subject = verified.subject;
    Ok(VerifiedLogin {
        role_key: provider::canonical(&cx.domain.settings, name),
        amr: format!("{name}:{client_id}:{subject}"),
        login: Login { provider: name.to_owned(), subject },
        claims: Claims::Read(verified.claims),
    })
}
