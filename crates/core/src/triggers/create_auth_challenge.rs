//! `CreateAuthChallenge`: makes a custom challenge: what the client is shown, and what the judge is told (developer guide,
//! "Create Auth challenge Lambda trigger").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_model::SecretString;

use super::define_auth_challenge::not_configured;
use super::event::{Attributes, ChallengeResult, Event, given};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;

/// A challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// What the client gets.
    pub public_parameters: BTreeMap<String, String>,
    /// What only the verify trigger gets: the right answer, usually.
    pub private_parameters: BTreeMap<String, SecretString>,
    /// What later rounds learn of this one.
    pub metadata: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    challenge_name: &'a str,
    session: &'a [ChallengeResult<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_not_found: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    public_challenge_parameters: Option<BTreeMap<String, String>>,
    private_challenge_parameters: Option<BTreeMap<String, SecretString>>,
    challenge_metadata: Option<String>,
}

/// Asks for the challenge that the define trigger named.
pub async fn ask(
    scene: &Scene<'_>,
    person: Person<'_>,
    challenge_name: &str,
    rounds: &[ChallengeResult<'_>],
    client_metadata: &Metadata,
) -> Result<Created> {
    let trigger = Trigger::CreateAuthChallenge;
    let function = trigger.function(&scene.entry.settings.triggers).ok_or_else(not_configured)?;
    let request = Request {
        user_attributes: person.attributes(),
        challenge_name,
        session: rounds,
        client_metadata: given(client_metadata),
        user_not_found: person.not_found(scene),
    };
    let source = "CreateAuthChallenge_Authentication";
    let event = Event::new(scene, source, person.name(), request, Response::default());
    let response: Response = invoke(scene, trigger, function, &event).await?;
    Ok(Created {
        public_parameters: response.public_challenge_parameters.unwrap_or_default(),
        private_parameters: response.private_challenge_parameters.unwrap_or_default(),
        metadata: response.challenge_metadata,
    })
}
