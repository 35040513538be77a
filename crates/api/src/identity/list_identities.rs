//! `ListIdentities`.

use stepwell_core::identity_pools::identities;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{ListIdentities, ListIdentitiesRequest, ListIdentitiesResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListIdentities {
    async fn call(cx: &Context<'_>, input: ListIdentitiesRequest) -> Result<ListIdentitiesResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let limit = shapes::limit(input.max_results);
        let hide_disabled = input.hide_disabled.unwrap_or_default();
        let (found, next_token) =
            identities::list(cx, pool_id, hide_disabled, limit, input.next_token.as_deref()).await?;
        Ok(ListIdentitiesResponse {
            identities: Some(found.into_iter().map(shapes::identity).collect()),
            identity_pool_id: Some(pool_id.to_owned()),
            next_token,
        })
    }
}
