//! `SetDefaultPolicyVersion`.

use stepwell_core::iam::policy_versions;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{SetDefaultPolicyVersion, SetDefaultPolicyVersionRequest, SetDefaultPolicyVersionResponse};

use crate::operation::Operation;

impl Operation for SetDefaultPolicyVersion {
    async fn call(cx: &Context<'_>, input: SetDefaultPolicyVersionRequest) -> Result<SetDefaultPolicyVersionResponse> {
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        policy_versions::set_default(cx.domain, arn, input.version_id.as_deref().unwrap_or_default()).await?;
        Ok(SetDefaultPolicyVersionResponse::default())
    }
}
