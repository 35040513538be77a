//! `SignUp`: a person makes an account.

use super::{Request, auto_sign_in, confirmation_address, count_sign_up, may_be_sent};
use crate::SecretString;
use crate::auth::Realm;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, Cause, CodeDelivery, Occasion};
use crate::pools::ContactAttribute;
use crate::ports::store::Write;
use crate::risk;
use crate::triggers::pre_sign_up::{self, Decision};
use crate::triggers::{Metadata, Person, Scene, post_confirmation};
use crate::users::attributes::{Given, Writer};
use crate::users::create::{self, Taken};
use crate::users::{User, UserStatus, aliases, attributes, credential, passwordless};
use stepwell_model::ErrorCode;

/// What the caller learns.
#[derive(Debug)]
pub struct SignedUp {
    /// The new user's sub.
    pub sub: String,
    /// The user may sign in at once: the `PreSignUp` trigger said so.
    pub confirmed: bool,
    /// Where the code went; none if the pool verifies nothing the user gave.
    pub delivery: Option<CodeDelivery>,
    /// What `ConfirmSignUp` takes so that the user need not sign in afterwards, where the client allows that.
    pub session: Option<SecretString>,
}

/// Makes an unconfirmed user and sends the confirmation code, unless the `PreSignUp` trigger refuses the user or confirms
/// it. Where one-time codes can begin a sign-in, the password may be left out.
pub async fn sign_up(
    cx: &Context<'_>,
    realm: &Realm,
    request: Request<'_>,
    password: Option<&str>,
    attributes: Given,
    validation_data: &Metadata,
) -> Result<SignedUp> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let source = request.enter(cx, realm).await?;
    let Request { username, client_metadata, .. } = request;
    if entry.settings.admin_create_user_only {
        return Err(Error::not_authorized("SignUp is not permitted for this user pool"));
    }
    let password = password.filter(|password| !password.is_empty());
    let compromised = match password {
        Some(password) => {
            entry.settings.password_policy.check(password)?;
            risk::check_new_password(cx, entry, Some(&realm.client.id), password, risk::Filter::SignUp).await?
        }
        None => None,
    };
    let profile = create::check(entry, Writer::Client(&realm.client), username, attributes)?;
    let mut user = create::user(domain, entry, profile, UserStatus::Unconfirmed);
    if password.is_none() && !passwordless::may_sign_up(entry, &realm.client, &user) {
        return Err(Error::invalid_parameter("Missing required parameter Password"));
    }
    let scene = Scene::in_realm(domain, realm);
    let decision =
        pre_sign_up::ask(&scene, pre_sign_up::Source::SignUp, &user, validation_data, client_metadata).await?;
    obey(&mut user, decision)?;
    if let Some(password) = password {
        credential::set_password(domain, entry, &mut user, password)?;
    }
    let (mut messages, delivery) =
        if decision.confirm { (Vec::new(), None) } else { code(cx, realm, &user, client_metadata).await? };
    messages.extend(risk::note(cx, entry, &user.sub, "SignUp", &source, compromised));
    // Verified by the trigger, an address passes to this user as an alias.
    let taken_over = if decision.verify_email || decision.verify_phone {
        aliases::take_over(domain, entry, &user).await?
    } else {
        Vec::new()
    };
    match create::insert(domain, entry, &user, taken_over, messages).await? {
        Ok(()) => {}
        Err(taken) => return Err(taken_error(taken)),
    }
    if decision.confirm {
        post_confirmation::tell(&scene, post_confirmation::Source::ConfirmSignUp, &user, client_metadata).await?;
    }
    // Without a code there is nothing that the Session could wait for.
    let session = if delivery.is_some() { auto_sign_in::after_sign_up(cx, realm, &user)? } else { None };
    Ok(SignedUp { sub: user.sub, confirmed: decision.confirm, delivery, session })
}

/// Makes of the user what the trigger decided.
fn obey(user: &mut User, decision: Decision) -> Result<()> {
    let verified = [
        (decision.verify_email, ContactAttribute::Email, "autoVerifyEmail"),
        (decision.verify_phone, ContactAttribute::PhoneNumber, "autoVerifyPhone"),
    ];
    for (_, contact, what) in verified.into_iter().filter(|(verify, ..)| *verify) {
        if user.attribute(contact.name()).is_none() {
            return Err(Error::new(
                ErrorCode::InvalidLambdaResponse,
                format!("PreSignUp returned {what} for a user without {}.", contact.name()),
            ));
        }
        attributes::mark_verified(user, contact);
    }
    if decision.confirm {
        user.status = UserStatus::Confirmed;
    }
    Ok(())
}

/// The confirmation code and its message, if the pool verifies something that the user gave.
async fn code(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    client_metadata: &Metadata,
) -> Result<(Vec<Write>, Option<CodeDelivery>)> {
    let (domain, entry, scene) = (cx.domain, &realm.entry, &Scene::in_realm(cx.domain, realm));
    let Some(to) = confirmation_address(entry, user) else { return Ok((Vec::new(), None)) };
    count_sign_up(cx, realm, to).await?;
    let is_sent = may_be_sent(cx, realm, to).await?;
    if scene.entry.settings.triggers.custom_message.is_some()
        && let Some(taken) = create::taken(domain, entry, user).await?
    {
        // Nobody is asked to write to a user who will not be.
        return Err(taken_error(taken));
    }
    let occasion = Occasion::SignUp;
    let texts = messaging::custom_texts(scene, occasion, Person::User(user), to, client_metadata).await?;
    let cause = Cause::new(&realm.client.id, Some(client_metadata)).with_texts(&texts);
    let (writes, delivery) = messaging::send_code(domain, entry, cause, user, to, occasion)?;
    // A code that is not sent is not there either: the user asks for another one later.
    Ok((if is_sent { writes } else { Vec::new() }, Some(delivery)))
}

fn taken_error(taken: Taken) -> Error {
    match taken {
        Taken::Username => Error::new(ErrorCode::UsernameExists, "User already exists"),
        Taken::Alias(attribute) => create::sign_in_attribute_exists(&attribute),
    }
}
