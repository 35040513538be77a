//! `ConfirmSignUp`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::Request;
use stepwell_core::sign_up::confirm::{self, Confirmation};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{ConfirmSignUp, ConfirmSignUpRequest, ConfirmSignUpResponse};

use crate::idp::auth::shapes::user_context;
use crate::operation::Operation;

impl Operation for ConfirmSignUp {
    async fn call(cx: &Context<'_>, input: ConfirmSignUpRequest) -> Result<ConfirmSignUpResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let request = Request {
            username: input.username.as_deref().unwrap_or_default(),
            secret_hash: input.secret_hash.as_ref(),
            user_context: &user_context(input.user_context_data),
            client_metadata: &input.client_metadata.unwrap_or_default(),
        };
        let confirmation = Confirmation {
            code: input.confirmation_code.as_deref().unwrap_or_default(),
            force_alias_creation: input.force_alias_creation.unwrap_or_default(),
            session: input.session.as_deref(),
        };
        let session = confirm::confirm(cx, &realm, request, confirmation).await?;
        Ok(ConfirmSignUpResponse { session })
    }
}
