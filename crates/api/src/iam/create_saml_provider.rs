//! `CreateSAMLProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreateSAMLProvider, CreateSAMLProviderRequest, CreateSAMLProviderResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateSAMLProvider {
    async fn call(cx: &Context<'_>, input: CreateSAMLProviderRequest) -> Result<CreateSAMLProviderResponse> {
        shapes::no_encryption(input.assertion_encryption_mode.is_some() || input.add_private_key.is_some())?;
        let name = input.name.as_deref().unwrap_or_default();
        let metadata = input.saml_metadata_document.as_deref().unwrap_or_default();
        let provider = providers::create_saml(cx.domain, name, metadata, shapes::tag_pairs(input.tags)).await?;
        Ok(CreateSAMLProviderResponse {
            saml_provider_arn: Some(provider.arn(&cx.domain.settings.account_id)),
            tags: Some(shapes::tags(provider.tags)),
        })
    }
}
