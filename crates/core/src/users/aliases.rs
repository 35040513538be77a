//! Which aliases a user holds, and how they pass from one state to the next. This is the only place that decides it.
//!
//! Where e-mail or phone stands in for the username (`UsernameAttributes`), the value is the user's from creation on,
//! verified or not. Where it is an alias (`AliasAttributes`), it is the user's only while verified; several users may
//! carry the same unverified value. A preferred username that is an alias belongs to the user once confirmed.

use super::{User, UserStatus};
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::pools::{AliasAttribute, ContactAttribute, UserPool};
use crate::ports::store::{Alias, Write};
use stepwell_model::ErrorCode;

/// The aliases that a user in this state holds.
pub fn held(pool: &UserPool, user: &User) -> Vec<Alias> {
    let sign_in_names = pool.username_attributes.iter().map(|contact| contact.name());
    let aliases = pool.alias_attributes.iter().filter(|alias| in_force(**alias, user)).map(|alias| alias.name());
    // A username is held among the preferred usernames, too, so that nobody can take it for one.
    let preferred = AliasAttribute::PreferredUsername;
    let username = pool.has_alias(preferred).then(|| (preferred.name(), user.username.as_str()));
    sign_in_names
        .chain(aliases)
        .filter_map(|attribute| Some((attribute, user.attribute(attribute)?)))
        .chain(username)
        .map(|(attribute, value)| Alias {
            pool_id: user.pool_id.clone(),
            attribute: attribute.to_owned(),
            value: pool.fold_alias(attribute, value),
            sub: user.sub.clone(),
        })
        .collect()
}

fn in_force(alias: AliasAttribute, user: &User) -> bool {
    match alias {
        AliasAttribute::Email => user.is_verified(ContactAttribute::Email),
        AliasAttribute::PhoneNumber => user.is_verified(ContactAttribute::PhoneNumber),
        AliasAttribute::PreferredUsername => user.status != UserStatus::Unconfirmed,
    }
}

/// The writes that give a new user its aliases.
pub fn claims(pool: &UserPool, user: &User) -> Vec<Write> {
    held(pool, user).into_iter().map(Write::ClaimAlias).collect()
}

/// The writes that take a user's aliases from one state to another: what is no longer held goes first.
pub fn moves(pool: &UserPool, before: &User, after: &User) -> Vec<Write> {
    let (old, new) = (held(pool, before), held(pool, after));
    let released = old.iter().filter(|alias| !new.contains(alias)).cloned().map(Write::ReleaseAlias);
    let claimed = new.iter().filter(|alias| !old.contains(alias)).cloned().map(Write::ClaimAlias);
    released.chain(claimed).collect()
}

/// The attribute of an alias that this user would hold but another does. Answers what [`Conflict::AliasTaken`] leaves
/// open.
///
/// [`Conflict::AliasTaken`]: crate::ports::store::Conflict::AliasTaken
pub async fn taken(domain: &Domain, pool: &UserPool, user: &User) -> Result<Option<String>> {
    for alias in held(pool, user) {
        let holder = domain.stores.users.by_alias(&pool.id, &alias.attribute, &alias.value).await?;
        if holder.is_some_and(|holder| holder.sub != user.sub) {
            return Ok(Some(alias.attribute));
        }
    }
    Ok(None)
}

/// `ForceAliasCreation`: the writes that take verified e-mail addresses and phone numbers from whoever else holds them,
/// so that this user can. Their old holders keep the values, unverified. To be submitted before the user's own writes.
pub async fn take_over(domain: &Domain, pool: &PoolEntry, user: &User) -> Result<Vec<Write>> {
    let mut holders: Vec<(User, User)> = Vec::new();
    for alias in held(pool, user) {
        let is_alias = pool.alias_attributes.iter().any(|known| known.name() == alias.attribute);
        let Some(contact) = ContactAttribute::from_name(&alias.attribute).filter(|_| is_alias) else { continue };
        let Some(holder) = domain.stores.users.by_alias(&pool.id, &alias.attribute, &alias.value).await? else {
            continue;
        };
        if holder.sub == user.sub {
            continue;
        }
        let index = holders.iter().position(|(before, _)| before.sub == holder.sub).unwrap_or_else(|| {
            holders.push((holder.clone(), holder));
            holders.len() - 1
        });
        if let Some((_, after)) = holders.get_mut(index) {
            after.attributes.insert(contact.verified_name().to_owned(), "false".into());
            after.modified_at = domain.clock.now();
        }
    }
    let writes = holders.into_iter().flat_map(|(before, after)| {
        let released = moves(pool, &before, &after);
        std::iter::once(Write::UpdateUser(Box::new(after))).chain(released)
    });
    Ok(writes.collect())
}

/// Cognito's words where an alias of an existing user cannot be had (`ConfirmSignUp`, attribute changes).
pub fn taken_error(pool: &UserPool, attribute: &str) -> Error {
    let article = if pool.generates_usernames() { "given " } else { "" };
    Error::new(ErrorCode::AliasExists, format!("An account with the {article}{attribute} already exists."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixtures::{pool, user};
    use super::*;

    fn names(aliases: &[Alias]) -> Vec<(&str, &str)> {
        aliases.iter().map(|alias| (alias.attribute.as_str(), alias.value.as_str())).collect()
    }

    #[test]
    fn without_aliases_nothing_is_held() {
        let jane = user(json!({"email": "a@example.com", "email_verified": "true", "preferred_username": "j"}));
        assert!(held(&pool(), &jane).is_empty());
    }

    #[test]
    fn a_sign_in_attribute_is_held_from_the_start() {
        let mut pool = pool();
        pool.username_attributes = vec![ContactAttribute::Email];
        pool.case_sensitive = false;
        let jane = user(json!({"email": "A@Example.com", "phone_number": "+15551234567"}));
        assert_eq!(names(&held(&pool, &jane)), [("email", "a@example.com")]);
    }

    #[test]
    fn an_alias_is_held_while_it_is_verified() {
        let mut pool = pool();
        pool.alias_attributes =
            vec![AliasAttribute::Email, AliasAttribute::PhoneNumber, AliasAttribute::PreferredUsername];
        let mut jane = user(json!({
            "email": "A@example.com", "email_verified": "true",
            "phone_number": "+15551234567", "phone_number_verified": "false",
            "preferred_username": "Jane",
        }));
        let username = ("preferred_username", jane.username.clone());
        let username = (username.0, username.1.as_str());
        assert_eq!(names(&held(&pool, &jane)), [("email", "A@example.com"), ("preferred_username", "Jane"), username]);
        jane.status = UserStatus::Unconfirmed;
        assert_eq!(names(&held(&pool, &jane)), [("email", "A@example.com"), username]);
    }

    #[test]
    fn moves_release_before_they_claim() {
        let mut pool = pool();
        pool.alias_attributes = vec![AliasAttribute::Email, AliasAttribute::PhoneNumber];
        let before = user(json!({
            "email": "a@example.com", "email_verified": "true",
            "phone_number": "+15551234567", "phone_number_verified": "true",
        }));
        let mut after = before.clone();
        after.attributes.insert("email".to_owned(), "b@example.com".into());
        assert!(moves(&pool, &before, &before).is_empty());
        let writes = moves(&pool, &before, &after);
        assert!(matches!(&writes[..], [Write::ReleaseAlias(old), Write::ClaimAlias(new)]
            if old.value == "a@example.com" && new.value == "b@example.com"));
    }
}
