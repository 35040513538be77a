//! `GetUserAttributeVerificationCode`.

use stepwell_core::users::verification;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    GetUserAttributeVerificationCode, GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse,
};

use crate::idp::sign_up::shapes::code_delivery;
use crate::operation::Operation;

impl Operation for GetUserAttributeVerificationCode {
    async fn call(
        cx: &Context<'_>,
        input: GetUserAttributeVerificationCodeRequest,
    ) -> Result<GetUserAttributeVerificationCodeResponse> {
        let metadata = input.client_metadata.unwrap_or_default();
        let name = input.attribute_name.as_deref().unwrap_or_default();
        let delivery = verification::request_code(cx, name, &metadata).await?;
        Ok(GetUserAttributeVerificationCodeResponse { code_delivery_details: Some(code_delivery(delivery)) })
    }
}
