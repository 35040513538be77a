//! `UntagRole`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UntagRole, UntagRoleRequest, UntagRoleResponse};

use crate::operation::Operation;

impl Operation for UntagRole {
    async fn call(cx: &Context<'_>, input: UntagRoleRequest) -> Result<UntagRoleResponse> {
        let resource = Tagged::Role(input.role_name.as_deref().unwrap_or_default());
        tags::untag(cx.domain, resource, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagRoleResponse::default())
    }
}
