//! `DetachRolePolicy`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DetachRolePolicy, DetachRolePolicyRequest, DetachRolePolicyResponse};

use crate::operation::Operation;

impl Operation for DetachRolePolicy {
    async fn call(cx: &Context<'_>, input: DetachRolePolicyRequest) -> Result<DetachRolePolicyResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        attachments::detach(cx.domain, holder, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(DetachRolePolicyResponse::default())
    }
}
