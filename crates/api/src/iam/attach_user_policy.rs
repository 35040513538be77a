//! `AttachUserPolicy`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{AttachUserPolicy, AttachUserPolicyRequest, AttachUserPolicyResponse};

use crate::operation::Operation;

impl Operation for AttachUserPolicy {
    async fn call(cx: &Context<'_>, input: AttachUserPolicyRequest) -> Result<AttachUserPolicyResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        attachments::attach(cx.domain, holder, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(AttachUserPolicyResponse::default())
    }
}
