//! `DeleteRolePolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteRolePolicy, DeleteRolePolicyRequest, DeleteRolePolicyResponse};

use crate::operation::Operation;

impl Operation for DeleteRolePolicy {
    async fn call(cx: &Context<'_>, input: DeleteRolePolicyRequest) -> Result<DeleteRolePolicyResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        inline_policies::delete(cx.domain, holder, input.policy_name.as_deref().unwrap_or_default()).await?;
        Ok(DeleteRolePolicyResponse::default())
    }
}
