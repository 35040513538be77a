//! `DefineAuthChallenge`: decides what comes next in custom authentication (developer guide, "Define Auth challenge
//! Lambda trigger").

use serde::{Deserialize, Serialize};

use super::event::{Attributes, ChallengeResult, Event, given};
use super::invoke::{invoke, unrecognizable};
use super::{Metadata, Person, Scene, Trigger};
use crate::error::{Error, Result};

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defined {
    /// This challenge: `CUSTOM_CHALLENGE`, or one of Cognito's own (`PASSWORD_VERIFIER`, `SMS_MFA`, …).
    Challenge(String),
    /// The user is signed in.
    IssueTokens,
    /// The sign-in has failed.
    Fail,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    session: &'a [ChallengeResult<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_not_found: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    challenge_name: Option<String>,
    issue_tokens: Option<bool>,
    fail_authentication: Option<bool>,
}

/// Asks what comes after the rounds so far, oldest first. A pool without the function has no custom authentication.
/// Failing goes before everything, tokens before another challenge; no decision is `InvalidLambdaResponseException`.
pub async fn ask(
    scene: &Scene<'_>,
    person: Person<'_>,
    rounds: &[ChallengeResult<'_>],
    client_metadata: &Metadata,
) -> Result<Defined> {
    let trigger = Trigger::DefineAuthChallenge;
    let function = trigger.function(&scene.entry.settings.triggers).ok_or_else(not_configured)?;
    let request = Request {
        user_attributes: person.attributes(),
        session: rounds,
        client_metadata: given(client_metadata),
        user_not_found: person.not_found(scene),
    };
    let source = "DefineAuthChallenge_Authentication";
    let event = Event::new(scene, source, person.name(), request, Response::default());
    match invoke(scene, trigger, function, &event).await? {
        Response { fail_authentication: Some(true), .. } => Ok(Defined::Fail),
        Response { issue_tokens: Some(true), .. } => Ok(Defined::IssueTokens),
        Response { challenge_name: Some(name), .. } if !name.is_empty() => Ok(Defined::Challenge(name)),
        _ => Err(unrecognizable()),
    }
}

/// The refusal of custom authentication in a pool that lacks one of its functions.
pub fn not_configured() -> Error {
    Error::invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
}
