//! `UpdateUserAttributes`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateUserAttributes, UpdateUserAttributesRequest, UpdateUserAttributesResponse};

use crate::idp::admin_users::shapes::given;
use crate::idp::sign_up::shapes::code_delivery;
use crate::operation::Operation;

impl Operation for UpdateUserAttributes {
    async fn call(cx: &Context<'_>, input: UpdateUserAttributesRequest) -> Result<UpdateUserAttributesResponse> {
        let metadata = input.client_metadata.unwrap_or_default();
        let deliveries = verification::update_own(cx, given(input.user_attributes.as_deref()), &metadata).await?;
        let details = deliveries.into_iter().map(code_delivery).collect();
        Ok(UpdateUserAttributesResponse { code_delivery_details_list: Some(details) })
    }
}
