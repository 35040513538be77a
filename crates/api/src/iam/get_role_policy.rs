//! `GetRolePolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetRolePolicy, GetRolePolicyRequest, GetRolePolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetRolePolicy {
    async fn call(cx: &Context<'_>, input: GetRolePolicyRequest) -> Result<GetRolePolicyResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        let text = inline_policies::get(cx.domain, holder, input.policy_name.as_deref().unwrap_or_default()).await?;
        Ok(GetRolePolicyResponse {
            policy_document: Some(shapes::encoded(&text)),
            policy_name: input.policy_name,
            role_name: input.role_name,
        })
    }
}
