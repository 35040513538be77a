//! `ListOpenIDConnectProviders`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListOpenIDConnectProviders, ListOpenIDConnectProvidersRequest, ListOpenIDConnectProvidersResponse,
    OpenIDConnectProviderListEntry,
};

use crate::operation::Operation;

impl Operation for ListOpenIDConnectProviders {
    async fn call(
        cx: &Context<'_>,
        _: ListOpenIDConnectProvidersRequest,
    ) -> Result<ListOpenIDConnectProvidersResponse> {
        let arns = providers::list_oidc(cx.domain).await?;
        let entries = arns.into_iter().map(|arn| OpenIDConnectProviderListEntry { arn: Some(arn) }).collect();
        Ok(ListOpenIDConnectProvidersResponse { open_id_connect_provider_list: Some(entries) })
    }
}
