//! `TagOpenIDConnectProvider`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    TagOpenIDConnectProvider, TagOpenIDConnectProviderRequest, TagOpenIDConnectProviderResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for TagOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: TagOpenIDConnectProviderRequest,
    ) -> Result<TagOpenIDConnectProviderResponse> {
        let resource = Tagged::OidcProvider(input.open_id_connect_provider_arn.as_deref().unwrap_or_default());
        tags::tag(cx.domain, resource, shapes::tag_pairs(input.tags)).await?;
        Ok(TagOpenIDConnectProviderResponse::default())
    }
}
