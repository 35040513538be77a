//! `GetGroup`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{GetGroup, GetGroupRequest, GetGroupResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetGroup {
    async fn call(cx: &Context<'_>, input: GetGroupRequest) -> Result<GetGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        let group = groups::get(cx, pool_id, name).await?;
        Ok(GetGroupResponse { group: Some(shapes::group(group)) })
    }
}
