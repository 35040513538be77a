//! `AdminUpdateUserAttributes`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    AdminUpdateUserAttributes, AdminUpdateUserAttributesRequest, AdminUpdateUserAttributesResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for AdminUpdateUserAttributes {
    async fn call(
        cx: &Context<'_>,
        input: AdminUpdateUserAttributesRequest,
    ) -> Result<AdminUpdateUserAttributesResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let username = input.username.as_deref().unwrap_or_default();
        let given = shapes::given(input.user_attributes.as_deref());
        let metadata = input.client_metadata.unwrap_or_default();
        verification::admin_update(cx, pool_id, username, given, &metadata).await?;
        Ok(AdminUpdateUserAttributesResponse::default())
    }
}
