//! `AddClientIDToOpenIDConnectProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    AddClientIDToOpenIDConnectProvider, AddClientIDToOpenIDConnectProviderRequest,
    AddClientIDToOpenIDConnectProviderResponse,
};

use crate::operation::Operation;

impl Operation for AddClientIDToOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: AddClientIDToOpenIDConnectProviderRequest,
    ) -> Result<AddClientIDToOpenIDConnectProviderResponse> {
        let arn = input.open_id_connect_provider_arn.as_deref().unwrap_or_default();
        providers::add_client_id(cx.domain, arn, input.client_id.as_deref().unwrap_or_default()).await?;
        Ok(AddClientIDToOpenIDConnectProviderResponse::default())
    }
}
