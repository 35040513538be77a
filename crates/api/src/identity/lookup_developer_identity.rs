//! `LookupDeveloperIdentity`.

use stepwell_core::identity_pools::developer;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    LookupDeveloperIdentity, LookupDeveloperIdentityRequest, LookupDeveloperIdentityResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for LookupDeveloperIdentity {
    async fn call(cx: &Context<'_>, input: LookupDeveloperIdentityRequest) -> Result<LookupDeveloperIdentityResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let limit = shapes::limit(input.max_results);
        let found = developer::lookup(
            cx,
            pool_id,
            input.identity_id.as_deref(),
            input.developer_user_identifier.as_deref(),
            limit,
            input.next_token.as_deref(),
        )
        .await?;
        Ok(LookupDeveloperIdentityResponse {
            identity_id: Some(found.identity_id),
            developer_user_identifier_list: Some(found.users),
            next_token: found.next_token,
        })
    }
}
