//! `PostConfirmation`: learns that a user was confirmed, or set a new password by a recovery code (developer guide,
//! "Post confirmation Lambda trigger"). It comes too late to refuse: its error is told, the change stays.

use serde::Serialize;

use super::event::{Attributes, Event, NoResponse, given};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;
use crate::users::User;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A sign-up was confirmed: by its code, by an administrator or by the `PreSignUp` trigger.
    ConfirmSignUp,
    /// A new password was set with a recovery code.
    ConfirmForgotPassword,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "PostConfirmation_ConfirmSignUp",
            Self::ConfirmForgotPassword => "PostConfirmation_ConfirmForgotPassword",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

/// Tells of it.
pub async fn tell(scene: &Scene<'_>, source: Source, user: &User, client_metadata: &Metadata) -> Result<()> {
    let trigger = Trigger::PostConfirmation;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(()) };
    let person = Person::User(user);
    let request = Request { user_attributes: person.attributes(), client_metadata: given(client_metadata) };
    let event = Event::new(scene, source.as_str(), person.name(), request, NoResponse {});
    invoke::<_, _, NoResponse>(scene, trigger, function, &event).await.map(|_| ())
}
