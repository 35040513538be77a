//! `ListSAMLProviders`.

use stepwell_core::iam::{SamlProvider, providers};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListSAMLProviders, ListSAMLProvidersRequest, ListSAMLProvidersResponse, SAMLProviderListEntry,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListSAMLProviders {
    async fn call(cx: &Context<'_>, _: ListSAMLProvidersRequest) -> Result<ListSAMLProvidersResponse> {
        let providers = providers::list_saml(cx.domain).await?;
        let entry = |provider: SamlProvider| SAMLProviderListEntry {
            arn: Some(provider.arn(&cx.domain.settings.account_id)),
            create_date: Some(shapes::date(provider.created_at)),
            valid_until: Some(shapes::date(provider.expires_at())),
        };
        Ok(ListSAMLProvidersResponse { saml_provider_list: Some(providers.into_iter().map(entry).collect()) })
    }
}
