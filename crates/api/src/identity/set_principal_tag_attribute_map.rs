//! `SetPrincipalTagAttributeMap`.

use stepwell_core::identity_pools::principal_tags;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    SetPrincipalTagAttributeMap, SetPrincipalTagAttributeMapRequest, SetPrincipalTagAttributeMapResponse,
};

use crate::operation::Operation;

impl Operation for SetPrincipalTagAttributeMap {
    async fn call(
        cx: &Context<'_>,
        input: SetPrincipalTagAttributeMapRequest,
    ) -> Result<SetPrincipalTagAttributeMapResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let provider = input.identity_provider_name.as_deref().unwrap_or_default();
        let use_defaults = input.use_defaults.unwrap_or_default();
        let tags = input.principal_tags.unwrap_or_default();
        let map = principal_tags::set(cx, pool_id, provider, use_defaults, tags).await?;
        Ok(SetPrincipalTagAttributeMapResponse {
            identity_pool_id: Some(pool_id.to_owned()),
            identity_provider_name: Some(provider.to_owned()),
            use_defaults: Some(map.use_defaults),
            principal_tags: Some(map.tags),
        })
    }
}
