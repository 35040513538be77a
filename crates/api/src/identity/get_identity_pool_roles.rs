//! `GetIdentityPoolRoles`.

use stepwell_core::identity_pools::roles;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{GetIdentityPoolRoles, GetIdentityPoolRolesRequest, GetIdentityPoolRolesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetIdentityPoolRoles {
    async fn call(cx: &Context<'_>, input: GetIdentityPoolRolesRequest) -> Result<GetIdentityPoolRolesResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let roles = roles::get(cx, pool_id).await?;
        let role_mappings = shapes::role_mappings(roles.mappings);
        let keys = [("authenticated", roles.authenticated), ("unauthenticated", roles.guest)];
        let roles = keys.into_iter().filter_map(|(key, role)| Some((key.to_owned(), role?))).collect();
        Ok(GetIdentityPoolRolesResponse {
            identity_pool_id: Some(pool_id.to_owned()),
            role_mappings,
            roles: Some(roles),
        })
    }
}
