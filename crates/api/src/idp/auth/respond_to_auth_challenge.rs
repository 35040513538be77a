//! `RespondToAuthChallenge`.

use stepwell_core::auth::{self, Door, Realm, Request};
use stepwell_core::triggers::NO_METADATA;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{RespondToAuthChallenge, RespondToAuthChallengeRequest, RespondToAuthChallengeResponse};

use super::shapes::{self, Answer};
use crate::operation::Operation;

impl Operation for RespondToAuthChallenge {
    async fn call(cx: &Context<'_>, input: RespondToAuthChallengeRequest) -> Result<RespondToAuthChallengeResponse> {
        let client_id = input.client_id.as_deref().unwrap_or_default();
        let realm = Realm::of_client(cx, client_id).await?;
        let challenge = shapes::challenge(input.challenge_name.as_ref())?;
        let parameters = input.challenge_responses.unwrap_or_default();
        let client_metadata = input.client_metadata.unwrap_or_default();
        let user_context = shapes::user_context(input.user_context_data);
        let request = Request {
            door: Door::App,
            parameters: &parameters,
            session: input.session.as_deref(),
            validation_data: &NO_METADATA,
            client_metadata: &client_metadata,
            user_context: &user_context,
        };
        let next = auth::respond(cx, &realm, challenge, &request).await?;
        let answer = Answer::from(next);
        Ok(RespondToAuthChallengeResponse {
            challenge_name: answer.challenge_name,
            session: answer.session,
            challenge_parameters: answer.challenge_parameters,
            authentication_result: answer.authentication_result,
            available_challenges: answer.available_challenges,
        })
    }
}
