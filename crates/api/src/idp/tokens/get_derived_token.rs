//! `GetDerivedToken`.

use stepwell_core::auth::Realm;
use stepwell_core::tokens::derived::{self, Exchange, Target};
use stepwell_core::tokens::presented::Kind;
use stepwell_core::{Context, Error, Result};
use stepwell_model::idp::{
    GetDerivedToken, GetDerivedTokenRequest, GetDerivedTokenResponse, IssuedTokenTypeIdentifierType,
    OAuthTokenTypeType, TokenTypeIdentifierType,
};

use crate::operation::Operation;

impl Operation for GetDerivedToken {
    async fn call(cx: &Context<'_>, input: GetDerivedTokenRequest) -> Result<GetDerivedTokenResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let subject_kind = kind(input.subject_token_type.as_ref(), input.subject_token_provider_name.as_deref())?;
        let subject = (subject_kind, input.subject_token.as_deref().unwrap_or_default());
        let actor = match input.actor_token.as_deref() {
            Some(token) => {
                let provider = input.actor_token_provider_name.as_deref();
                Some((kind(input.actor_token_type.as_ref(), provider)?, token))
            }
            None if input.actor_token_type.is_some() || input.actor_token_provider_name.is_some() => {
                return Err(Error::invalid_parameter("ActorToken is required with ActorTokenType."));
            }
            None => None,
        };
        let exchange = Exchange {
            subject,
            actor,
            scopes: input.scopes.as_deref().unwrap_or_default(),
            target: target(input.audiences.as_deref(), input.resources.as_deref())?,
            wanted: match input.requested_token_type {
                Some(IssuedTokenTypeIdentifierType::IdToken) => Kind::Id,
                Some(IssuedTokenTypeIdentifierType::AccessToken) | None => Kind::Access,
                Some(IssuedTokenTypeIdentifierType::Unknown(_)) => {
                    return Err(Error::invalid_parameter("RequestedTokenType must be ACCESS_TOKEN or ID_TOKEN."));
                }
            },
        };
        let derived = derived::exchange(cx, &realm, input.client_secret.as_deref(), exchange).await?;
        let (issued, bearer) = match derived.kind {
            Kind::Access => (IssuedTokenTypeIdentifierType::AccessToken, OAuthTokenTypeType::Bearer),
            Kind::Id => (IssuedTokenTypeIdentifierType::IdToken, OAuthTokenTypeType::NA),
        };
        Ok(GetDerivedTokenResponse {
            issued_token: Some(derived.token),
            issued_token_type: Some(issued),
            token_type: Some(bearer),
            expires_in: i32::try_from(derived.expires_in).ok(),
            scopes: (derived.kind == Kind::Access).then_some(derived.scopes),
        })
    }
}

/// The kind of a presented token. Those of identity providers wait for federation.
fn kind(kind: Option<&TokenTypeIdentifierType>, provider: Option<&str>) -> Result<Kind> {
    match (kind, provider) {
        (Some(TokenTypeIdentifierType::Saml2), _) | (_, Some(_)) => Err(Error::invalid_parameter(
            "Tokens and assertions of identity providers are not supported by this build of Stepwell yet.",
        )),
        (Some(TokenTypeIdentifierType::AccessToken), None) => Ok(Kind::Access),
        (Some(TokenTypeIdentifierType::IdToken), None) => Ok(Kind::Id),
        (Some(TokenTypeIdentifierType::Unknown(_)) | None, None) => {
            Err(Error::invalid_parameter("A token needs a type: ACCESS_TOKEN or ID_TOKEN."))
        }
    }
}

fn target<'a>(audiences: Option<&'a [String]>, resources: Option<&'a [String]>) -> Result<Target<'a>> {
    match (audiences.unwrap_or_default(), resources.unwrap_or_default()) {
        ([], []) => Ok(Target::Anywhere),
        ([audience], []) => Ok(Target::Audience(audience)),
        ([], [resource]) => Ok(Target::Resource(resource)),
        _ => Err(Error::invalid_parameter("Audiences and Resources take one value, and only one of them.")),
    }
}
