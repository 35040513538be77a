//! `VerifyAuthChallengeResponse`: judges the answer to a custom challenge (developer guide, "Verify Auth challenge
//! response Lambda trigger").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use super::define_auth_challenge::not_configured;
use super::event::{Attributes, Event, given};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    private_challenge_parameters: &'a BTreeMap<String, SecretString>,
    challenge_answer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_not_found: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    answer_correct: Option<bool>,
}

/// Asks whether the answer is right. What is not said to be right is wrong, and so is everything that is said of a
/// name that is nobody's.
pub async fn ask(
    scene: &Scene<'_>,
    person: Person<'_>,
    private_parameters: &BTreeMap<String, SecretString>,
    answer: &str,
    client_metadata: &Metadata,
) -> Result<bool> {
    let trigger = Trigger::VerifyAuthChallengeResponse;
    let function = trigger.function(&scene.entry.settings.triggers).ok_or_else(not_configured)?;
    let request = Request {
        user_attributes: person.attributes(),
        private_challenge_parameters: private_parameters,
        challenge_answer: answer,
        client_metadata: given(client_metadata),
        user_not_found: person.not_found(scene),
    };
    let source = "VerifyAuthChallengeResponse_Authentication";
    let event = Event::new(scene, source, person.name(), request, Response::default());
    let response: Response = invoke(scene, trigger, function, &event).await?;
    Ok(response.answer_correct == Some(true) && matches!(person, Person::User(_)))
}
