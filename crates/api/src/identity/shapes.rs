//! Identity pools on the wire.

use std::collections::BTreeMap;

use stepwell_core::identity_pools::{
    AmbiguousRole, Configuration, Identity, IdentityPool, MatchType, RoleMapping, RoleMappingKind, RoleRule,
};
use stepwell_core::sts::credentials::TemporaryCredentials;
use stepwell_core::{Error, Result};
use stepwell_model::{Timestamp, identity as wire};

/// A page where the caller names no size: the most the API allows.
const DEFAULT_PAGE: u32 = 60;

/// The page size of a request; the model allows 1 to 60.
pub(crate) fn limit(given: Option<i32>) -> u32 {
    given.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(DEFAULT_PAGE)
}

/// The settings of a new pool.
pub(crate) fn new_configuration(input: wire::CreateIdentityPoolRequest) -> Configuration {
    Configuration {
        name: input.identity_pool_name.unwrap_or_default(),
        allow_guests: input.allow_unauthenticated_identities.unwrap_or_default(),
        allow_classic_flow: input.allow_classic_flow.unwrap_or_default(),
        social_providers: input.supported_login_providers.unwrap_or_default(),
        developer_provider: input.developer_provider_name,
        oidc_provider_arns: input.open_id_connect_provider_arns.unwrap_or_default(),
        user_pools: input.cognito_identity_providers.unwrap_or_default(),
        saml_provider_arns: input.saml_provider_arns.unwrap_or_default(),
        tags: input.identity_pool_tags,
    }
}

/// The settings of an update, which is a whole pool.
pub(crate) fn configuration(input: wire::UpdateIdentityPoolRequest) -> Configuration {
    Configuration {
        name: input.identity_pool_name.unwrap_or_default(),
        allow_guests: input.allow_unauthenticated_identities.unwrap_or_default(),
        allow_classic_flow: input.allow_classic_flow.unwrap_or_default(),
        social_providers: input.supported_login_providers.unwrap_or_default(),
        developer_provider: input.developer_provider_name,
        oidc_provider_arns: input.open_id_connect_provider_arns.unwrap_or_default(),
        user_pools: input.cognito_identity_providers.unwrap_or_default(),
        saml_provider_arns: input.saml_provider_arns.unwrap_or_default(),
        tags: input.identity_pool_tags,
    }
}

/// A pool as `IdentityPool`. What is empty is left out, as on AWS, except the tags.
pub(crate) fn identity_pool(pool: IdentityPool) -> wire::IdentityPool {
    let user_pools = pool.user_pools.into_iter().map(|given| wire::CognitoIdentityProvider {
        client_id: Some(given.client_id),
        provider_name: Some(given.provider_name),
        server_side_token_check: Some(given.server_side_token_check.unwrap_or_default()),
    });
    wire::IdentityPool {
        allow_classic_flow: Some(pool.allow_classic_flow),
        allow_unauthenticated_identities: Some(pool.allow_guests),
        cognito_identity_providers: filled(user_pools.collect()),
        developer_provider_name: pool.developer_provider,
        identity_pool_id: Some(pool.id),
        identity_pool_name: Some(pool.name),
        identity_pool_tags: Some(pool.tags),
        open_id_connect_provider_arns: filled(pool.oidc_provider_arns),
        saml_provider_arns: filled(pool.saml_provider_arns),
        supported_login_providers: (!pool.social_providers.is_empty()).then_some(pool.social_providers),
    }
}

fn filled<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// An identity as `IdentityDescription`.
pub(crate) fn identity(identity: Identity) -> wire::IdentityDescription {
    let mut logins: Vec<String> = identity.logins.into_iter().map(|login| login.provider).collect();
    logins.sort();
    logins.dedup();
    wire::IdentityDescription {
        creation_date: Some(Timestamp(identity.created_at)),
        identity_id: Some(identity.id),
        last_modified_date: Some(Timestamp(identity.modified_at)),
        logins: filled(logins),
    }
}

/// Temporary credentials as `Credentials`.
pub(crate) fn credentials(given: TemporaryCredentials) -> wire::Credentials {
    wire::Credentials {
        access_key_id: Some(given.access_key_id),
        expiration: Some(Timestamp(given.expires_at)),
        secret_key: Some(given.secret_access_key),
        session_token: Some(given.session_token.into_inner()),
    }
}

/// The role mappings of a request; `InvalidParameterException` for what is not complete.
pub(crate) fn given_role_mappings(given: BTreeMap<String, wire::RoleMapping>) -> Result<BTreeMap<String, RoleMapping>> {
    given.into_iter().map(|(key, mapping)| Ok((key, given_role_mapping(mapping)?))).collect()
}

fn given_role_mapping(given: wire::RoleMapping) -> Result<RoleMapping> {
    let rules = given.rules_configuration.and_then(|rules| rules.rules);
    let kind = match (given.r#type, rules) {
        (Some(wire::RoleMappingType::Token), None) => RoleMappingKind::Token,
        (Some(wire::RoleMappingType::Rules), Some(rules)) => {
            RoleMappingKind::Rules(rules.into_iter().map(given_rule).collect::<Result<_>>()?)
        }
        (Some(wire::RoleMappingType::Rules), None) => {
            return Err(Error::invalid_parameter("RulesConfiguration is required for the role mapping type Rules."));
        }
        (Some(wire::RoleMappingType::Token), Some(_)) => {
            return Err(Error::invalid_parameter("RulesConfiguration is not allowed for the role mapping type Token."));
        }
        (Some(wire::RoleMappingType::Unknown(_)) | None, _) => {
            return Err(Error::invalid_parameter("The type of a role mapping is Token or Rules."));
        }
    };
    let ambiguous = match given.ambiguous_role_resolution {
        Some(wire::AmbiguousRoleResolutionType::AuthenticatedRole) => AmbiguousRole::AuthenticatedRole,
        Some(wire::AmbiguousRoleResolutionType::Deny) => AmbiguousRole::Deny,
        Some(wire::AmbiguousRoleResolutionType::Unknown(_)) | None => {
            return Err(Error::invalid_parameter(
                "AmbiguousRoleResolution is required for the role mapping types Token and Rules.",
            ));
        }
    };
    Ok(RoleMapping { kind, ambiguous })
}

fn given_rule(given: wire::MappingRule) -> Result<RoleRule> {
    let match_type = match given.match_type {
        Some(wire::MappingRuleMatchType::Equals) => MatchType::Equals,
        Some(wire::MappingRuleMatchType::Contains) => MatchType::Contains,
        Some(wire::MappingRuleMatchType::StartsWith) => MatchType::StartsWith,
        Some(wire::MappingRuleMatchType::NotEqual) => MatchType::NotEqual,
        Some(wire::MappingRuleMatchType::Unknown(_)) | None => {
            return Err(Error::invalid_parameter("The match type of a rule is not known."));
        }
    };
    Ok(RoleRule {
        claim: given.claim.unwrap_or_default(),
        match_type,
        value: given.value.unwrap_or_default(),
        role_arn: given.role_arn.unwrap_or_default(),
    })
}

/// Role mappings of an answer; none at all is left out.
pub(crate) fn role_mappings(mappings: BTreeMap<String, RoleMapping>) -> Option<BTreeMap<String, wire::RoleMapping>> {
    (!mappings.is_empty()).then(|| mappings.into_iter().map(|(key, mapping)| (key, role_mapping(mapping))).collect())
}

fn role_mapping(mapping: RoleMapping) -> wire::RoleMapping {
    let (r#type, rules_configuration) = match mapping.kind {
        RoleMappingKind::Token => (wire::RoleMappingType::Token, None),
        RoleMappingKind::Rules(rules) => {
            let rules = Some(rules.into_iter().map(rule).collect());
            (wire::RoleMappingType::Rules, Some(wire::RulesConfigurationType { rules }))
        }
    };
    let ambiguous = match mapping.ambiguous {
        AmbiguousRole::AuthenticatedRole => wire::AmbiguousRoleResolutionType::AuthenticatedRole,
        AmbiguousRole::Deny => wire::AmbiguousRoleResolutionType::Deny,
    };
    wire::RoleMapping { ambiguous_role_resolution: Some(ambiguous), rules_configuration, r#type: Some(r#type) }
}

fn rule(rule: RoleRule) -> wire::MappingRule {
    let match_type = match rule.match_type {
        MatchType::Equals => wire::MappingRuleMatchType::Equals,
        MatchType::Contains => wire::MappingRuleMatchType::Contains,
        MatchType::StartsWith => wire::MappingRuleMatchType::StartsWith,
        MatchType::NotEqual => wire::MappingRuleMatchType::NotEqual,
    };
    wire::MappingRule {
        claim: Some(rule.claim),
        match_type: Some(match_type),
        role_arn: Some(rule.role_arn),
        value: Some(rule.value),
    }
}
