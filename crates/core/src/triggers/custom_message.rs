//! `CustomMessage`: writes the message that carries a code or an invitation (developer guide, "Custom message Lambda
//! trigger"). The function sees placeholders, never the code.

use serde::{Deserialize, Serialize};

use super::event::{Attributes, Event, given};
use super::invoke::invoke;
use super::{Metadata, Person, Scene, Trigger};
use crate::error::Result;
use crate::messaging::sends_links;
use crate::pools::ContactAttribute;

/// The placeholder of the code, or of the temporary password.
const CODE: &str = "{####}";
/// The placeholder of the username, in invitations.
const USERNAME: &str = "{username}";
/// The placeholder of the link, where sign-ups are confirmed by one.
const LINK: &str = "{##Click Here##}";
/// Quotas, in characters.
const LONGEST_SMS: usize = 140;
const LONGEST_EMAIL: usize = 20_000;
const LONGEST_SUBJECT: usize = 140;

/// Why a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The code of a sign-up.
    SignUp,
    /// The invitation of a user whom an administrator made.
    AdminCreateUser,
    /// The code of a sign-up once more.
    ResendCode,
    /// The code that replaces a forgotten password.
    ForgotPassword,
    /// The code to a changed e-mail address or phone number.
    UpdateUserAttribute,
    /// The code to an address that its user wants to verify.
    VerifyUserAttribute,
    /// The code of a sign-in.
    Authentication,
}

impl Source {
    fn trigger_source(self) -> &'static str {
        match self {
            Self::SignUp => "CustomMessage_SignUp",
            Self::AdminCreateUser => "CustomMessage_AdminCreateUser",
            Self::ResendCode => "CustomMessage_ResendCode",
            Self::ForgotPassword => "CustomMessage_ForgotPassword",
            Self::UpdateUserAttribute => "CustomMessage_UpdateUserAttribute",
            Self::VerifyUserAttribute => "CustomMessage_VerifyUserAttribute",
            Self::Authentication => "CustomMessage_Authentication",
        }
    }
}

/// Texts with placeholders, as the function wrote them. What it did not write, or wrote without the placeholder that
/// must be in it, is none: the pool's own text stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The text message.
    pub sms: Option<String>,
    /// The e-mail, HTML.
    pub email: Option<String>,
    /// The e-mail's subject.
    pub email_subject: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: Attributes<'a>,
    code_parameter: &'a str,
    link_parameter: &'a str,
    username_parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Option<&'a Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_not_found: Option<bool>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    sms_message: Option<String>,
    email_message: Option<String>,
    email_subject: Option<String>,
}

/// Asks for the texts of a message to this address. For a name that is nobody's the function is asked as well, so that it
/// takes as long: with the address that the answer pretends the message goes to, and `userNotFound`.
pub async fn ask(
    scene: &Scene<'_>,
    source: Source,
    person: Person<'_>,
    (contact, address): (ContactAttribute, &str),
    client_metadata: &Metadata,
) -> Result<Texts> {
    let trigger = Trigger::CustomMessage;
    let Some(function) = trigger.function(&scene.entry.settings.triggers) else { return Ok(Texts::default()) };
    let mut user_attributes = person.attributes();
    if user_attributes.get(contact.name()) != Some(&address) {
        // A new address that still waits for its verification, or nobody's.
        user_attributes.insert(contact.name(), address);
        user_attributes.insert(contact.verified_name(), "false");
    }
    let request = Request {
        user_attributes,
        code_parameter: CODE,
        link_parameter: LINK,
        username_parameter: (source == Source::AdminCreateUser).then_some(USERNAME),
        client_metadata: given(client_metadata),
        user_not_found: matches!(person, Person::Nobody { .. }).then_some(true),
    };
    let event = Event::new(scene, source.trigger_source(), person.name(), request, Response::default());
    let response: Response = invoke(scene, trigger, function, &event).await?;
    Ok(texts(scene, source, response))
}

/// What of the answer can be used. What cannot is left out, as Cognito does it: a message in the pool's own words is better
/// than none.
fn texts(scene: &Scene<'_>, source: Source, response: Response) -> Texts {
    let by_link = sends_links(scene.entry) && matches!(source, Source::SignUp | Source::ResendCode);
    let carries_code =
        |text: &str| text.contains(CODE) && (source != Source::AdminCreateUser || text.contains(USERNAME));
    let usable = |what: &str, text: Option<String>, longest: usize, fits: &dyn Fn(&str) -> bool| {
        let text = text.filter(|text| !text.is_empty())?;
        if text.chars().count() <= longest && fits(&text) {
            return Some(text);
        }
        let pool = &scene.entry.pool.id;
        tracing::warn!(pool, what, "a CustomMessage trigger's text lacks its placeholder, or is too long: not used");
        None
    };
    Texts {
        sms: usable("smsMessage", response.sms_message, LONGEST_SMS, &carries_code),
        email: usable("emailMessage", response.email_message, LONGEST_EMAIL, &|text| {
            if by_link { has_link(text) } else { carries_code(text) }
        }),
        // A line end would begin another header.
        email_subject: usable("emailSubject", response.email_subject, LONGEST_SUBJECT, &|text| {
            !text.contains(char::is_control)
        }),
    }
}

/// `{##any text##}`.
fn has_link(text: &str) -> bool {
    text.split_once("{##").is_some_and(|(_, rest)| rest.contains("##}"))
}
