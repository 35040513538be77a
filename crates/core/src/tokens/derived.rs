//! Token exchange (RFC 8693; developer guide, "Exchanging tokens for downstream services"): a service that was called with a
//! user's token gets another one for the next service. `GetDerivedToken`.
//!
//! Nothing is widened on the way. The new token ends no later than the one it was made of, and with the same sign-in; it
//! has no scope that the old one lacks; it shows no attribute that the old one's holder could not read; whoever acts for the
//! user stays named; and it counts nowhere as a sign-in.

use serde_json::{Map, Value, json};
use stepwell_model::{ErrorCode, SecretString};

use super::claims::{self, ADMIN_SCOPE, ClaimsInput, SignInFacts};
use super::generation::{self, Made};
use super::issuer;
use super::presented::{self, Kind, Part, Presented};
use crate::auth::Realm;
use crate::clients::{self, AppClient};
use crate::context::{Context, Principal};
use crate::error::{Error, Result};
use crate::groups;
use crate::pools::plan::{self, Feature};
use crate::resource_servers;
use crate::triggers::{NO_METADATA, Scene, TokenSource, pre_token_generation};
use crate::users::User;
use crate::{Millis, SECOND};

/// The most groups a user can be in (Cognito's quota), so all of them fit one read.
const MAX_GROUPS: u32 = 100;

/// Where the new token shall be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// Nowhere in particular.
    Anywhere,
    /// A service by its logical name (`Audiences`).
    Audience(&'a str),
    /// A resource server of the pool (`Resources`).
    Resource(&'a str),
}

impl<'a> Target<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Anywhere => None,
            Self::Audience(name) | Self::Resource(name) => Some(name),
        }
    }

    /// Where it stands in the request.
    fn parameter(self) -> &'static str {
        match self {
            Self::Resource(_) => "Resources",
            Self::Anywhere | Self::Audience(_) => "Audiences",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The token of the user.
    pub subject: (Kind, &'a str),
    /// The token of who acts for the user: with it, the exchange is a delegation, without it an impersonation.
    pub actor: Option<(Kind, &'a str)>,
    /// The scopes wanted; none means those of the subject token.
    pub scopes: &'a [String],
    /// Where the new token shall be used.
    pub target: Target<'a>,
    /// What it shall be.
    pub wanted: Kind,
}

/// The new token.
#[derive(Debug, Clone)]
pub struct DerivedToken {
    /// The token, a JWT.
    pub token: SecretString,
    /// What it is.
    pub kind: Kind,
    /// Its life in seconds.
    pub expires_in: i64,
    /// Its scopes; an ID token has none.
    pub scopes: Vec<String>,
}

/// Exchanges a token. The caller has signed the request, or proves to be the client. Writes nothing.
pub async fn exchange(
    cx: &Context<'_>,
    realm: &Realm,
    secret: Option<&str>,
    exchange: Exchange<'_>,
) -> Result<DerivedToken> {
    let (domain, entry, client) = (cx.domain, &realm.entry, &realm.client);
    if !matches!(cx.caller.principal, Principal::Signed(_)) {
        clients::secret::authenticate(domain, entry, client, secret).await?;
    }
    // The model gives the operation no error of its own for a tier that lacks it.
    plan::check(domain, &entry.settings, Feature::TokenExchange)
        .map_err(|error| Error::new(ErrorCode::OperationNotEnabled, error.message().to_owned()))?;
    if !client.allows_token_exchange(exchange.actor.is_some()) {
        let flow = if exchange.actor.is_some() { "DELEGATION" } else { "IMPERSONATION" };
        return Err(Error::not_authorized(format!("ALLOW_TOKEN_EXCHANGE_{flow} flow not enabled for this client")));
    }
    check_target(cx, realm, exchange.target).await?;
    let (kind, token) = exchange.subject;
    let subject = presented::open(cx, entry, Part::Subject, kind, token).await?;
    let Some(user) = subject.user.as_deref() else {
        return Err(Error::not_authorized("The subject token must be a user's."));
    };
    let act = match exchange.actor {
        Some((kind, token)) => {
            let actor = presented::open(cx, entry, Part::Actor, kind, token).await?;
            Some(act(&actor, subject.act.as_ref(), &issuer(domain, entry))?)
        }
        None if subject.act.is_some() => {
            return Err(Error::not_authorized("A token with an act claim can be exchanged only with an actor token."));
        }
        None => None,
    };
    let granted = granted(exchange.scopes, &subject.scope, client, exchange.target);
    let scopes = active(cx, realm, granted).await?;
    let making = Making { cx, realm, subject: &subject, user, target: exchange.target, act, scopes };
    making.make(exchange.wanted).await
}

/// A resource must be one of the pool's; an audience can be anything. Neither can be another app client, whose users' tokens
/// it would look like.
async fn check_target(cx: &Context<'_>, realm: &Realm, target: Target<'_>) -> Result<()> {
    if let Target::Resource(identifier) = target {
        let found = cx.domain.stores.resource_servers.resource_server(&realm.entry.pool.id, identifier).await?;
        found.ok_or_else(|| Error::not_found(format!("Resource server {identifier} does not exist.")))?;
    }
    let Some(name) = target.name().filter(|name| *name != realm.client.id) else { return Ok(()) };
    match cx.domain.client(name).await {
        Ok(_) => Err(Error::invalid_parameter(format!("{} cannot name another app client.", target.parameter()))),
        Err(error) if error.code() == ErrorCode::ResourceNotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The `act` claim (RFC 8693, section 4.1): the actor, and behind it who acted before.
fn act(actor: &Presented, before: Option<&Value>, issuer: &str) -> Result<Value> {
    if actor.act.is_some() {
        return Err(Error::not_authorized("The actor token must not have an act claim: an actor speaks for itself."));
    }
    let mut act = json!({ "sub": actor.sub, "iss": issuer });
    if let (Value::Object(act), Some(before)) = (&mut act, before) {
        act.insert("act".to_owned(), before.clone());
    }
    Ok(act)
}

/// What was asked for, as far as the subject token has it and the client may have it. A token for another service never
/// opens the users' own operations of this one.
fn granted(requested: &[String], subject: &str, client: &AppClient, target: Target<'_>) -> Vec<String> {
    let allowed = client.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let mut granted: Vec<String> = Vec::new();
    for scope in subject.split(' ').filter(|scope| !scope.is_empty()) {
        let asked = requested.is_empty() || requested.iter().any(|requested| requested == scope);
        let allowed = allowed.iter().any(|allowed| allowed == scope);
        let for_us = scope == ADMIN_SCOPE && target != Target::Anywhere;
        if asked && allowed && !for_us && !granted.iter().any(|granted| granted == scope) {
            granted.push(scope.to_owned());
        }
    }
    granted
}

/// Without the custom scopes that no resource server has any more.
async fn active(cx: &Context<'_>, realm: &Realm, granted: Vec<String>) -> Result<Vec<String>> {
    if !granted.iter().any(|scope| resource_servers::is_custom(scope)) {
        return Ok(granted);
    }
    let active = resource_servers::active(cx.domain, &realm.entry.pool.id, &granted).await?;
    Ok(granted.into_iter().filter(|scope| !resource_servers::is_custom(scope) || active.contains(scope)).collect())
}

/// A token being made.
struct Making<'a> {
    cx: &'a Context<'a>,
    realm: &'a Realm,
    subject: &'a Presented,
    user: &'a User,
    target: Target<'a>,
    act: Option<Value>,
    scopes: Vec<String>,
}

impl Making<'_> {
    async fn make(&self, wanted: Kind) -> Result<DerivedToken> {
        let Self { cx, realm, subject, user, .. } = self;
        let (domain, entry, client) = (cx.domain, &realm.entry, &realm.client);
        let shown = match wanted {
            Kind::Access => None,
            Kind::Id => Some(self.shown().await?),
        };
        let member_of = domain.stores.groups.of_user(&entry.pool.id, &user.sub, None, MAX_GROUPS).await?;
        let mut group_claims = groups::claims(&member_of);
        let scene = Scene::with_client(domain, entry, &client.id);
        let scope = self.scopes.join(" ");
        // No sign-in has happened: to the pool's function this is what a refresh is.
        let source = TokenSource::RefreshTokens;
        let changes = pre_token_generation::ask(&scene, source, user, &group_claims, &scope, &NO_METADATA);
        let mut changes = changes.await?;
        if let Some(groups) = changes.as_mut().and_then(|changes| changes.groups.take()) {
            group_claims = groups;
        }
        let facts = SignInFacts {
            origin_jti: subject.origin_jti.clone().unwrap_or_default(),
            auth_time: subject.auth_time,
            acr: subject.acr.clone(),
            amr: subject.amr.clone(),
            scope,
            device_key: None,
        };
        let jti = generation::jti(&*domain.rng, &entry.keys, user.generation, Made::ByExchange);
        let input = ClaimsInput {
            pool: &entry.pool,
            client,
            user: shown.as_ref().unwrap_or(user),
            groups: &group_claims,
            facts: &facts,
            issuer: &issuer(domain, entry),
            event_id: &cx.caller.request_id,
            now: cx.now(),
        };
        let mut claims = match wanted {
            Kind::Access => claims::access(&input, &jti).into_json(),
            Kind::Id => claims::id(&input, &jti).into_json(),
        };
        match (&changes, wanted) {
            (None, _) => {}
            (Some(changes), Kind::Access) => changes.apply_to_access(&mut claims, &client.id),
            (Some(changes), Kind::Id) => changes.apply_to_id(&mut claims),
        }
        let expires_at = self.bind(&mut claims, wanted);
        let payload = serde_json::to_vec(&claims).map_err(Error::internal)?;
        Ok(DerivedToken {
            token: entry.signers.signer(wanted.signs())?.sign(&payload)?.into(),
            kind: wanted,
            expires_in: expires_at / SECOND - cx.now() / SECOND,
            scopes: match wanted {
                Kind::Access => scopes_of(&claims),
                Kind::Id => Vec::new(),
            },
        })
    }

    /// Binds the new token to the old one and to its target. After the pool's function, which has no say in it.
    fn bind(&self, claims: &mut Map<String, Value>, wanted: Kind) -> Millis {
        let Self { cx, realm, subject, .. } = self;
        let settings = &realm.client.settings;
        let life = match wanted {
            Kind::Access => settings.access_token_validity,
            Kind::Id => settings.id_token_validity,
        };
        let expires_at = (cx.now() + life).min(subject.expires_at);
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("exp", (expires_at / SECOND).into());
        if let Some(name) = self.target.name() {
            set("aud", name.into());
            if wanted == Kind::Id {
                set("azp", realm.client.id.as_str().into());
            }
        }
        if let Some(act) = &self.act {
            set("act", act.clone());
        } else {
            claims.remove("act");
        }
        match &subject.origin_jti {
            Some(origin) => claims.insert("origin_jti".to_owned(), origin.as_str().into()),
            None => claims.remove("origin_jti"),
        };
        expires_at
    }

    /// The user with those attributes alone that the subject token's holder could read. Who has an access token for
    /// something else could read none.
    async fn shown(&self) -> Result<User> {
        let Self { cx, realm, subject, user, .. } = self;
        let mut shown = (*user).clone();
        match subject.kind {
            Kind::Id => shown.attributes.retain(|name, _| subject.payload.contains_key(name)),
            Kind::Access if subject.scope.split(' ').any(|scope| scope == ADMIN_SCOPE) => {
                let holder = cx.domain.client_of_pool(&realm.entry.pool.id, &subject.client_id).await?;
                shown.attributes.retain(|name, _| holder.can_read(&realm.entry.pool, name));
            }
            Kind::Access => {
                return Err(Error::not_authorized(format!(
                    "An ID token can be derived only from an ID token or from an access token with the scope \
                     {ADMIN_SCOPE}."
                )));
            }
        }
        Ok(shown)
    }
}

fn scopes_of(claims: &Map<String, Value>) -> Vec<String> {
    let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
    scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "derived_tests.rs"]
mod tests;
