//! Issuing tokens after a sign-in or a refresh.

use serde_json::{Map, Value};
use stepwell_model::SecretString;

use super::claims::{self, ClaimsInput, SignInFacts};
use super::generation::{self, Made};
use super::issuer;
use super::refresh_token::RefreshToken;
use crate::cache::PoolEntry;
use crate::clients::AppClient;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::groups;
use crate::keyring::SigningUse;
use crate::triggers::{Metadata, Scene, TokenSource, pre_token_generation};
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

/// What tokens are made for, as the pool's `PreTokenGeneration` trigger learns it.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// What for.
    pub source: TokenSource,
    /// `ClientMetadata`, where it comes so far.
    pub client_metadata: &'a Metadata,
    /// `event_id`.
    pub event_id: &'a str,
}

/// Signs an ID and an access token, and seals a refresh token if asked to, after asking the pool's trigger what to change
/// in them. Reads the user's groups; writes nothing.
pub async fn issue(
    cx: &Context<'_>,
    entry: &PoolEntry,
    client: &AppClient,
    user: &User,
    facts: &SignInFacts,
    refresh: RefreshTokenLife,
    occasion: Occasion<'_>,
) -> Result<TokenSet> {
    let domain = cx.domain;
    let members_of = domain.stores.groups.of_user(&entry.pool.id, &user.sub, None, MAX_GROUPS).await?;
    let mut group_claims = groups::claims(&members_of);
    let scene = Scene::with_client(domain, entry, &client.id);
    let changes =
        pre_token_generation::ask(&scene, occasion.source, user, &group_claims, &facts.scope, occasion.client_metadata);
    let mut changes = changes.await?;
    if let Some(groups) = changes.as_mut().and_then(|changes| changes.groups.take()) {
        group_claims = groups;
    }
    let issuer = issuer(domain, entry);
    let input = ClaimsInput {
        pool: &entry.pool,
        client,
        user,
        groups: &group_claims,
        facts,
        issuer: &issuer,
        event_id: occasion.event_id,
        now: cx.now(),
    };
    let jti = || generation::jti(&*domain.rng, &entry.keys, user.generation, Made::BySignIn);
    let (access_jti, id_jti) = (jti(), jti());
    let (access, id) = (claims::access(&input, &access_jti), claims::id(&input, &id_jti));
    let (access, id) = match &changes {
        None => (access.to_payload()?, id.to_payload()?),
        Some(changes) => {
            let (mut access, mut id) = (access.into_json(), id.into_json());
            changes.apply_to_access(&mut access, &client.id);
            changes.apply_to_id(&mut id);
            (payload(&access)?, payload(&id)?)
        }
    };
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

fn payload(claims: &Map<String, Value>) -> Result<Vec<u8>> {
    serde_json::to_vec(claims).map_err(Error::internal)
}
