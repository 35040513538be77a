//! `DeleteUserAttributes`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteUserAttributes, DeleteUserAttributesRequest, DeleteUserAttributesResponse};

use crate::operation::Operation;

impl Operation for DeleteUserAttributes {
    async fn call(cx: &Context<'_>, input: DeleteUserAttributesRequest) -> Result<DeleteUserAttributesResponse> {
        verification::delete_own(cx, input.user_attribute_names.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserAttributesResponse::default())
    }
}
