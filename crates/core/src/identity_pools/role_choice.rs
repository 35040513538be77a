//! Which role who has signed in gets (developer guide, "Using role-based access control").

use serde_json::{Map, Value};

use super::entry::IdentityPoolEntry;
use super::invalid_roles;
use super::login::VerifiedLogin;
use super::pool::{AmbiguousRole, IdentityPool, MatchType, RoleMapping, RoleMappingKind, RoleRule};
use crate::error::{Error, Result};

/// The role of these logins. The first of them whose provider has a mapping decides; without any mapping it is the pool's
/// authenticated role. A `custom` role is given to who carries it in a token or matches a rule with it, and to nobody else.
pub(super) fn choose(entry: &IdentityPoolEntry, logins: &[VerifiedLogin], custom: Option<&str>) -> Result<String> {
    let mapped = logins.iter().find_map(|login| Some((entry.role_mapping(&login.role_key)?, login)));
    match (mapped, custom) {
        (Some((mapping, login)), _) => by_mapping(&entry.pool, mapping, login, custom),
        (None, Some(custom)) => Err(role_forbidden(custom)),
        (None, None) => default_role(&entry.pool),
    }
}

/// `Access to Role '…' is forbidden.`
pub(super) fn role_forbidden(role_arn: &str) -> Error {
    Error::not_authorized(format!("Access to Role '{role_arn}' is forbidden."))
}

fn default_role(pool: &IdentityPool) -> Result<String> {
    pool.authenticated_role.clone().ok_or_else(invalid_roles)
}

fn by_mapping(
    pool: &IdentityPool,
    mapping: &RoleMapping,
    login: &VerifiedLogin,
    custom: Option<&str>,
) -> Result<String> {
    let claims = &*login.claims.read();
    let role = match (&mapping.kind, custom) {
        (RoleMappingKind::Token, Some(custom)) => {
            return if roles(claims).any(|role| role == custom) {
                Ok(custom.to_owned())
            } else {
                Err(role_forbidden(custom))
            };
        }
        // "Unless `CustomRoleArn` is specified to override the order": of a rule that matches, be it the first or not.
        (RoleMappingKind::Rules(rules), Some(custom)) => {
            return if rules.iter().any(|rule| rule.role_arn == custom && matches(rule, claims)) {
                Ok(custom.to_owned())
            } else {
                Err(role_forbidden(custom))
            };
        }
        (RoleMappingKind::Token, None) => by_token(claims),
        (RoleMappingKind::Rules(rules), None) => {
            rules.iter().find(|rule| matches(rule, claims)).map(|rule| rule.role_arn.clone())
        }
    };
    match (role, mapping.ambiguous) {
        (Some(role), _) => Ok(role),
        (None, AmbiguousRole::AuthenticatedRole) => default_role(pool),
        (None, AmbiguousRole::Deny) => {
            let key = &login.role_key;
            Err(Error::not_authorized(format!("The ambiguous role mapping rules for: {key} denied this request.")))
        }
    }
}

/// The preferred role; without one, the only one.
fn by_token(claims: &Map<String, Value>) -> Option<String> {
    if let Some(preferred) = claims.get("cognito:preferred_role").and_then(Value::as_str) {
        return Some(preferred.to_owned());
    }
    let mut roles = roles(claims);
    match (roles.next(), roles.next()) {
        (Some(only), None) => Some(only.to_owned()),
        _ => None,
    }
}

fn roles(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    claims.get("cognito:roles").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A claim that is not there matches no rule, `NotEqual` included.
fn matches(rule: &RoleRule, claims: &Map<String, Value>) -> bool {
    let Some(claim) = claims.get(&rule.claim) else { return false };
    let value = rule.value.as_str();
    match claim {
        Value::String(text) => compare(rule.match_type, text, value),
        Value::Bool(_) | Value::Number(_) => compare(rule.match_type, &claim.to_string(), value),
        // One of several is enough; and where one of them is the value, the claim is not without it.
        Value::Array(items) => {
            let mut texts = items.iter().map(|item| match item {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            match rule.match_type {
                MatchType::NotEqual => texts.all(|text| text != value),
                MatchType::Equals | MatchType::Contains => texts.any(|text| text == value),
                MatchType::StartsWith => texts.any(|text| text.starts_with(value)),
            }
        }
        Value::Null | Value::Object(_) => false,
    }
}

fn compare(match_type: MatchType, claim: &str, value: &str) -> bool {
    match match_type {
        MatchType::Equals => claim == value,
        MatchType::Contains => claim.contains(value),
        MatchType::StartsWith => claim.starts_with(value),
        MatchType::NotEqual => claim != value,
    }
}

#[cfg(test)]
#[path = "role_choice_tests.rs"]
mod tests;
