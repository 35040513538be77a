//! `TagRole`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{TagRole, TagRoleRequest, TagRoleResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for TagRole {
    async fn call(cx: &Context<'_>, input: TagRoleRequest) -> Result<TagRoleResponse> {
        let resource = Tagged::Role(input.role_name.as_deref().unwrap_or_default());
        tags::tag(cx.domain, resource, shapes::tag_pairs(input.tags)).await?;
        Ok(TagRoleResponse::default())
    }
}
