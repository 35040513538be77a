//! `PreAuthentication`: may refuse a sign-in before it is looked at (developer guide, "Pre authentication Lambda
//! trigger").

use serde::Serialize;

use super::event::{Attributes, Event, NoResponse};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    validation_data: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_not_found: Option<bool>,
}

/// Asks whether this person may try to sign in. `validation_data` is the `ClientMetadata` of `InitiateAuth` or
/// `AdminInitiateAuth`.
pub async fn ask(scene: &Scene<'_>, person: Person<'_>, validation_data: &Metadata) -> Result<()> {
    let trigger = Trigger::PreAuthentication;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(()) };
    let request = Request {
        user_attributes: person.attributes(),
        validation_data: super::event::given(validation_data),
        user_not_found: person.not_found(scene),
    };
    let event = Event::new(scene, "PreAuthentication_Authentication", person.name(), request, NoResponse {});
    invoke::<_, _, NoResponse>(scene, trigger, function, &event).await.map(|_| ())
}
