//! `ConfirmSignUp`: the code that arrived proves the address, and the user may sign in.

use super::{not_found, unknown_subject};
use crate::SecretString;
use crate::auth::{Realm, secret_hash};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::codes;
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Conflict};
use crate::quotas::{self, Action};
use crate::users::{UserStatus, aliases, attributes, find, update};

/// Confirms a sign-up. With `force_alias_creation` an e-mail address or phone number that another user holds as an
/// alias passes to this one; without, that is `AliasExistsException` and the code stays good.
pub async fn confirm(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    code: &str,
    force_alias_creation: bool,
    hash: Option<&SecretString>,
) -> Result<()> {
    secret_hash::check(cx, realm, hash, &[username]).await?;
    confirm_named(cx, realm, username, code, force_alias_creation).await
}

/// Confirms by the link of an e-mail, which a browser follows: there is no app to prove the client's secret.
pub async fn confirm_by_link(cx: &Context<'_>, realm: &Realm, username: &str, code: &str) -> Result<()> {
    confirm_named(cx, realm, username, code, false).await
}

async fn confirm_named(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    code: &str,
    force_alias_creation: bool,
) -> Result<()> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let Some(user) = find::by_login(domain, entry, username).await? else {
        if !realm.masks_users() {
            return Err(not_found());
        }
        let subject = unknown_subject(realm, username);
        quotas::count(domain, &entry.pool.id, &subject, Action::ConfirmSignUp).await?;
        // Nobody's code is never right; a code that was asked for is wrong, any other expired.
        return Err(match codes::check(domain, entry, &subject, CodePurpose::ConfirmSignUp, code).await {
            Err(error) => error,
            Ok(_) => codes::mismatch(),
        });
    };
    quotas::count(domain, &entry.pool.id, &user.sub, Action::ConfirmSignUp).await?;
    if user.status != UserStatus::Unconfirmed {
        let status = user.status.as_str();
        return Err(Error::not_authorized(format!("User cannot be confirmed. Current status is {status}")));
    }
    let code = codes::check(domain, entry, &user.sub, CodePurpose::ConfirmSignUp, code).await?;
    let mut after = user.clone();
    after.status = UserStatus::Confirmed;
    for contact in [ContactAttribute::Email, ContactAttribute::PhoneNumber] {
        if user.attribute(contact.name()).is_some_and(|address| codes::was_sent_to(entry, &code, address)) {
            attributes::mark_verified(&mut after, contact);
        }
    }
    if !force_alias_creation && let Some(attribute) = aliases::taken(domain, entry, &after).await? {
        return Err(aliases::taken_error(entry, &attribute));
    }
    let mut first = vec![codes::consume(&code)];
    if force_alias_creation {
        first.extend(aliases::take_over(domain, entry, &after).await?);
    }
    match update::submit_after(domain, entry, &user, &mut after, first).await? {
        Ok(()) => Ok(()),
        Err(Conflict::Spent) => Err(codes::expired()),
        Err(Conflict::AliasTaken) => Err(update::alias_taken(domain, entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists) => Err(update::contended()),
    }
}
