//! `UpdateAccessKey`.

use stepwell_core::iam::access_keys;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{UpdateAccessKey, UpdateAccessKeyRequest, UpdateAccessKeyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for UpdateAccessKey {
    async fn call(cx: &Context<'_>, input: UpdateAccessKeyRequest) -> Result<UpdateAccessKeyResponse> {
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        let active = shapes::is_active(input.status.as_ref())?;
        access_keys::set_active(cx.domain, name, input.access_key_id.as_deref().unwrap_or_default(), active).await?;
        Ok(UpdateAccessKeyResponse::default())
    }
}
