//! The claims of ID and access tokens, exactly as Cognito writes them (developer guide, "Using the ID token", "Using
//! the access token").

mod set;

use serde_json::json;

pub use set::{Claim, Claims};

use crate::clients::AppClient;
use crate::groups::GroupClaims;
use crate::pools::UserPool;
use crate::users::User;
use crate::{Millis, SECOND};

/// The scope of tokens from API sign-ins, which every token-authorized operation demands.
pub const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// What a set of tokens says about the sign-in it came from. Unchanged by refreshes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignInFacts {
    /// Names the sign-in; what revocation refers to.
    pub origin_jti: String,
    /// When the user signed in.
    pub auth_time: Millis,
    /// The authentication context class reached, by the pool's name for it.
    pub acr: String,
    /// The authentication methods used.
    pub amr: Vec<String>,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The device that was used, where the pool remembers devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
}

/// Everything the claims are built from.
#[derive(Debug)]
pub struct ClaimsInput<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// The app client.
    pub client: &'a AppClient,
    /// The user.
    pub user: &'a User,
    /// The user's groups.
    pub groups: &'a GroupClaims,
    /// The sign-in.
    pub facts: &'a SignInFacts,
    /// The `iss` claim.
    pub issuer: &'a str,
    /// The request's id.
    pub event_id: &'a str,
    /// Now.
    pub now: Millis,
}

/// The claims of an access token with this `jti`.
pub fn access<'a>(input: &ClaimsInput<'a>, jti: &'a str) -> Claims<'a> {
    let mut claims = base(input, "access", jti, input.client.settings.access_token_validity);
    claims.set("client_id", &input.client.id);
    claims.set("username", &input.user.username);
    claims.set("scope", &input.facts.scope);
    claims.set("version", 2);
    if let Some(device_key) = &input.facts.device_key {
        claims.set("device_key", device_key);
    }
    claims
}

/// The claims of an ID token with this `jti`.
pub fn id<'a>(input: &ClaimsInput<'a>, jti: &'a str) -> Claims<'a> {
    let mut claims = base(input, "id", jti, input.client.settings.id_token_validity);
    claims.set("aud", &input.client.id);
    claims.set("cognito:username", &input.user.username);
    if !input.groups.roles.is_empty() {
        claims.set("cognito:roles", &input.groups.roles);
    }
    if let Some(role) = &input.groups.preferred_role {
        claims.set("cognito:preferred_role", role);
    }
    for (name, value) in &input.user.attributes {
        if input.client.can_read(input.pool, name) {
            claims.set(name, attribute_claim(name, value));
        }
    }
    claims
}

fn base<'a>(input: &ClaimsInput<'a>, token_use: &'static str, jti: &'a str, validity: Millis) -> Claims<'a> {
    let now = input.now / SECOND;
    let mut claims = Claims::new();
    claims.set("sub", &input.user.sub);
    if !input.groups.groups.is_empty() {
        claims.set("cognito:groups", &input.groups.groups);
    }
    claims.set("iss", input.issuer);
    if input.client.settings.token_revocation {
        claims.set("origin_jti", &input.facts.origin_jti);
    }
    claims.set("event_id", input.event_id);
    claims.set("token_use", token_use);
    claims.set("auth_time", input.facts.auth_time / SECOND);
    claims.set("exp", now + validity / SECOND);
    claims.set("iat", now);
    claims.set("jti", jti);
    claims.set("acr", &input.facts.acr);
    claims.set("amr", &input.facts.amr);
    claims
}

/// An attribute as the ID token shows it: verification flags are booleans, the address is an object (OpenID Connect
/// Core 5.1.1), `updated_at` a number, everything else text.
fn attribute_claim<'a>(name: &str, value: &'a str) -> Claim<'a> {
    match name {
        "email_verified" | "phone_number_verified" => Claim::Flag(value == "true"),
        "address" => Claim::Json(json!({ "formatted": value })),
        "updated_at" => value.parse().map_or_else(|_| value.into(), Claim::Number),
        _ => value.into(),
    }
}
