//! `GetUserPolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetUserPolicy, GetUserPolicyRequest, GetUserPolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetUserPolicy {
    async fn call(cx: &Context<'_>, input: GetUserPolicyRequest) -> Result<GetUserPolicyResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        let text = inline_policies::get(cx.domain, holder, input.policy_name.as_deref().unwrap_or_default()).await?;
        Ok(GetUserPolicyResponse {
            policy_document: Some(shapes::encoded(&text)),
            policy_name: input.policy_name,
            user_name: input.user_name,
        })
    }
}
