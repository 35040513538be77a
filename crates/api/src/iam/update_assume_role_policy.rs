//! `UpdateAssumeRolePolicy`.

use stepwell_core::iam::roles;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateAssumeRolePolicy, UpdateAssumeRolePolicyRequest, UpdateAssumeRolePolicyResponse};

use crate::operation::Operation;

impl Operation for UpdateAssumeRolePolicy {
    async fn call(cx: &Context<'_>, input: UpdateAssumeRolePolicyRequest) -> Result<UpdateAssumeRolePolicyResponse> {
        let name = input.role_name.as_deref().unwrap_or_default();
        roles::update_trust_policy(cx.domain, name, input.policy_document.as_deref().unwrap_or_default()).await?;
        Ok(UpdateAssumeRolePolicyResponse::default())
    }
}
