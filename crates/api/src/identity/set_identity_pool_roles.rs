//! `SetIdentityPoolRoles`.

use stepwell_core::identity_pools::roles::{self, Roles};
use stepwell_core::{Context, Result};
use stepwell_model::identity::{SetIdentityPoolRoles, SetIdentityPoolRolesRequest, SetIdentityPoolRolesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for SetIdentityPoolRoles {
    async fn call(cx: &Context<'_>, input: SetIdentityPoolRolesRequest) -> Result<SetIdentityPoolRolesResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let mut given = input.roles.unwrap_or_default();
        let roles = Roles {
            authenticated: given.remove("authenticated"),
            guest: given.remove("unauthenticated"),
            mappings: shapes::given_role_mappings(input.role_mappings.unwrap_or_default())?,
        };
        roles::set(cx, pool_id, roles).await?;
        Ok(SetIdentityPoolRolesResponse::default())
    }
}
