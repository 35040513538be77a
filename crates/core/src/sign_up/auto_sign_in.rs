//! Signing in right after the sign-up, without another code: `SignUp` gives a Session, `ConfirmSignUp` another one, and
//! `InitiateAuth` takes that in place of a first factor (API reference, `InitiateAuth.Session`).
//!
//! What the second Session shows is what the code has proven, access to one address; never the password. It is given to
//! who brings the first one, and so made the account, or in pools where such a code begins a sign-in anyway. Where a
//! user is asked for a second factor, a code cannot be the first, and there is no such Session.

use crate::DAY;
use crate::SecretString;
use crate::auth::Realm;
use crate::auth::progress::{Progress, Proof};
use crate::auth::session::{self, Kind, Offer, Session};
use crate::auth::subject::Subject;
use crate::clients::flows::AuthFlow;
use crate::context::Context;
use crate::error::Result;
use crate::mfa;
use crate::pools::ContactAttribute;
use crate::pools::plan::{self, Feature};
use crate::users::{User, passwordless};

/// The Session of a sign-up. It lives as long as the code that it waits for.
pub(super) fn after_sign_up(cx: &Context<'_>, realm: &Realm, user: &User) -> Result<Option<SecretString>> {
    if !is_possible(cx, realm, user) {
        return Ok(None);
    }
    let session = Session { expires_at: cx.now() + DAY, ..Session::new(cx, realm, begin(realm, user), Offer::SignUp) };
    session.seal(cx, realm).map(Some)
}

/// Opens the Session of a sign-up that can still be used.
pub(super) async fn open(cx: &Context<'_>, realm: &Realm, session: &str) -> Result<Session> {
    let session = Session::open(cx, realm, Kind::SignUp, session)?;
    session::check_usable(cx, realm, &session).await?;
    Ok(session)
}

/// The Session of a sign-up that a code sent to `proven` has just confirmed. `brought` says whether the one of the sign-up
/// was there.
pub(super) fn after_confirmation(
    cx: &Context<'_>,
    realm: &Realm,
    user: &User,
    proven: Option<ContactAttribute>,
    brought: bool,
) -> Result<Option<SecretString>> {
    let Some(contact) = proven.filter(|_| is_possible(cx, realm, user)) else { return Ok(None) };
    if !brought && !passwordless::takes_codes(&realm.entry, contact) {
        return Ok(None);
    }
    let proof = match contact {
        ContactAttribute::Email => Proof::EmailOtp,
        ContactAttribute::PhoneNumber => Proof::SmsOtp,
    };
    Session::offer(cx, realm, begin(realm, user).proven(proof), Offer::ConfirmedSignUp).map(Some)
}

fn is_possible(cx: &Context<'_>, realm: &Realm, user: &User) -> bool {
    realm.client.allows(AuthFlow::UserAuth)
        && plan::check(cx.domain, &realm.entry.settings, Feature::ChoiceBasedSignIn).is_ok()
        && !mfa::is_asked(&realm.entry, user)
}

fn begin(realm: &Realm, user: &User) -> Progress {
    let subject = Subject::Known(Box::new(user.clone()));
    Progress::begin(realm, AuthFlow::UserAuth, &user.username, &subject, None)
}
