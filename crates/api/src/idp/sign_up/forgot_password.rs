//! `ForgotPassword`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::recovery;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ForgotPassword, ForgotPasswordRequest, ForgotPasswordResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for ForgotPassword {
    async fn call(cx: &Context<'_>, input: ForgotPasswordRequest) -> Result<ForgotPasswordResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let username = input.username.as_deref().unwrap_or_default();
        let metadata = input.client_metadata.unwrap_or_default();
        let delivery = recovery::forgot_password(cx, &realm, username, input.secret_hash.as_ref(), &metadata).await?;
        Ok(ForgotPasswordResponse { code_delivery_details: Some(shapes::code_delivery(delivery)) })
    }
}
