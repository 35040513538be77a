//! `PreSignUp`: may refuse a new user, confirm it and call its addresses verified (developer guide, "Pre sign-up Lambda
//! trigger").

use serde::{Deserialize, Serialize};

use super::event::{Attributes, Event, given};
use super::invoke::invoke;
use super::{Metadata, Scene, Trigger};
use crate::error::Result;
use crate::pools::ContactAttribute;
use crate::users::User;

/// Who makes the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The person, by `SignUp`.
    SignUp,
    /// An administrator, by `AdminCreateUser`. The answer can only refuse.
    AdminCreateUser,
}

impl Source {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "PreSignUp_SignUp",
            Self::AdminCreateUser => "PreSignUp_AdminCreateUser",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    validation_data: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
}

/// What the function decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decision {
    /// The user is confirmed at once.
    pub confirm: bool,
    /// The e-mail address counts as verified.
    pub verify_email: bool,
    /// The phone number counts as verified.
    pub verify_phone: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the protocol's names")]
struct Response {
    auto_confirm_user: Option<bool>,
    auto_verify_email: Option<bool>,
    auto_verify_phone: Option<bool>,
}

/// Asks about a user who is about to be made.
pub async fn ask(
    scene: &Scene<'_>,
    source: Source,
    user: &User,
    validation_data: &Metadata,
    client_metadata: &Metadata,
) -> Result<Decision> {
    let trigger = Trigger::PreSignUp;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(Decision::default()) };
    let request = Request {
        user_attributes: given_attributes(source, user),
        validation_data: given(validation_data),
        client_metadata: given(client_metadata),
    };
    let nothing_yet =
        Response { auto_confirm_user: Some(false), auto_verify_email: Some(false), auto_verify_phone: Some(false) };
    let event = Event::new(scene, source.as_str(), &user.username, request, nothing_yet);
    let response: Response = invoke(scene, trigger, function, &event).await?;
    Ok(match source {
        Source::SignUp => Decision {
            confirm: response.auto_confirm_user == Some(true),
            verify_email: response.auto_verify_email == Some(true),
            verify_phone: response.auto_verify_phone == Some(true),
        },
        Source::AdminCreateUser => Decision::default(),
    })
}

/// The attributes as they were given: there is no `sub` yet, and what people cannot give was not.
fn given_attributes(source: Source, user: &User) -> Attributes<'_> {
    let by_service = [ContactAttribute::Email, ContactAttribute::PhoneNumber].map(ContactAttribute::verified_name);
    let names = user.attributes.iter().map(|(name, value)| (name.as_str(), &**value));
    names.filter(|(name, _)| source == Source::AdminCreateUser || !by_service.contains(name)).collect()
}
