//! `DeleteUserPolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteUserPolicy, DeleteUserPolicyRequest, DeleteUserPolicyResponse};

use crate::operation::Operation;

impl Operation for DeleteUserPolicy {
    async fn call(cx: &Context<'_>, input: DeleteUserPolicyRequest) -> Result<DeleteUserPolicyResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        inline_policies::delete(cx.domain, holder, input.policy_name.as_deref().unwrap_or_default()).await?;
        Ok(DeleteUserPolicyResponse::default())
    }
}
