//! `ListIdentityPools`.

use stepwell_core::identity_pools;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    IdentityPoolShortDescription, ListIdentityPools, ListIdentityPoolsRequest, ListIdentityPoolsResponse,
};

use crate::operation::Operation;

impl Operation for ListIdentityPools {
    async fn call(cx: &Context<'_>, input: ListIdentityPoolsRequest) -> Result<ListIdentityPoolsResponse> {
        let limit = input.max_results.and_then(|limit| u32::try_from(limit).ok()).unwrap_or_default();
        let (pools, next_token) = identity_pools::list(cx, limit, input.next_token.as_deref()).await?;
        let short = |pool: identity_pools::IdentityPool| IdentityPoolShortDescription {
            identity_pool_id: Some(pool.id),
            identity_pool_name: Some(pool.name),
        };
        Ok(ListIdentityPoolsResponse { identity_pools: Some(pools.into_iter().map(short).collect()), next_token })
    }
}
