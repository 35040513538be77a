//! `GetPolicyVersion`.

use stepwell_core::iam::policy_versions;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetPolicyVersion, GetPolicyVersionRequest, GetPolicyVersionResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetPolicyVersion {
    async fn call(cx: &Context<'_>, input: GetPolicyVersionRequest) -> Result<GetPolicyVersionResponse> {
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        let version = policy_versions::get(cx.domain, arn, input.version_id.as_deref().unwrap_or_default()).await?;
        Ok(GetPolicyVersionResponse { policy_version: Some(shapes::version(version)) })
    }
}
