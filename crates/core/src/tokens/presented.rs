//! Tokens of this pool that are presented to get another one: whose they are, and whether they still count.

use serde::Deserialize;
use serde_json::{Map, Value};
use stepwell_model::ErrorCode;

use super::{generation, issuer};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::keyring::SigningUse;
use crate::users::{self, User, UserStatus};
use crate::{Millis, SECOND};

/// Actors behind each other in one token, at most: every service that passes a token on adds one.
const MOST_ACTORS: usize = 8;

/// The two kinds of token that can be presented and issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An access token.
    Access,
    /// An ID token.
    Id,
}

impl Kind {
    fn token_use(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Id => "id",
        }
    }

    /// The key that signs it.
    pub fn signs(self) -> SigningUse {
        match self {
            Self::Access => SigningUse::Access,
            Self::Id => SigningUse::Id,
        }
    }
}

/// As what a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// For whom the new token shall speak.
    Subject,
    /// Who acts for the subject.
    Actor,
}

impl Part {
    fn invalid(self) -> Error {
        Error::not_authorized(match self {
            Self::Subject => "Invalid subject token",
            Self::Actor => "Invalid actor token",
        })
    }

    fn expired(self) -> Error {
        Error::not_authorized(match self {
            Self::Subject => "Subject token has expired",
            Self::Actor => "Actor token has expired",
        })
    }

    fn revoked(self) -> Error {
        Error::not_authorized(match self {
            Self::Subject => "Subject token has been revoked",
            Self::Actor => "Actor token has been revoked",
        })
    }
}

/// A token that counts.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Its kind.
    pub kind: Kind,
    /// The app client it was issued to.
    pub client_id: String,
    /// The user, as stored now; none if the token is a machine's own.
    pub user: Option<Box<User>>,
    /// Whom it speaks for: a user's sub, or a client id.
    pub sub: String,
    /// Its scopes, separated by spaces; an ID token has none.
    pub scope: String,
    /// When the user signed in.
    pub auth_time: Millis,
    /// The level of that sign-in.
    pub acr: String,
    /// The methods of that sign-in.
    pub amr: Vec<String>,
    /// The sign-in; absent where its client has revocation switched off.
    pub origin_jti: Option<String>,
    /// Who acts for the user already.
    pub act: Option<Value>,
    /// End of its life.
    pub expires_at: Millis,
    /// Everything it says.
    pub payload: Map<String, Value>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    token_use: String,
    jti: String,
    exp: i64,
    /// Access tokens name their client so.
    client_id: Option<String>,
    /// ID tokens name their client so, unless they were made for somebody else.
    aud: Option<String>,
    /// ID tokens that were made for somebody else name their client so (OpenID Connect Core, section 2).
    azp: Option<String>,
    #[serde(default)]
    auth_time: i64,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    acr: String,
    #[serde(default)]
    amr: Vec<String>,
    origin_jti: Option<String>,
    act: Option<Value>,
}

impl Claims {
    fn client_id(&self, kind: Kind) -> Option<&str> {
        match kind {
            Kind::Access => self.client_id.as_deref(),
            Kind::Id => self.azp.as_deref().or(self.aud.as_deref()),
        }
    }

    /// A machine's token speaks for its client (`tokens::client_token`).
    fn is_machines(&self, kind: Kind) -> bool {
        kind == Kind::Access && self.client_id.as_deref() == Some(&self.sub)
    }
}

/// Verifies a token of this pool: signature, use, issuer, expiry, its client, and for a user's token all that ends tokens
/// before their time.
pub async fn open(cx: &Context<'_>, entry: &PoolEntry, part: Part, kind: Kind, token: &str) -> Result<Presented> {
    let domain = cx.domain;
    let payload = entry.signers.verify(kind.signs(), token).ok_or_else(|| part.invalid())?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| part.invalid())?;
    let payload: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| part.invalid())?;
    if claims.token_use != kind.token_use() || claims.iss != issuer(domain, entry) {
        return Err(part.invalid());
    }
    let expires_at = claims.exp.saturating_mul(SECOND);
    if cx.now() >= expires_at {
        return Err(part.expired());
    }
    if depth(claims.act.as_ref()) > MOST_ACTORS {
        return Err(part.invalid());
    }
    let client_id = claims.client_id(kind).ok_or_else(|| part.invalid())?.to_owned();
    match domain.client_of_pool(&entry.pool.id, &client_id).await {
        Ok(_) => {}
        Err(error) if error.code() == ErrorCode::ResourceNotFound => return Err(part.invalid()),
        Err(error) => return Err(error),
    }
    let user = if claims.is_machines(kind) { None } else { Some(user_of(cx, entry, part, &claims).await?) };
    Ok(Presented {
        kind,
        client_id,
        user,
        sub: claims.sub,
        scope: claims.scope,
        auth_time: claims.auth_time.saturating_mul(SECOND),
        acr: claims.acr,
        amr: claims.amr,
        origin_jti: claims.origin_jti,
        act: claims.act,
        expires_at,
        payload,
    })
}

/// The user of a token that nothing has ended.
async fn user_of(cx: &Context<'_>, entry: &PoolEntry, part: Part, claims: &Claims) -> Result<Box<User>> {
    let stores = &cx.domain.stores;
    if let Some(origin) = &claims.origin_jti
        && stores.guards.is_revoked(&entry.pool.id, origin).await?
    {
        return Err(part.revoked());
    }
    let user = stores.users.by_sub(&entry.pool.id, &claims.sub).await?.ok_or_else(users::not_found)?;
    if !user.enabled {
        return Err(Error::not_authorized("User is disabled."));
    }
    // The model gives the operation no error of its own for a user who must reset the password.
    if user.status == UserStatus::ResetRequired || generation::made(&entry.keys, &claims.jti, user.generation).is_none()
    {
        return Err(part.revoked());
    }
    Ok(Box::new(user))
}

/// How many actors stand behind each other.
fn depth(act: Option<&Value>) -> usize {
    std::iter::successors(act, |act| act.get("act")).take(MOST_ACTORS + 1).count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actors_are_counted_and_no_further_than_needed() {
        assert_eq!(depth(None), 0);
        assert_eq!(depth(Some(&json!({"sub": "a"}))), 1);
        assert_eq!(depth(Some(&json!({"sub": "b", "act": {"sub": "a"}}))), 2);
        let many = (0..50).fold(json!({"sub": "0"}), |act, _| json!({"sub": "n", "act": act}));
        assert_eq!(depth(Some(&many)), MOST_ACTORS + 1);
    }
}
