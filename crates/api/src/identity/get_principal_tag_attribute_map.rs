//! `GetPrincipalTagAttributeMap`.

use stepwell_core::identity_pools::principal_tags;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    GetPrincipalTagAttributeMap, GetPrincipalTagAttributeMapRequest, GetPrincipalTagAttributeMapResponse,
};

use crate::operation::Operation;

impl Operation for GetPrincipalTagAttributeMap {
    async fn call(
        cx: &Context<'_>,
        input: GetPrincipalTagAttributeMapRequest,
    ) -> Result<GetPrincipalTagAttributeMapResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let provider = input.identity_provider_name.as_deref().unwrap_or_default();
        let map = principal_tags::get(cx, pool_id, provider).await?;
        Ok(GetPrincipalTagAttributeMapResponse {
            identity_pool_id: Some(pool_id.to_owned()),
            identity_provider_name: Some(provider.to_owned()),
            use_defaults: Some(map.use_defaults),
            principal_tags: Some(map.tags),
        })
    }
}
