//! `UntagSAMLProvider`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UntagSAMLProvider, UntagSAMLProviderRequest, UntagSAMLProviderResponse};

use crate::operation::Operation;

impl Operation for UntagSAMLProvider {
    async fn call(cx: &Context<'_>, input: UntagSAMLProviderRequest) -> Result<UntagSAMLProviderResponse> {
        let resource = Tagged::SamlProvider(input.saml_provider_arn.as_deref().unwrap_or_default());
        tags::untag(cx.domain, resource, &input.tag_keys.unwrap_or_default()).await?;
        Ok(UntagSAMLProviderResponse::default())
    }
}
