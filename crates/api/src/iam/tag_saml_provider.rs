//! `TagSAMLProvider`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{TagSAMLProvider, TagSAMLProviderRequest, TagSAMLProviderResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for TagSAMLProvider {
    async fn call(cx: &Context<'_>, input: TagSAMLProviderRequest) -> Result<TagSAMLProviderResponse> {
        let resource = Tagged::SamlProvider(input.saml_provider_arn.as_deref().unwrap_or_default());
        tags::tag(cx.domain, resource, shapes::tag_pairs(input.tags)).await?;
        Ok(TagSAMLProviderResponse::default())
    }
}
