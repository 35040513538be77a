//! `DeleteSAMLProvider`.

use stepwell_core::iam::providers;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteSAMLProvider, DeleteSAMLProviderRequest, DeleteSAMLProviderResponse};

use crate::operation::Operation;

impl Operation for DeleteSAMLProvider {
    async fn call(cx: &Context<'_>, input: DeleteSAMLProviderRequest) -> Result<DeleteSAMLProviderResponse> {
        providers::delete_saml(cx.domain, input.saml_provider_arn.as_deref().unwrap_or_default()).await?;
        Ok(DeleteSAMLProviderResponse::default())
    }
}
