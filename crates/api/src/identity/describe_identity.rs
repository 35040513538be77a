//! `DescribeIdentity`.

use stepwell_core::identity_pools::identities;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{DescribeIdentity, DescribeIdentityRequest, DescribeIdentityResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DescribeIdentity {
    async fn call(cx: &Context<'_>, input: DescribeIdentityRequest) -> Result<DescribeIdentityResponse> {
        let identity_id = input.identity_id.as_deref().unwrap_or_default();
        Ok(shapes::identity(identities::describe(cx, identity_id).await?))
    }
}
