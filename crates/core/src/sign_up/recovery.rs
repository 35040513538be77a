//! `ForgotPassword` and `ConfirmForgotPassword`.

use super::{Addressee, Request, addressee, check_enabled, send_or_pretend};
use crate::auth::Realm;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{CodeDelivery, Occasion, codes};
use crate::mfa;
use crate::pools::{ContactAttribute, RecoveryMechanism};
use crate::ports::store::{CodePurpose, Conflict, Write};
use crate::quotas::Action;
use crate::risk;
use crate::triggers::{Scene, post_confirmation};
use crate::users::{User, UserStatus, attributes, credential, password_history, update};
use stepwell_model::ErrorCode;

/// Sends a code with which the user can set a new password, to one verified address by the pool's priority.
pub async fn forgot_password(cx: &Context<'_>, realm: &Realm, request: Request<'_>) -> Result<CodeDelivery> {
    let entry = &realm.entry;
    let source = request.enter(cx, realm).await?;
    recovery_mechanisms(entry)?;
    let Request { username, client_metadata, .. } = request;
    let addressee = addressee(cx, realm, username, Action::ForgotPassword, Some(client_metadata), |user| {
        check_state(user)?;
        recovery_address(entry, user).map(|_| ())
    })
    .await?;
    let (writes, delivery) =
        send_or_pretend(cx, realm, request, &source, Occasion::ForgotPassword, addressee, |user| {
            recovery_address(entry, user)
        })
        .await?;
    cx.domain.commit(writes).await?;
    Ok(delivery)
}

/// Sets a new password with the code. A password the policy refuses leaves the code good. Whatever locked the old
/// password out ends.
pub async fn confirm_forgot_password(
    cx: &Context<'_>,
    realm: &Realm,
    request: Request<'_>,
    code: &str,
    password: &str,
) -> Result<()> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let source = request.enter(cx, realm).await?;
    entry.settings.password_policy.check(password)?;
    let compromised =
        risk::check_new_password(cx, entry, Some(&realm.client.id), password, risk::Filter::PasswordChange).await?;
    let allowed = |user: &User| {
        if user.status == UserStatus::Unconfirmed {
            return Err(Error::new(ErrorCode::UserNotConfirmed, "User is not confirmed."));
        }
        check_state(user)?;
        // Where users are hidden, who has no address to recover by was played a code when asking for one.
        if realm.masks_users() { recovery_address(entry, user).map(|_| ()) } else { Ok(()) }
    };
    let user = match addressee(cx, realm, request.username, Action::ForgotPassword, None, allowed).await? {
        Addressee::User(user) => user,
        Addressee::Nobody { subject, .. } => {
            return Err(
                match codes::check(domain, entry, &subject, CodePurpose::ForgotPassword, Some(&subject), code).await {
                    Err(error) => error,
                    Ok(_) => codes::mismatch(),
                },
            );
        }
    };
    let code = codes::check(domain, entry, &user.sub, CodePurpose::ForgotPassword, Some(&user.sub), code).await?;
    // Only who has the code learns anything about old passwords.
    password_history::check(entry, &user, password)?;
    let mut after = (*user).clone();
    credential::set_password(domain, entry, &mut after, password)?;
    after.status = UserStatus::Confirmed;
    // The code arrived at an address of the user's: that address is verified now, if it was not before.
    for contact in [ContactAttribute::Email, ContactAttribute::PhoneNumber] {
        if user.attribute(contact.name()).is_some_and(|address| codes::was_sent_to(entry, &code, address))
            && !user.is_verified(contact)
        {
            attributes::mark_verified(&mut after, contact);
        }
    }
    let mut extra =
        vec![codes::consume(&code), Write::ClearFailures { pool_id: entry.pool.id.clone(), subject: user.sub.clone() }];
    extra.extend(risk::note(cx, entry, &user.sub, "PasswordChange", &source, compromised));
    match update::submit_after(domain, entry, &user, &mut after, extra).await? {
        Ok(()) => {
            let (scene, source) = (Scene::in_realm(domain, realm), post_confirmation::Source::ConfirmForgotPassword);
            post_confirmation::tell(&scene, source, &after, request.client_metadata).await
        }
        Err(Conflict::Spent) => Err(codes::expired()),
        Err(Conflict::AliasTaken) => Err(update::alias_taken(domain, entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists | Conflict::Full) => Err(update::contended()),
    }
}

fn check_state(user: &User) -> Result<()> {
    check_enabled(user)?;
    match user.status {
        UserStatus::Confirmed | UserStatus::ResetRequired => Ok(()),
        UserStatus::Unconfirmed => Err(Error::invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        )),
        UserStatus::ForceChangePassword | UserStatus::ExternalProvider => {
            Err(Error::not_authorized("User password cannot be reset in the current state."))
        }
    }
}

/// The channels of recovery by the pool's priority; without a setting the phone goes first.
fn recovery_mechanisms(entry: &PoolEntry) -> Result<&[RecoveryMechanism]> {
    const LEGACY: &[RecoveryMechanism] = &[RecoveryMechanism::VerifiedPhoneNumber, RecoveryMechanism::VerifiedEmail];
    let mechanisms = entry.settings.account_recovery.as_deref().unwrap_or(LEGACY);
    if mechanisms.contains(&RecoveryMechanism::AdminOnly) {
        return Err(Error::not_authorized("Contact administrator to reset password."));
    }
    Ok(mechanisms)
}

/// The one address a recovery code goes to (developer guide, "Passwords, account recovery"): the first verified one by
/// the pool's priority. Never one to which the user's second factor sends codes: who reads them would pass both.
pub fn recovery_address<'a>(entry: &PoolEntry, user: &'a User) -> Result<(ContactAttribute, &'a str)> {
    let second_factors = mfa::second_factor_contacts(entry, user);
    recovery_mechanisms(entry)?
        .iter()
        .filter_map(|mechanism| match mechanism {
            RecoveryMechanism::VerifiedEmail => Some(ContactAttribute::Email),
            RecoveryMechanism::VerifiedPhoneNumber => Some(ContactAttribute::PhoneNumber),
            RecoveryMechanism::AdminOnly => None,
        })
        .filter(|contact| user.is_verified(*contact) && !second_factors.contains(contact))
        .find_map(|contact| Some((contact, user.attribute(contact.name())?)))
        .ok_or_else(|| {
            Error::invalid_parameter(
                "Cannot reset password for the user as there is no registered/verified email or phone_number",
            )
        })
}
