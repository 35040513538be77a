//! `CreatePolicy`.

use stepwell_core::iam::policies::{self, Described, Managed, NewPolicy};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreatePolicy, CreatePolicyRequest, CreatePolicyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreatePolicy {
    async fn call(cx: &Context<'_>, input: CreatePolicyRequest) -> Result<CreatePolicyResponse> {
        let new = NewPolicy {
            name: input.policy_name.unwrap_or_default(),
            path: input.path,
            description: input.description,
            text: input.policy_document.unwrap_or_default(),
            tags: shapes::tag_pairs(input.tags),
        };
        let policy = Managed::Own(Box::new(policies::create(cx.domain, new).await?));
        let described = Described { policy, attachments: 0, boundaries: 0 };
        Ok(CreatePolicyResponse { policy: Some(shapes::policy(cx, described)) })
    }
}
