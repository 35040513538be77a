//! `ConfirmSignUp`: the code that arrived proves the address, and the user may sign in.

use super::{Addressee, Request, addressee, auto_sign_in, check_enabled};
use crate::SecretString;
use crate::auth::{Realm, UserContext, session};
use crate::context::Context;
use crate::error::Result;
use crate::messaging::{self, codes};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Conflict};
use crate::quotas::Action;
use crate::triggers::{NO_METADATA, Scene, post_confirmation};
use crate::users::{UserStatus, aliases, attributes, lifecycle, update};

/// What a person, or the link of an e-mail, brings besides.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    /// The code.
    pub code: &'a str,
    /// Take the address from whoever else holds it as an alias.
    pub force_alias_creation: bool,
    /// The Session that `SignUp` gave.
    pub session: Option<&'a str>,
}

/// Confirms a sign-up. With `force_alias_creation` an e-mail address or phone number that another user holds as an
/// alias passes to this one; without, that is `AliasExistsException` and the code stays good. Returns the Session with
/// which the user may sign in now, where that is possible.
pub async fn confirm(
    cx: &Context<'_>,
    realm: &Realm,
    request: Request<'_>,
    confirmation: Confirmation<'_>,
) -> Result<Option<SecretString>> {
    request.enter(cx, realm).await?;
    confirm_named(cx, realm, request, confirmation).await
}

/// Confirms by the link of an e-mail, which a browser follows: there is no app to prove the client's secret, nor one
/// that could sign in. Only pools that send links take them.
pub async fn confirm_by_link(cx: &Context<'_>, realm: &Realm, username: &str, code: &str) -> Result<()> {
    if !messaging::sends_links(&realm.entry) {
        return Err(codes::expired());
    }
    let user_context = UserContext::default();
    let request = Request { username, secret_hash: None, user_context: &user_context, client_metadata: &NO_METADATA };
    let confirmation = Confirmation { code, force_alias_creation: false, session: None };
    confirm_named(cx, realm, request, confirmation).await.map(|_| ())
}

async fn confirm_named(
    cx: &Context<'_>,
    realm: &Realm,
    request: Request<'_>,
    confirmation: Confirmation<'_>,
) -> Result<Option<SecretString>> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let Request { username, client_metadata, .. } = request;
    let Confirmation { code, force_alias_creation, session } = confirmation;
    let purpose = CodePurpose::ConfirmSignUp;
    let session = match session {
        Some(session) => Some(auto_sign_in::open(cx, realm, session).await?),
        None => None,
    };
    let addressee = addressee(cx, realm, username, Action::ConfirmSignUp, None, |user| {
        check_enabled(user)?;
        if user.status == UserStatus::Unconfirmed { Ok(()) } else { Err(lifecycle::cannot_be_confirmed(user.status)) }
    });
    let (user, code) = match addressee.await? {
        Addressee::User(user) if realm.masks_users() => {
            let code = codes::check_discreetly(domain, entry, &user.sub, purpose, code).await?;
            (user, code)
        }
        Addressee::User(user) => {
            let code = codes::check(domain, entry, &user.sub, purpose, None, code).await?;
            (user, code)
        }
        Addressee::Nobody { subject, .. } => {
            codes::check_discreetly(domain, entry, &subject, purpose, code).await?;
            return Err(codes::mismatch());
        }
    };
    // Only now: before the code is right, nobody learns whose Session it is.
    if session.as_ref().is_some_and(|session| !session.progress.still_holds(&user)) {
        return Err(session::invalid());
    }
    let mut after = (*user).clone();
    after.status = UserStatus::Confirmed;
    let proven = [ContactAttribute::Email, ContactAttribute::PhoneNumber].into_iter().find(|contact| {
        user.attribute(contact.name()).is_some_and(|address| codes::was_sent_to(entry, &code, address))
    });
    if let Some(contact) = proven {
        attributes::mark_verified(&mut after, contact);
    }
    if !force_alias_creation && let Some(attribute) = aliases::taken(domain, entry, &after).await? {
        return Err(aliases::taken_error(entry, &attribute));
    }
    let mut first = vec![codes::consume(&code)];
    first.extend(session.as_ref().map(|session| session.spend(realm)));
    if force_alias_creation {
        first.extend(aliases::take_over(domain, entry, &after).await?);
    }
    match update::submit_after(domain, entry, &user, &mut after, first).await? {
        Ok(()) => {
            let scene = Scene::in_realm(domain, realm);
            post_confirmation::tell(&scene, post_confirmation::Source::ConfirmSignUp, &after, client_metadata).await?;
            auto_sign_in::after_confirmation(cx, realm, &after, proven, session.is_some())
        }
        Err(Conflict::Spent) => Err(codes::expired()),
        Err(Conflict::AliasTaken) => Err(update::alias_taken(domain, entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists | Conflict::Full) => Err(update::contended()),
    }
}
