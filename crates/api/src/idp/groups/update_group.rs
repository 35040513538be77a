//! `UpdateGroup`.

use stepwell_core::groups::{self, GroupProperties};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateGroup, UpdateGroupRequest, UpdateGroupResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateGroup {
    async fn call(cx: &Context<'_>, input: UpdateGroupRequest) -> Result<UpdateGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let properties = GroupProperties {
            description: input.description.clone(),
            role_arn: input.role_arn.clone(),
            precedence: input.precedence,
        };
        let group = groups::update(cx, pool_id, name, properties).await?;
        Ok(UpdateGroupResponse { group: Some(shapes::group(group)) })
    }
}
