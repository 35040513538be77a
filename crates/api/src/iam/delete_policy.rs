//! `DeletePolicy`.

use stepwell_core::iam::policies;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeletePolicy, DeletePolicyRequest, DeletePolicyResponse};

use crate::operation::Operation;

impl Operation for DeletePolicy {
    async fn call(cx: &Context<'_>, input: DeletePolicyRequest) -> Result<DeletePolicyResponse> {
        policies::delete(cx.domain, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(DeletePolicyResponse::default())
    }
}
