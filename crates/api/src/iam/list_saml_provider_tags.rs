//! `ListSAMLProviderTags`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListSAMLProviderTags, ListSAMLProviderTagsRequest, ListSAMLProviderTagsResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListSAMLProviderTags {
    async fn call(cx: &Context<'_>, input: ListSAMLProviderTagsRequest) -> Result<ListSAMLProviderTagsResponse> {
        let resource = Tagged::SamlProvider(input.saml_provider_arn.as_deref().unwrap_or_default());
        let page = tags::list(cx.domain, resource, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListSAMLProviderTagsResponse {
            tags: Some(shapes::tags(page.items)),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
