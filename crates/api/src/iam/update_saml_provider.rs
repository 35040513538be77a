//! `UpdateSAMLProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateSAMLProvider, UpdateSAMLProviderRequest, UpdateSAMLProviderResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateSAMLProvider {
    async fn call(cx: &Context<'_>, input: UpdateSAMLProviderRequest) -> Result<UpdateSAMLProviderResponse> {
        let encryption = input.assertion_encryption_mode.is_some() || input.add_private_key.is_some();
        shapes::no_encryption(encryption || input.remove_private_key.is_some())?;
        let arn = input.saml_provider_arn.as_deref().unwrap_or_default();
        match &input.saml_metadata_document {
            Some(metadata) => providers::update_saml(cx.domain, arn, metadata).await?,
            None => drop(providers::get_saml(cx.domain, arn).await?),
        }
        Ok(UpdateSAMLProviderResponse { saml_provider_arn: input.saml_provider_arn })
    }
}
