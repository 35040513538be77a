//! `AdminDeleteUserAttributes`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminDeleteUserAttributes, AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse,
};

use crate::operation::Operation;

impl Operation for AdminDeleteUserAttributes {
    async fn call(
        cx: &Context<'_>,
        input: AdminDeleteUserAttributesRequest,
    ) -> Result<AdminDeleteUserAttributesResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let names = input.user_attribute_names.as_deref().unwrap_or_default();
        verification::admin_delete(cx, pool_id, username, names).await?;
        Ok(AdminDeleteUserAttributesResponse::default())
    }
}
