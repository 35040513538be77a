//! The texts that a pool's `CustomMessage` trigger writes, asked for before anything is submitted.

use super::Occasion;
use crate::error::Result;
use crate::pools::ContactAttribute;
use crate::triggers::custom_message::{self, Source, Texts};
use crate::triggers::{Metadata, Person, Scene, custom_sender};
use crate::users::User;

/// Asks the trigger for the texts of a code's message to this address. Where a custom sender carries the message, nobody
/// reads texts, and the trigger is not asked.
pub async fn custom_texts(
    scene: &Scene<'_>,
    occasion: Occasion,
    person: Person<'_>,
    to: (ContactAttribute, &str),
    client_metadata: &Metadata,
) -> Result<Texts> {
    if custom_sender::carries(scene.entry, to.0) {
        return Ok(Texts::default());
    }
    custom_message::ask(scene, occasion.custom_message_source(), person, to, client_metadata).await
}

/// Asks the trigger for the texts of an invitation, once for all the addresses it goes to.
pub async fn invitation_texts(
    scene: &Scene<'_>,
    user: &User,
    addresses: &[(ContactAttribute, String)],
    client_metadata: &Metadata,
) -> Result<Texts> {
    let Some((contact, address)) = addresses.iter().find(|(contact, _)| !custom_sender::carries(scene.entry, *contact))
    else {
        return Ok(Texts::default());
    };
    let person = Person::User(user);
    custom_message::ask(scene, Source::AdminCreateUser, person, (*contact, address), client_metadata).await
}

impl Occasion {
    /// What the trigger calls it.
    fn custom_message_source(self) -> Source {
        match self {
            Self::SignUp => Source::SignUp,
            Self::ResendCode => Source::ResendCode,
            Self::ForgotPassword => Source::ForgotPassword,
            Self::VerifyAttribute => Source::VerifyUserAttribute,
            Self::UpdateAttribute => Source::UpdateUserAttribute,
            Self::Authentication => Source::Authentication,
        }
    }
}
