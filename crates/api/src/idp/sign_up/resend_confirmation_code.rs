//! `ResendConfirmationCode`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::{Request, resend};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ResendConfirmationCode, ResendConfirmationCodeRequest, ResendConfirmationCodeResponse};

use super::shapes;
use crate::idp::auth::shapes::user_context;
use crate::operation::Operation;

impl Operation for ResendConfirmationCode {
    async fn call(cx: &Context<'_>, input: ResendConfirmationCodeRequest) -> Result<ResendConfirmationCodeResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let request = Request {
            username: input.username.as_deref().unwrap_or_default(),
            secret_hash: input.secret_hash.as_ref(),
            user_context: &user_context(input.user_context_data),
            client_metadata: &input.client_metadata.unwrap_or_default(),
        };
        let delivery = resend::resend(cx, &realm, request).await?;
        Ok(ResendConfirmationCodeResponse { code_delivery_details: Some(shapes::code_delivery(delivery)) })
    }
}
