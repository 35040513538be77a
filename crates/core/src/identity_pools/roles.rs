//! `SetIdentityPoolRoles` and what it sets.

use std::collections::BTreeMap;

use super::manage;
use super::pool::{IdentityPool, RoleMapping, RoleMappingKind};
use super::role_choice::role_forbidden;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::iam::authorize;
use stepwell_model::ErrorCode;

/// Rules a provider may have (developer guide, "Using role-based access control"; the model says 400).
const MAX_RULES: usize = 25;
/// The service that the roles are passed to.
const SERVICE: &str = "cognito-identity.amazonaws.com";

/// The roles of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Of who has signed in.
    pub authenticated: Option<String>,
    /// Of guests.
    pub guest: Option<String>,
    /// By provider.
    pub mappings: BTreeMap<String, RoleMapping>,
}

impl Roles {
    fn arns(&self) -> impl Iterator<Item = &String> {
        let rules = self.mappings.values().flat_map(|mapping| match &mapping.kind {
            RoleMappingKind::Token => [].as_slice(),
            RoleMappingKind::Rules(rules) => rules.as_slice(),
        });
        self.authenticated.iter().chain(&self.guest).chain(rules.map(|rule| &rule.role_arn))
    }
}

/// `GetIdentityPoolRoles`.
pub async fn get(cx: &Context<'_>, pool_id: &str) -> Result<Roles> {
    let IdentityPool { authenticated_role, guest_role, role_mappings, .. } = manage::read(cx, pool_id).await?;
    Ok(Roles { authenticated: authenticated_role, guest: guest_role, mappings: role_mappings })
}

/// `SetIdentityPoolRoles`: replaces all of them. The caller needs `iam:PassRole` for each role that is named.
pub async fn set(cx: &Context<'_>, pool_id: &str, roles: Roles) -> Result<()> {
    for mapping in roles.mappings.values() {
        if let RoleMappingKind::Rules(rules) = &mapping.kind
            && rules.len() > MAX_RULES
        {
            return Err(Error::invalid_parameter(format!("A provider can have at most {MAX_RULES} rules.")));
        }
    }
    for arn in roles.arns() {
        if !is_role_arn(arn) {
            return Err(role_forbidden(arn));
        }
        match authorize::pass_role(cx, arn, SERVICE).await {
            Ok(()) => {}
            Err(error) if error.code() == ErrorCode::AccessDenied => return Err(role_forbidden(arn)),
            Err(error) => return Err(error),
        }
    }
    let change = manage::change(cx, pool_id, |pool| {
        pool.authenticated_role.clone_from(&roles.authenticated);
        pool.guest_role.clone_from(&roles.guest);
        pool.role_mappings.clone_from(&roles.mappings);
        Ok(())
    });
    change.await.map(drop)
}

/// `arn:<partition>:iam:…:role/…`. The partition and account may be those of an external STS.
fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam", _, _, resource] if resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}
