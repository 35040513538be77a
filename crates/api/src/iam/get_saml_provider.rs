//! `GetSAMLProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{GetSAMLProvider, GetSAMLProviderRequest, GetSAMLProviderResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for GetSAMLProvider {
    async fn call(cx: &Context<'_>, input: GetSAMLProviderRequest) -> Result<GetSAMLProviderResponse> {
        let provider = providers::get_saml(cx.domain, input.saml_provider_arn.as_deref().unwrap_or_default()).await?;
        Ok(GetSAMLProviderResponse {
            valid_until: Some(shapes::date(provider.expires_at())),
            saml_provider_uuid: Some(provider.uuid),
            saml_metadata_document: Some(provider.metadata),
            create_date: Some(shapes::date(provider.created_at)),
            tags: Some(shapes::tags(provider.tags)),
            assertion_encryption_mode: None,
            private_key_list: None,
        })
    }
}
