//! Access tokens for machines (developer guide, "Obtaining M2M access tokens with `GetClientToken`"): a client proves
//! its secret and gets a token that speaks for itself, never for a user, and carries custom scopes alone.

use serde_json::{Map, Value, json};
use stepwell_model::{ErrorCode, SecretString};

use super::issuer;
use crate::clients::secret;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::keyring::SigningUse;
use crate::resource_servers;
use crate::triggers::{Metadata, Scene, pre_token_generation};
use crate::{Millis, SECOND};

/// A machine's access token.
#[derive(Debug, Clone)]
pub struct ClientToken {
    /// The access token, a JWT.
    pub access_token: SecretString,
    /// Its life in seconds.
    pub expires_in: i64,
}

/// Issues a token to the client that holds `given` as one of its secrets. Writes nothing. What a client is set up for is
/// told only to who has its secret. The pool's trigger is asked what to change, if it is of version 3.
pub async fn issue(
    cx: &Context<'_>,
    client_id: &str,
    given: &str,
    requested: &[String],
    client_metadata: &Metadata,
) -> Result<ClientToken> {
    let domain = cx.domain;
    let (client, entry) = domain.client_and_pool(client_id).await?;
    if !secret::verify(domain, &entry, &client.id, given).await? {
        return Err(Error::not_authorized("Invalid client or secret"));
    }
    if !client.allows_client_tokens() {
        return Err(Error::not_authorized("ALLOW_CLIENT_TOKEN_AUTH flow not enabled for this client"));
    }
    let configured = client.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let granted = associated(configured, requested)?;
    let granted = resource_servers::active(domain, &entry.pool.id, &granted).await?;
    let life = client.settings.access_token_validity;
    let mut claims = claims(&client.id, &issuer(domain, &entry), &granted, &domain.rng.uuid(), cx.now(), life);
    let scene = Scene::with_client(domain, &entry, &client.id);
    let changes = pre_token_generation::ask_about_machine(&scene, &granted, client_metadata).await.map_err(refused)?;
    if let Some(changes) = changes {
        changes.apply_to_access(&mut claims, &client.id);
    }
    let claims = serde_json::to_vec(&claims).map_err(Error::internal)?;
    Ok(ClientToken {
        access_token: entry.signers.signer(SigningUse::Access)?.sign(&claims)?.into(),
        expires_in: life / SECOND,
    })
}

/// The model gives this operation none of the errors of triggers.
fn refused(error: Error) -> Error {
    match error.code() {
        ErrorCode::UserLambdaValidation => Error::not_authorized(error.message().to_owned()),
        ErrorCode::UnexpectedLambda | ErrorCode::InvalidLambdaResponse => {
            Error::invalid_parameter(error.message().to_owned())
        }
        _ => error,
    }
}

/// The scopes asked for, which must all be custom scopes on the client's list; all of those where none is asked for. The
/// pool's own scopes (`aws.cognito.signin.user.admin`, `openid`, …) are about users and never granted, also where the
/// client lists them.
fn associated(configured: &[String], requested: &[String]) -> Result<Vec<String>> {
    let custom: Vec<String> = configured.iter().filter(|scope| resource_servers::is_custom(scope)).cloned().collect();
    if requested.is_empty() {
        if custom.is_empty() {
            return Err(Error::invalid_parameter("The app client has no custom scopes."));
        }
        return Ok(custom);
    }
    match requested.iter().find(|scope| !custom.contains(scope)) {
        Some(scope) => Err(Error::invalid_parameter(format!("Invalid scope requested: {scope}"))),
        None => Ok(requested.to_vec()),
    }
}

/// The payload. No `username`, no groups, no sign-in to revoke: there is no user.
fn claims(
    client_id: &str,
    issuer: &str,
    scopes: &[String],
    jti: &str,
    now: Millis,
    life: Millis,
) -> Map<String, Value> {
    let (now, life) = (now / SECOND, life / SECOND);
    let claims = [
        ("sub", json!(client_id)),
        ("token_use", json!("access")),
        ("scope", json!(scopes.join(" "))),
        ("auth_time", json!(now)),
        ("iss", json!(issuer)),
        ("exp", json!(now + life)),
        ("iat", json!(now)),
        ("version", json!(2)),
        ("jti", json!(jti)),
        ("client_id", json!(client_id)),
    ];
    claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HOUR;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_request_all_custom_scopes_are_meant() {
        let configured = texts(&["openid", "a/read", "aws.cognito.signin.user.admin", "a/write"]);
        assert_eq!(associated(&configured, &[]).unwrap(), ["a/read", "a/write"]);
        assert_eq!(associated(&configured, &texts(&["a/write"])).unwrap(), ["a/write"]);
    }

    #[test]
    fn nothing_else_can_be_asked_for() {
        let configured = texts(&["openid", "aws.cognito.signin.user.admin", "a/read"]);
        for wrong in ["aws.cognito.signin.user.admin", "openid", "a/write", "b/read", "A/read", ""] {
            let error = associated(&configured, &texts(&["a/read", wrong])).unwrap_err();
            assert_eq!(error.message(), format!("Invalid scope requested: {wrong}"));
        }
        assert!(associated(&texts(&["openid", "email"]), &[]).is_err());
        assert!(associated(&[], &[]).is_err());
    }

    #[test]
    fn the_claims_name_no_user() {
        let scopes = texts(&["a/read", "a/write"]);
        let claims = claims("client", "https://issuer", &scopes, "j", 1_700_000_000_999, HOUR);
        let expected = json!({
            "sub": "client", "client_id": "client", "iss": "https://issuer", "token_use": "access",
            "scope": "a/read a/write", "auth_time": 1_700_000_000, "iat": 1_700_000_000, "exp": 1_700_003_600,
            "version": 2, "jti": "j",
        });
        assert_eq!(Value::Object(claims), expected);
    }
}
