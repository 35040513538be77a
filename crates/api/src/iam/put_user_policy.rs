//! `PutUserPolicy`.

use stepwell_core::iam::{HolderName, inline_policies};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{PutUserPolicy, PutUserPolicyRequest, PutUserPolicyResponse};

use crate::operation::Operation;

impl Operation for PutUserPolicy {
    async fn call(cx: &Context<'_>, input: PutUserPolicyRequest) -> Result<PutUserPolicyResponse> {
        let holder = HolderName::User(input.user_name.as_deref().unwrap_or_default());
        let name = input.policy_name.as_deref().unwrap_or_default();
        inline_policies::put(cx.domain, holder, name, input.policy_document.as_deref().unwrap_or_default()).await?;
        Ok(PutUserPolicyResponse::default())
    }
}
