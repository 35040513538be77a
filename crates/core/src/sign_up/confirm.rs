//! `ConfirmSignUp`: the code that arrived proves the address, and the user may sign in.

use super::{Addressee, addressee, check_enabled};
use crate::SecretString;
use crate::auth::{Realm, secret_hash};
use crate::context::Context;
use crate::error::Result;
use crate::messaging::{self, codes};
use crate::pools::ContactAttribute;
use crate::ports::store::{CodePurpose, Conflict};
use crate::quotas::Action;
use crate::triggers::{Metadata, NO_METADATA, Scene, post_confirmation};
use crate::users::{UserStatus, aliases, attributes, lifecycle, update};

/// Confirms a sign-up. With `force_alias_creation` an e-mail address or phone number that another user holds as an
/// alias passes to this one; without, that is `AliasExistsException` and the code stays good.
pub async fn confirm(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    code: &str,
    force_alias_creation: bool,
    hash: Option<&SecretString>,
    client_metadata: &Metadata,
) -> Result<()> {
    secret_hash::check(cx, realm, hash, &[username]).await?;
    confirm_named(cx, realm, username, code, force_alias_creation, client_metadata).await
}

/// Confirms by the link of an e-mail, which a browser follows: there is no app to prove the client's secret.
/// Only pools that send links take them.
pub async fn confirm_by_link(cx: &Context<'_>, realm: &Realm, username: &str, code: &str) -> Result<()> {
    if !messaging::sends_links(&realm.entry) {
        return Err(codes::expired());
    }
    confirm_named(cx, realm, username, code, false, &NO_METADATA).await
}

async fn confirm_named(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    code: &str,
    force_alias_creation: bool,
    client_metadata: &Metadata,
) -> Result<()> {
    let (domain, entry) = (cx.domain, &realm.entry);
    let purpose = CodePurpose::ConfirmSignUp;
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
            let code = codes::check(domain, entry, &user.sub, purpose, code).await?;
            (user, code)
        }
        Addressee::Nobody { subject, .. } => {
            codes::check_discreetly(domain, entry, &subject, purpose, code).await?;
            return Err(codes::mismatch());
        }
    };
    let mut after = (*user).clone();
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
        Ok(()) => {
            let scene = Scene::in_realm(domain, realm);
            post_confirmation::tell(&scene, post_confirmation::Source::ConfirmSignUp, &after, client_metadata).await
        }
        Err(Conflict::Spent) => Err(codes::expired()),
        Err(Conflict::AliasTaken) => Err(update::alias_taken(domain, entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists | Conflict::Full) => Err(update::contended()),
    }
}
