//! `DeletePolicyVersion`.

use stepwell_core::iam::policy_versions;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeletePolicyVersion, DeletePolicyVersionRequest, DeletePolicyVersionResponse};

use crate::operation::Operation;

impl Operation for DeletePolicyVersion {
    async fn call(cx: &Context<'_>, input: DeletePolicyVersionRequest) -> Result<DeletePolicyVersionResponse> {
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        policy_versions::delete(cx.domain, arn, input.version_id.as_deref().unwrap_or_default()).await?;
        Ok(DeletePolicyVersionResponse::default())
    }
}
