//! `ListUserPools`.

use stepwell_core::pools;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ListUserPools, ListUserPoolsRequest, ListUserPoolsResponse};

use super::shapes;
use crate::operation::Operation;

/// The most that one page holds; the model demands `MaxResults` and bounds it to 1–60.
const MAX_RESULTS: u32 = 60;

impl Operation for ListUserPools {
    async fn call(cx: &Context<'_>, input: ListUserPoolsRequest) -> Result<ListUserPoolsResponse> {
        let limit = input.max_results.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(MAX_RESULTS);
        let (pools, next_token) = pools::list(cx, limit, input.next_token.as_deref()).await?;
        Ok(ListUserPoolsResponse { user_pools: Some(pools.into_iter().map(shapes::description).collect()), next_token })
    }
}
