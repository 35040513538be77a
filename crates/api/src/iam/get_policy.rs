//! `GetPolicy`.

use stepwell_core::iam::policies;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetPolicy, GetPolicyRequest, GetPolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetPolicy {
    async fn call(cx: &Context<'_>, input: GetPolicyRequest) -> Result<GetPolicyResponse> {
        let policy = policies::get(cx.domain, input.policy_arn.as_deref().unwrap_or_default()).await?;
        Ok(GetPolicyResponse { policy: Some(shapes::policy(cx, policy)) })
    }
}
