//! `UntagPolicy`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UntagPolicy, UntagPolicyRequest, UntagPolicyResponse};

use crate::operation::Operation;

impl Operation for UntagPolicy {
    async fn call(cx: &Context<'_>, input: UntagPolicyRequest) -> Result<UntagPolicyResponse> {
        let resource = Tagged::Policy(input.policy_arn.as_deref().unwrap_or_default());
        tags::untag(cx.domain, resource, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagPolicyResponse::default())
    }
}
