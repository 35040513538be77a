//! `RemoveClientIDFromOpenIDConnectProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    RemoveClientIDFromOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProviderRequest,
    RemoveClientIDFromOpenIDConnectProviderResponse,
};

use crate::operation::Operation;

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: RemoveClientIDFromOpenIDConnectProviderRequest,
    ) -> Result<RemoveClientIDFromOpenIDConnectProviderResponse> {
        let arn = input.open_id_connect_provider_arn.as_deref().unwrap_or_default();
        providers::remove_client_id(cx.domain, arn, input.client_id.as_deref().unwrap_or_default()).await?;
        Ok(RemoveClientIDFromOpenIDConnectProviderResponse::default())
    }
}
