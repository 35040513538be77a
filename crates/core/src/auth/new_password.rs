//! `NEW_PASSWORD_REQUIRED`: a user with an administrator-made password chooses an own one, and fills in required
//! attributes that are missing.

use std::collections::BTreeMap;

use serde_json::json;

use super::session::Session;
use super::{ChallengeName, Next, Parameters, Realm, facts, machine, required, secret_hash};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::Conflict;
use crate::users::attributes::Writer;
use crate::users::{User, UserStatus, attributes, credential, update};

const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Offers the challenge.
pub fn offer(cx: &Context<'_>, realm: &Realm, user: &User) -> Result<Next> {
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
    let session = Session::offer(cx, realm, ChallengeName::NewPasswordRequired, user)?;
    Ok(Next::Challenge { name: ChallengeName::NewPasswordRequired, parameters, session: Some(session) })
}

/// Takes the new password. A password that the policy refuses leaves the Session as it was, so that the user can try
/// another one.
pub async fn answer(cx: &Context<'_>, realm: &Realm, session: Session, parameters: &Parameters) -> Result<Next> {
    let domain = cx.domain;
    let name = required(parameters, "USERNAME")?;
    let password = required(parameters, "NEW_PASSWORD")?;
    let pool_id = &realm.entry.pool.id;
    let gone = || Error::not_authorized("Invalid session for the user.");
    let user = domain.stores.users.by_sub(pool_id, &session.sub).await?.ok_or_else(gone)?;
    secret_hash::check(cx, realm, parameters.get("SECRET_HASH"), &[name, &user.username]).await?;
    if !names_user(cx, realm, &user, name).await? {
        return Err(gone());
    }
    if domain.stores.guards.is_spent(pool_id, &session.id).await? {
        return Err(machine::session_used());
    }
    if !session.still_holds(&user) || user.status != UserStatus::ForceChangePassword {
        return Err(gone());
    }
    realm.entry.settings.password_policy.check(password)?;
    let given = parameters
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(ATTRIBUTE_PREFIX)?.to_owned(), value.clone())))
        .collect();
    let mut after = attributes::merge(&realm.entry, Writer::Client(&realm.client), &user, given)?.user;
    attributes::check_required(&realm.entry, &after.attributes)?;
    credential::set_password(domain, &realm.entry, &mut after, password)?;
    after.status = UserStatus::Confirmed;
    let facts = facts::of_password(cx, realm);
    let (written, tokens) = {
        let signed_in = after.clone();
        tokio::join!(
            update::submit_after(domain, &realm.entry, &user, &mut after, vec![session.spend(realm)]),
            facts::sign_in(cx, realm, &signed_in, &facts)
        )
    };
    match written? {
        Ok(()) => Ok(Next::Tokens(tokens?)),
        Err(Conflict::Spent) => Err(machine::session_used()),
        Err(Conflict::AliasTaken) => Err(update::alias_taken(domain, &realm.entry, &after).await?),
        Err(Conflict::Changed | Conflict::Exists) => Err(gone()),
    }
}

/// True if the name given with the answer is one of the user's.
async fn names_user(cx: &Context<'_>, realm: &Realm, user: &User, name: &str) -> Result<bool> {
    if name == user.username || name == user.sub {
        return Ok(true);
    }
    let named = crate::users::find::by_login(cx.domain, &realm.entry, name).await?;
    Ok(named.is_some_and(|named| named.sub == user.sub))
}
