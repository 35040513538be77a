//! `CreateAccessKey`.

use stepwell_core::iam::access_keys;
use stepwell_core::{Context, Result};
use stepwell_model::iam::{CreateAccessKey, CreateAccessKeyRequest, CreateAccessKeyResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateAccessKey {
    async fn call(cx: &Context<'_>, input: CreateAccessKeyRequest) -> Result<CreateAccessKeyResponse> {
        let name = shapes::user_name(cx, input.user_name.as_deref())?;
        let new = access_keys::create(cx.domain, name).await?;
        Ok(CreateAccessKeyResponse { access_key: Some(shapes::new_access_key(new)) })
    }
}
