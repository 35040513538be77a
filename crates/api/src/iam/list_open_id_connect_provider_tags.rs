//! `ListOpenIDConnectProviderTags`.

use stepwell_core::iam::tags::{self, Tagged};
use stepwell_core::{Context, Result};
use stepwell_model::iam::{
    ListOpenIDConnectProviderTags, ListOpenIDConnectProviderTagsRequest, ListOpenIDConnectProviderTagsResponse,
};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListOpenIDConnectProviderTags {
    async fn call(
        cx: &Context<'_>,
        input: ListOpenIDConnectProviderTagsRequest,
    ) -> Result<ListOpenIDConnectProviderTagsResponse> {
        let resource = Tagged::OidcProvider(input.open_id_connect_provider_arn.as_deref().unwrap_or_default());
        let page = tags::list(cx.domain, resource, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListOpenIDConnectProviderTagsResponse {
            tags: Some(shapes::tags(page.items)),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
