//! `VerifyUserAttribute`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{VerifyUserAttribute, VerifyUserAttributeRequest, VerifyUserAttributeResponse};

use crate::operation::Operation;

impl Operation for VerifyUserAttribute {
    async fn call(cx: &Context<'_>, input: VerifyUserAttributeRequest) -> Result<VerifyUserAttributeResponse> {
        let name = input.attribute_name.as_deref().unwrap_or_default();
        verification::verify(cx, name, input.code.as_deref().unwrap_or_default()).await?;
        Ok(VerifyUserAttributeResponse::default())
    }
}
