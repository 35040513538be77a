//! `ConfirmSignUp`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::confirm;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ConfirmSignUp, ConfirmSignUpRequest, ConfirmSignUpResponse};

use crate::operation::Operation;

impl Operation for ConfirmSignUp {
    async fn call(cx: &Context<'_>, input: ConfirmSignUpRequest) -> Result<ConfirmSignUpResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let username = input.username.as_deref().unwrap_or_default();
        let code = input.confirmation_code.as_deref().unwrap_or_default();
        let force = input.force_alias_creation.unwrap_or_default();
        let metadata = input.client_metadata.unwrap_or_default();
        confirm::confirm(cx, &realm, username, code, force, input.secret_hash.as_ref(), &metadata).await?;
        Ok(ConfirmSignUpResponse::default())
    }
}
