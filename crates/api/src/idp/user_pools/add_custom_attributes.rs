//! `AddCustomAttributes`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AddCustomAttributes, AddCustomAttributesRequest, AddCustomAttributesResponse};

use crate::operation::Operation;

impl Operation for AddCustomAttributes {
    async fn call(cx: &Context<'_>, input: AddCustomAttributesRequest) -> Result<AddCustomAttributesResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let attributes = input.custom_attributes.as_deref().unwrap_or_default();
        pools::add_custom_attributes(cx, pool_id, attributes).await?;
        Ok(AddCustomAttributesResponse::default())
    }
}
