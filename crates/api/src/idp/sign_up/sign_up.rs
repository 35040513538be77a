//! `SignUp`.

use stepwell_core::auth::Realm;
use stepwell_core::sign_up::{Request, register};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{SignUp, SignUpRequest, SignUpResponse};

use super::shapes;
use crate::idp::auth::shapes::user_context;
use crate::operation::Operation;

impl Operation for SignUp {
    async fn call(cx: &Context<'_>, input: SignUpRequest) -> Result<SignUpResponse> {
        let realm = Realm::of_client(cx, input.client_id.as_deref().unwrap_or_default()).await?;
        let request = Request {
            username: input.username.as_deref().unwrap_or_default(),
            secret_hash: input.secret_hash.as_ref(),
            user_context: &user_context(input.user_context_data),
            client_metadata: &input.client_metadata.unwrap_or_default(),
        };
        let password = input.password.as_deref();
        let attributes = shapes::attributes(input.user_attributes);
        let validation_data = shapes::validation_data(input.validation_data);
        let signed_up = register::sign_up(cx, &realm, request, password, attributes, &validation_data).await?;
        Ok(SignUpResponse {
            user_confirmed: Some(signed_up.confirmed),
            code_delivery_details: signed_up.delivery.map(shapes::code_delivery),
            user_sub: Some(signed_up.sub),
            session: signed_up.session,
        })
    }
}
