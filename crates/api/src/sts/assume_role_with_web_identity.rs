//! `AssumeRoleWithWebIdentity`.

use stepwell_core::sts::web_identity::{WebIdentity, assume_role_with_web_identity};
use stepwell_core::{Context, Result};
use stepwell_model::sts::{
    AssumeRoleWithWebIdentity, AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for AssumeRoleWithWebIdentity {
    async fn call(
        cx: &Context<'_>,
        input: AssumeRoleWithWebIdentityRequest,
    ) -> Result<AssumeRoleWithWebIdentityResponse> {
        let asked = WebIdentity {
            role_arn: input.role_arn.as_deref().unwrap_or_default(),
            token: input.web_identity_token.as_deref().unwrap_or_default(),
            provider_id: input.provider_id.as_deref(),
        };
        let request = shapes::session_request(
            input.role_session_name,
            input.duration_seconds,
            input.policy,
            input.policy_arns,
            input.minimum_session_token_size,
        );
        let done = assume_role_with_web_identity(cx, asked, request).await?;
        let (session_token_size, session_token_utilization) = shapes::token_size(&done.assumed.credentials);
        Ok(AssumeRoleWithWebIdentityResponse {
            assumed_role_user: Some(shapes::assumed_role_user(&done.assumed)),
            audience: Some(done.audience),
            credentials: Some(shapes::credentials(&done.assumed.credentials)),
            packed_policy_size: shapes::packed(&done.assumed),
            provider: Some(done.provider),
            session_token_size,
            session_token_utilization,
            source_identity: done.assumed.source_identity,
            subject_from_web_identity_token: Some(done.subject),
        })
    }
}
