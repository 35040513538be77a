//! `SignUp`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::register;
use stepwell_core::triggers::Told;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SignUp, SignUpRequest, SignUpResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for SignUp {
    async fn call(cx: &Context<'_>, input: SignUpRequest) -> Result<SignUpResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let client_metadata = input.client_metadata.unwrap_or_default();
        let validation_data = shapes::validation_data(input.validation_data);
        let username = input.username.as_deref().unwrap_or_default();
        let signed_up = register::sign_up(
            cx,
            &realm,
            username,
            input.password.as_deref(),
            shapes::attributes(input.user_attributes),
            input.secret_hash.as_ref(),
            Told { validation_data: &validation_data, client_metadata: &client_metadata },
        )
        .await?;
        Ok(SignUpResponse {
            user_confirmed: Some(signed_up.confirmed),
            code_delivery_details: signed_up.delivery.map(shapes::code_delivery),
            user_sub: Some(signed_up.sub),
            session: signed_up.session,
        })
    }
}
