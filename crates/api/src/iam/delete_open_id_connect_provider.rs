//! `DeleteOpenIDConnectProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    DeleteOpenIDConnectProvider, DeleteOpenIDConnectProviderRequest, DeleteOpenIDConnectProviderResponse,
};

use crate::operation::Operation;

impl Operation for DeleteOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: DeleteOpenIDConnectProviderRequest,
    ) -> Result<DeleteOpenIDConnectProviderResponse> {
        providers::delete_oidc(cx.domain, input.open_id_connect_provider_arn.as_deref().unwrap_or_default()).await?;
        Ok(DeleteOpenIDConnectProviderResponse::default())
    }
}
