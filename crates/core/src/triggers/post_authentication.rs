//! `PostAuthentication`: learns of a finished sign-in, and may still refuse it (developer guide, "Post authentication
//! Lambda trigger").

use serde::Serialize;

use super::event::{Attributes, Event, NoResponse, given};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;
use crate::users::User;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    new_device_used: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

/// Tells of a sign-in. `new_device_used`: the pool remembers devices, and the user came with one that it does not know.
/// `client_metadata` is that of a challenge's answer; that of `InitiateAuth` does not come here.
pub async fn tell(scene: &Scene<'_>, user: &User, new_device_used: bool, client_metadata: &Metadata) -> Result<()> {
    let trigger = Trigger::PostAuthentication;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(()) };
    let person = Person::User(user);
    let request =
        Request { user_attributes: person.attributes(), new_device_used, client_metadata: given(client_metadata) };
    let event = Event::new(scene, "PostAuthentication_Authentication", person.name(), request, NoResponse {});
    invoke::<_, _, NoResponse>(scene, trigger, function, &event).await.map(|_| ())
}
