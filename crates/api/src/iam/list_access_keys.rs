//! `ListAccessKeys`.

use stepwell_core::iam::access_keys;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{ListAccessKeys, ListAccessKeysRequest, ListAccessKeysResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ListAccessKeys {
    async fn call(cx: &Context<'_>, input: ListAccessKeysRequest) -> Result<ListAccessKeysResponse> {
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        let page = access_keys::list(cx.domain, name, shapes::paging(input.marker.as_deref(), input.max_items)).await?;
        Ok(ListAccessKeysResponse {
            access_key_metadata: Some(page.items.into_iter().map(shapes::access_key).collect()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        })
    }
}
