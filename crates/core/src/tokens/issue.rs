//! Issuing tokens after a sign-in or a refresh.

use stepwell_model::SecretString;

use super::claims::{self, ClaimsInput, SignInFacts};
use super::refresh_token::RefreshToken;
use super::{generation, issuer};
use crate::cache::PoolEntry;
use crate::clients::AppClient;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::groups;
use crate::keyring::SigningUse;
use crate::users::User;
use crate::{Millis, SECOND};

/// The most groups a user can be in (Cognito's quota), so all of them fit one read.
const MAX_GROUPS: u32 = 100;

/// A set of tokens.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The ID token, a JWT.
    pub id_token: SecretString,
    /// The access token, a JWT.
    pub access_token: SecretString,
    /// The refresh token, opaque; none where the caller keeps the one it has.
    pub refresh_token: Option<SecretString>,
    /// Life of the access token in seconds.
    pub expires_in: i64,
}

/// Which refresh token comes with the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokenLife {
    /// None: the caller keeps its own.
    None,
    /// A new one that ends at this time.
    Until(Millis),
}

/// Signs an ID and an access token, and seals a refresh token if asked to. Reads the user's groups; writes nothing.
pub async fn issue(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    user: &User,
    facts: &SignInFacts,
    refresh: RefreshTokenLife,
) -> Result<TokenSet> {
    let domain = cx.domain;
    let members_of = domain.stores.groups.of_user(&entry.pool.id, &user.sub, None, MAX_GROUPS).await?;
    let group_claims = groups::claims(&members_of);
    let issuer = issuer(domain, entry);
    let input = ClaimsInput {
        pool: &entry.pool,
        client,
        user,
        groups: &group_claims,
        facts,
        issuer: &issuer,
        event_id: &cx.caller.request_id,
        now: cx.now(),
    };
    let access_jti = generation::jti(&*domain.rng, &entry.keys, user.generation);
    let access = serde_json::to_vec(&claims::access(&input, &access_jti)).map_err(Error::internal)?;
    let id = serde_json::to_vec(&claims::id(&input, &domain.rng.uuid())?).map_err(Error::internal)?;
    let refresh_token = match refresh {
        RefreshTokenLife::None => None,
        RefreshTokenLife::Until(expires_at) => {
            let token = RefreshToken {
                id: domain.rng.uuid(),
                sub: user.sub.clone(),
                generation: user.generation,
                expires_at,
                facts: facts.clone(),
            };
            Some(token.seal(&*domain.rng, entry, &client.id)?)
        }
    };
    Ok(TokenSet {
        id_token: entry.signers.signer(SigningUse::Id)?.sign(&id)?.into(),
        access_token: entry.signers.signer(SigningUse::Access)?.sign(&access)?.into(),
        refresh_token,
        expires_in: client.settings.access_token_validity / SECOND,
    })
}
