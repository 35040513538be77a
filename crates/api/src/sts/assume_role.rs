//! `AssumeRole`.

use stepwell_core::sts::SessionRequest;
use stepwell_core::sts::assume_role::{RoleRequest, assume_role};
use stepwell_core::{Context, Result};
use stepwell_model::sts::{AssumeRole, AssumeRoleRequest, AssumeRoleResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for AssumeRole {
    async fn call(cx: &Context<'_>, input: AssumeRoleRequest) -> Result<AssumeRoleResponse> {
        let asked = RoleRequest {
            role_arn: input.role_arn.unwrap_or_default(),
            external_id: input.external_id,
            mfa: input.serial_number.is_some() || input.token_code.is_some(),
            contexts: input.provided_contexts.is_some_and(|contexts| !contexts.is_empty()),
        };
        let request = SessionRequest {
            tags: shapes::tags(input.tags),
            transitive: input.transitive_tag_keys.unwrap_or_default(),
            source_identity: input.source_identity,
            ..shapes::session_request(
                input.role_session_name,
                input.duration_seconds,
                input.policy,
                input.policy_arns,
                input.minimum_session_token_size,
            )
        };
        let assumed = assume_role(cx, &asked, &request).await?;
        let (session_token_size, session_token_utilization) = shapes::token_size(&assumed.credentials);
        Ok(AssumeRoleResponse {
            assumed_role_user: Some(shapes::assumed_role_user(&assumed)),
            credentials: Some(shapes::credentials(&assumed.credentials)),
            packed_policy_size: shapes::packed(&assumed),
            session_token_size,
            session_token_utilization,
            source_identity: assumed.source_identity,
        })
    }
}
