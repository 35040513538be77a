//! `UntagOpenIDConnectProvider`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    UntagOpenIDConnectProvider, UntagOpenIDConnectProviderRequest, UntagOpenIDConnectProviderResponse,
};

use crate::operation::Operation;

impl Operation for UntagOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: UntagOpenIDConnectProviderRequest,
    ) -> Result<UntagOpenIDConnectProviderResponse> {
        let resource = Tagged::OidcProvider(input.open_id_connect_provider_arn.as_deref().unwrap_or_default());
        tags::untag(cx.domain, resource, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagOpenIDConnectProviderResponse::default())
    }
}
