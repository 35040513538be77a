//! `GetOpenIDConnectProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    GetOpenIDConnectProvider, GetOpenIDConnectProviderRequest, GetOpenIDConnectProviderResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: GetOpenIDConnectProviderRequest,
    ) -> Result<GetOpenIDConnectProviderResponse> {
        let provider =
            providers::get_oidc(cx.domain, input.open_id_connect_provider_arn.as_deref().unwrap_or_default()).await?;
        Ok(GetOpenIDConnectProviderResponse {
            url: Some(provider.url),
            client_id_list: Some(provider.client_ids.into_iter().collect()),
            thumbprint_list: Some(provider.thumbprints),
            create_date: Some(shapes::date(provider.created_at)),
            tags: Some(shapes::tags(provider.tags)),
        })
    }
}
