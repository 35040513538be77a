//! `MergeDeveloperIdentities`.

use stepwell_core::identity_pools::developer;
use stepwell_core::{Context, Result};
use stepwell_model::identity::{
    MergeDeveloperIdentities, MergeDeveloperIdentitiesRequest, MergeDeveloperIdentitiesResponse,
};

use crate::operation::Operation;

impl Operation for MergeDeveloperIdentities {
    async fn call(
        cx: &Context<'_>,
        input: MergeDeveloperIdentitiesRequest,
    ) -> Result<MergeDeveloperIdentitiesResponse> {
        let pool_id = input.identity_pool_id.as_deref().unwrap_or_default();
        let provider = input.developer_provider_name.as_deref().unwrap_or_default();
        let source = input.source_user_identifier.as_deref().unwrap_or_default();
        let destination = input.destination_user_identifier.as_deref().unwrap_or_default();
        let identity_id = developer::merge(cx, pool_id, provider, source, destination).await?;
        Ok(MergeDeveloperIdentitiesResponse { identity_id: Some(identity_id) })
    }
}
