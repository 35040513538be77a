//! `DeleteGroup`.

use stepwell_core::groups;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{DeleteGroup, DeleteGroupRequest, DeleteGroupResponse};

use crate::operation::Operation;

impl Operation for DeleteGroup {
    async fn call(cx: &Context<'_>, input: DeleteGroupRequest) -> Result<DeleteGroupResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let name = input.group_name.as_deref().unwrap_or_default();
        groups::delete(cx, pool_id, name).await?;
        Ok(DeleteGroupResponse::default())
    }
}
