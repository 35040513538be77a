//! `AttachRolePolicy`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{AttachRolePolicy, AttachRolePolicyRequest, AttachRolePolicyResponse};

use crate::operation::Operation;

impl Operation for AttachRolePolicy {
    async fn call(cx: &Context<'_>, input: AttachRolePolicyRequest) -> Result<AttachRolePolicyResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        attachments::attach(cx.domain, holder, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(AttachRolePolicyResponse::default())
    }
}
