//! `CreateOpenIDConnectProvider`.

use stepwell_core::iam::providers::{self, NewOidcProvider};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    CreateOpenIDConnectProvider, CreateOpenIDConnectProviderRequest, CreateOpenIDConnectProviderResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateOpenIDConnectProvider {
    async fn call(
        cx: &Context<'_>,
        input: CreateOpenIDConnectProviderRequest,
    ) -> Result<CreateOpenIDConnectProviderResponse> {
        let new = NewOidcProvider {
            url: input.url.unwrap_or_default(),
            client_ids: input.client_id_list.unwrap_or_default(),
            thumbprints: input.thumbprint_list.unwrap_or_default(),
            tags: shapes::tag_pairs(input.tags),
        };
        let provider = providers::create_oidc(cx.domain, new).await?;
        Ok(CreateOpenIDConnectProviderResponse {
            open_id_connect_provider_arn: Some(provider.arn(&cx.domain.settings.account_id)),
            tags: Some(shapes::tags(provider.tags)),
        })
    }
}
