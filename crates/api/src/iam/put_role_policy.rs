//! `PutRolePolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{PutRolePolicy, PutRolePolicyRequest, PutRolePolicyResponse};

use crate::operation::Operation;

impl Operation for PutRolePolicy {
    async fn call(cx: &Context<'_>, input: PutRolePolicyRequest) -> Result<PutRolePolicyResponse> {
        let holder = HolderName::Role(input.role_name.as_deref().unwrap_or_default());
        let name = input.policy_name.as_deref().unwrap_or_default();
        inline_policies::put(cx.domain, holder, name, input.policy_document.as_deref().unwrap_or_default()).await?;
        Ok(PutRolePolicyResponse::default())
    }
}
