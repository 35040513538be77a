//! `TagPolicy`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{TagPolicy, TagPolicyRequest, TagPolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for TagPolicy {
    async fn call(cx: &Context<'_>, input: TagPolicyRequest) -> Result<TagPolicyResponse> {
        let resource = Tagged::Policy(input.policy_arn.as_deref().unwrap_or_default());
        tags::tag(cx.domain, resource, shapes::tag_pairs(input.tags)).await?;
        Ok(TagPolicyResponse::default())
    }
}
