//! `DeleteAccessKey`.

use stepwell_core::iam::access_keys;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{DeleteAccessKey, DeleteAccessKeyRequest, DeleteAccessKeyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for DeleteAccessKey {
    async fn call(cx: &Context<'_>, input: DeleteAccessKeyRequest) -> Result<DeleteAccessKeyResponse> {
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        access_keys::delete(cx.domain, name, input.access_key_id.as_deref().unwrap_or_default()).await?;
        Ok(DeleteAccessKeyResponse::default())
    }
}
