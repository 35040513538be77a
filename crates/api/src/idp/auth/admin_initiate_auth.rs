//! `AdminInitiateAuth`.

use stepwell_core::auth::{self, Door, Realm, Request};
use stepwell_core::triggers::NO_METADATA;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminInitiateAuth, AdminInitiateAuthRequest, AdminInitiateAuthResponse};

use super::shapes::{self, Answer};
use crate::operation::Operation;

impl Operation for AdminInitiateAuth {
    async fn call(cx: &Context<'_>, input: AdminInitiateAuthRequest) -> Result<AdminInitiateAuthResponse> {
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let realm = Realm::of_admin(cx, pool_id, client_id).await?;
        let flow = shapes::flow(Door::Admin, input.auth_flow.as_ref())?;
        let parameters = input.auth_parameters.unwrap_or_default();
        let client_metadata = input.client_metadata.unwrap_or_default();
        let user_context = shapes::context(input.context_data);
        let request = Request {
            door: Door::Admin,
            parameters: &parameters,
            session: input.session.as_deref(),
            validation_data: &client_metadata,
            client_metadata: &NO_METADATA,
            user_context: &user_context,
        };
        let next = auth::initiate(cx, &realm, flow, &request).await?;
        let answer = Answer::from(next);
        Ok(AdminInitiateAuthResponse {
            challenge_name: answer.challenge_name,
            session: answer.session,
            challenge_parameters: answer.challenge_parameters,
            authentication_result: answer.authentication_result,
            available_challenges: answer.available_challenges,
        })
    }
}
