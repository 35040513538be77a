//! `CreateGroup`.

use stepwell_core::groups::{self, GroupProperties};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{CreateGroup, CreateGroupRequest, CreateGroupResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateGroup {
    async fn call(cx: &Context<'_>, input: CreateGroupRequest) -> Result<CreateGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let properties = GroupProperties {
            description: input.description.clone(),
            role_arn: input.role_arn.clone(),
            precedence: input.precedence,
        };
        let group = groups::create(cx, pool_id, name, properties).await?;
        Ok(CreateGroupResponse { group: Some(shapes::group(group)) })
    }
}
