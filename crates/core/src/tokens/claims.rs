//! The claims of ID and access tokens, exactly as Cognito writes them (developer guide, "Using the ID token", "Using
//! the access token").

use serde_json::{Map, Value, json};

use crate::clients::AppClient;
use crate::error::Result;
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

/// The payload of an access token with this `jti`.
pub fn access(input: &ClaimsInput<'_>, jti: &str) -> Map<String, Value> {
    let mut claims = base(input, "access", jti, input.client.settings.access_token_validity);
    claims.insert("client_id".into(), json!(input.client.id));
    claims.insert("username".into(), json!(input.user.username));
    claims.insert("scope".into(), json!(input.facts.scope));
    claims.insert("version".into(), json!(2));
    claims
}

/// The payload of an ID token with this `jti`.
pub fn id(input: &ClaimsInput<'_>, jti: &str) -> Result<Map<String, Value>> {
    let mut claims = base(input, "id", jti, input.client.settings.id_token_validity);
    claims.insert("aud".into(), json!(input.client.id));
    claims.insert("cognito:username".into(), json!(input.user.username));
    if !input.groups.roles.is_empty() {
        claims.insert("cognito:roles".into(), json!(input.groups.roles));
    }
    if let Some(role) = &input.groups.preferred_role {
        claims.insert("cognito:preferred_role".into(), json!(role));
    }
    for (name, value) in &input.user.attributes {
        if input.client.can_read(input.pool, name) {
            claims.insert(name.clone(), attribute_claim(name, value));
        }
    }
    Ok(claims)
}

fn base(input: &ClaimsInput<'_>, token_use: &str, jti: &str, validity: Millis) -> Map<String, Value> {
    let now = input.now / SECOND;
    let mut claims = Map::new();
    claims.insert("sub".into(), json!(input.user.sub));
    if !input.groups.groups.is_empty() {
        claims.insert("cognito:groups".into(), json!(input.groups.groups));
    }
    claims.insert("iss".into(), json!(input.issuer));
    if input.client.settings.token_revocation {
        claims.insert("origin_jti".into(), json!(input.facts.origin_jti));
    }
    claims.insert("event_id".into(), json!(input.event_id));
    claims.insert("token_use".into(), json!(token_use));
    claims.insert("auth_time".into(), json!(input.facts.auth_time / SECOND));
    claims.insert("exp".into(), json!(now + validity / SECOND));
    claims.insert("iat".into(), json!(now));
    claims.insert("jti".into(), json!(jti));
    claims.insert("acr".into(), json!(input.facts.acr));
    claims.insert("amr".into(), json!(input.facts.amr));
    claims
}

/// An attribute as the ID token shows it: verification flags are booleans, the address is an object (OpenID Connect
/// Core 5.1.1), `updated_at` a number, everything else text.
fn attribute_claim(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => json!(value == "true"),
        "address" => json!({ "formatted": value }),
        "updated_at" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
        _ => json!(value),
    }
}
