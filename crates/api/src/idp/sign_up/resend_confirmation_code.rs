//! `ResendConfirmationCode`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::resend;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ResendConfirmationCode, ResendConfirmationCodeRequest, ResendConfirmationCodeResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ResendConfirmationCode {
    async fn call(cx: &Context<'_>, input: ResendConfirmationCodeRequest) -> Result<ResendConfirmationCodeResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let username = input.username.as_deref().unwrap_or_default();
        let metadata = input.client_metadata.unwrap_or_default();
        let delivery = resend::resend(cx, &realm, username, input.secret_hash.as_ref(), &metadata).await?;
        Ok(ResendConfirmationCodeResponse { code_delivery_details: Some(shapes::code_delivery(delivery)) })
    }
}
