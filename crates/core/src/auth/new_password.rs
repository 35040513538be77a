//! `NEW_PASSWORD_REQUIRED`: a user with an administrator-made password chooses an own one, and fills in required
//! attributes that are missing.

use std::collections::BTreeMap;

use serde_json::json;

use super::machine::{Proven, commit, session_used};
use super::progress::Progress;
use super::session::{self, Entered, Offer, Session};
use super::{ChallengeName, Next, Realm, Request};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};
use crate::risk;
use crate::users::attributes::Writer;
use crate::users::{User, UserStatus, attributes, credential, password_history, update};

const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Commits what proved the old password, and offers the challenge.
pub async fn offer(
    cx: &Context<'_>,
    realm: &Realm,
    user: User,
    progress: Progress,
    writes: Vec<Write>,
) -> Result<Next> {
    commit(cx, writes).await?;
    let missing: Vec<String> = attributes::missing_required(&realm.entry, &user.attributes)
        .into_iter()
        .map(|name| format!("{ATTRIBUTE_PREFIX}{name}"))
        .collect();
    let present: BTreeMap<&str, &str> = user
        .attributes
        .iter()
        .filter(|(name, _)| realm.client.can_read(&realm.entry, name))
        .map(|(name, value)| (name.as_str(), &**value))
        .collect();
    let parameters = BTreeMap::from([
        ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
        ("requiredAttributes".to_owned(), json!(missing).to_string()),
        ("userAttributes".to_owned(), json!(present).to_string()),
    ]);
    let session = Session::offer(cx, realm, progress, Offer::NewPassword)?;
    Ok(Next::Challenge {
        name: ChallengeName::NewPasswordRequired,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// Takes the new password, and writes it together with what uses the Session up. A password that the policy refuses
/// leaves the Session as it was, so that the user can try another one.
pub async fn answer(cx: &Context<'_>, realm: &Realm, entered: Entered<'_>, request: &Request<'_>) -> Result<Proven> {
    let domain = cx.domain;
    let password = request.required("NEW_PASSWORD")?;
    let user = entered.user().ok_or_else(session::invalid)?;
    if user.status != UserStatus::ForceChangePassword {
        return Err(session::invalid());
    }
    realm.entry.settings.password_policy.check(password)?;
    password_history::check(&realm.entry, user, password)?;
    let filter = risk::Filter::PasswordChange;
    let compromised = risk::check_new_password(cx, &realm.entry, Some(&realm.client.id), password, filter).await?;
    let given = request
        .parameters
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(ATTRIBUTE_PREFIX)?.to_owned(), value.clone())))
        .collect();
    attributes::check_only_missing(&realm.entry, user, &given)?;
    let mut after = attributes::merge(&realm.entry, Writer::Client(&realm.client), user, given)?.user;
    if let Some(name) = attributes::missing_required(&realm.entry, &after.attributes).first() {
        return Err(Error::invalid_parameter(format!("Invalid attributes given, {name} is missing")));
    }
    credential::set_password(domain, &realm.entry, &mut after, password)?;
    after.status = UserStatus::Confirmed;
    let mut writes = vec![entered.session.spend(realm)];
    writes.extend(risk::note(cx, &realm.entry, &user.sub, "PasswordChange", &request.source(cx, realm), compromised));
    match update::submit_after(domain, &realm.entry, user, &mut after, writes).await? {
        Ok(()) => {}
        Err(Conflict::Spent) => return Err(session_used()),
        Err(Conflict::AliasTaken) => return Err(update::alias_taken(domain, &realm.entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists | Conflict::Full) => return Err(session::invalid()),
    }
    // The store counts the version up; what follows in this sign-in may write the user again.
    after.version += 1;
    let mut progress = entered.session.progress.clone();
    progress.rebase(&after);
    progress.changed_password = true;
    Ok(Proven { user: after, progress, writes: Vec::new() })
}
