//! `CreatePolicyVersion`.

use stepwell_core::iam::policy_versions;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreatePolicyVersion, CreatePolicyVersionRequest, CreatePolicyVersionResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreatePolicyVersion {
    async fn call(cx: &Context<'_>, input: CreatePolicyVersionRequest) -> Result<CreatePolicyVersionResponse> {
        let arn = input.policy_arn.as_deref().unwrap_or_default();
        let text = input.policy_document.as_deref().unwrap_or_default();
        let version = policy_versions::create(cx.domain, arn, text, input.set_as_default.unwrap_or_default()).await?;
        Ok(CreatePolicyVersionResponse { policy_version: Some(shapes::listed_version(version)) })
    }
}
