//! `DetachUserPolicy`.

use stepwell_core::iam::{HolderName, attachments};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DetachUserPolicy, DetachUserPolicyRequest, DetachUserPolicyResponse};

use crate::operation::Operation;

impl Operation for DetachUserPolicy {
    async fn call(cx: &Context<'_>, input: DetachUserPolicyRequest) -> Result<DetachUserPolicyResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        attachments::detach(cx.domain, holder, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(DetachUserPolicyResponse::default())
    }
}
