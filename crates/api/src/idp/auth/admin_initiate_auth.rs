//! `AdminInitiateAuth`.

use stepwell_core::auth::{self, Realm};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{AdminInitiateAuth, AdminInitiateAuthRequest, AdminInitiateAuthResponse};

use super::shapes::{self, Answer, Door};
use crate::operation::Operation;

impl Operation for AdminInitiateAuth {
    async fn call(cx: &Context<'_>, input: AdminInitiateAuthRequest) -> Result<AdminInitiateAuthResponse> {
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let realm = Realm::of_admin(cx, pool_id, client_id).await?;
        let flow = shapes::flow(Door::Admin, input.auth_flow.as_ref())?;
        let parameters = input.auth_parameters.unwrap_or_default();
        let next = auth::initiate(cx, &realm, flow, &parameters).await?;
        let answer = Answer::from(next);
        Ok(AdminInitiateAuthResponse {
            challenge_name: answer.challenge_name,
            session: answer.session,
            challenge_parameters: answer.challenge_parameters,
            authentication_result: answer.authentication_result,
            ..AdminInitiateAuthResponse::default()
        })
    }
}
