//! The record of an identity pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::provider;
use crate::Millis;
use crate::settings::Settings;

/// An identity pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPool {
    /// `<region>:<uuid>`.
    pub id: String,
    /// `IdentityPoolName`.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// `AllowUnauthenticatedIdentities`: whether there are guests.
    pub allow_guests: bool,
    /// `AllowClassicFlow`: whether clients get OpenID tokens for STS.
    pub allow_classic_flow: bool,
    /// `SupportedLoginProviders`: social providers and the app ids that the pool accepts of each.
    pub social_providers: BTreeMap<String, String>,
    /// `DeveloperProviderName`: under which name a backend vouches for its users. Once set, it stays.
    pub developer_provider: Option<String>,
    /// `OpenIdConnectProviderARNs`.
    pub oidc_provider_arns: Vec<String>,
    /// `CognitoIdentityProviders`.
    pub user_pools: Vec<UserPoolProvider>,
    /// `SamlProviderARNs`.
    pub saml_provider_arns: Vec<String>,
    /// `IdentityPoolTags`.
    pub tags: BTreeMap<String, String>,
    /// The role of who has signed in.
    pub authenticated_role: Option<String>,
    /// The role of guests.
    pub guest_role: Option<String>,
    /// `RoleMappings`, by the name that the administrator gave of a provider.
    pub role_mappings: BTreeMap<String, RoleMapping>,
    /// Attributes for access control, by the provider's one name (`provider::canonical`).
    pub principal_tags: BTreeMap<String, PrincipalTagMap>,
    /// How often it was written: 1 when it is new. Filled by the store.
    #[serde(skip)]
    pub version: i64,
}

impl IdentityPool {
    /// Whether the pool verifies tokens of the provider, by its one name (`provider::canonical`). The developer's is none of
    /// these: a backend vouches for its users.
    pub(super) fn verifies(&self, settings: &Settings, name: &str) -> bool {
        let same = |given: &str| provider::canonical(settings, given) == name;
        self.user_pools.iter().any(|given| same(&given.provider_name))
            || self.oidc_provider_arns.iter().chain(&self.saml_provider_arns).any(|arn| same(arn))
            || self.social_providers.contains_key(name)
    }
}

/// A user pool's app client whose ID tokens a pool accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPoolProvider {
    /// `cognito-idp.<region>.amazonaws.com/<pool id>` or `<host of this deployment>/<pool id>`, as it was given.
    pub provider_name: String,
    /// The app client.
    pub client_id: String,
    /// `ServerSideTokenCheck`: whether the user is looked at, besides the token.
    pub server_side_token_check: Option<bool>,
}

/// How users of one provider come to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMapping {
    /// By what.
    pub kind: RoleMappingKind,
    /// What to do where that yields no role.
    pub ambiguous: AmbiguousRole,
}

/// By what users come to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleMappingKind {
    /// By the token's own `cognito:roles` and `cognito:preferred_role`.
    Token,
    /// By the first rule that the token's claims match.
    Rules(Vec<RoleRule>),
}

/// What to do where a mapping yields no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AmbiguousRole {
    /// Take the pool's authenticated role.
    AuthenticatedRole,
    /// Give no credentials.
    Deny,
}

/// One rule of a role mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRule {
    /// The claim.
    pub claim: String,
    /// How it is compared.
    pub match_type: MatchType,
    /// With what.
    pub value: String,
    /// The role of who matches.
    pub role_arn: String,
}

/// How a rule compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchType {
    /// The claim is the value.
    Equals,
    /// The claim has the value in it.
    Contains,
    /// The claim begins with the value.
    StartsWith,
    /// The claim is there, and is not the value.
    NotEqual,
}

/// Which session tags a provider's users get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalTagMap {
    /// `client` from `aud` and `username` from `sub`, and nothing else.
    pub use_defaults: bool,
    /// Claims by tag.
    pub tags: BTreeMap<String, String>,
}
