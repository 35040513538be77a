//! Attributes for access control: claims of a provider's token as tags of the session (developer guide, "Using attributes
//! for access control").

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stepwell_model::ErrorCode;

use super::login::VerifiedLogin;
use super::pool::{IdentityPool, PrincipalTagMap};
use super::{manage, provider};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::sts::is_tag_character;

/// The longest value of a session tag (STS API, `Tag`).
const LONGEST_VALUE: usize = 256;

/// `GetPrincipalTagAttributeMap`. A provider without one has an empty one.
pub async fn get(cx: &Context<'_>, pool_id: &str, provider_name: &str) -> Result<PrincipalTagMap> {
    let pool = manage::read(cx, pool_id).await?;
    let name = provider::canonical(&cx.domain.settings, provider_name);
    let none = PrincipalTagMap { use_defaults: false, tags: BTreeMap::new() };
    Ok(pool.principal_tags.get(&name).cloned().unwrap_or(none))
}

/// `SetPrincipalTagAttributeMap`. With `use_defaults` the map is the default one, whatever `tags` says.
pub async fn set(
    cx: &Context<'_>,
    pool_id: &str,
    provider_name: &str,
    use_defaults: bool,
    tags: BTreeMap<String, String>,
) -> Result<PrincipalTagMap> {
    check_keys(tags.keys())?;
    let tags = if use_defaults { defaults() } else { tags };
    let map = PrincipalTagMap { use_defaults, tags };
    let name = provider::canonical(&cx.domain.settings, provider_name);
    manage::change(cx, pool_id, |pool| {
        // A developer's backend says itself which tags its users get.
        if !pool.verifies(&cx.domain.settings, &name) {
            return Err(Error::invalid_parameter(format!(
                "The identity pool has no identity provider {provider_name}."
            )));
        }
        pool.principal_tags.insert(name.clone(), map.clone());
        Ok(())
    })
    .await?;
    Ok(map)
}

fn defaults() -> BTreeMap<String, String> {
    [("client", "aud"), ("username", "sub")].map(|(tag, claim)| (tag.to_owned(), claim.to_owned())).into()
}

/// The session tags of who has signed in by these logins.
pub(super) fn of_logins(pool: &IdentityPool, logins: &[VerifiedLogin]) -> Result<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for login in logins {
        let Some(map) = pool.principal_tags.get(&login.login.provider) else { continue };
        let claims = login.claims.read();
        for (tag, claim) in &map.tags {
            let Some(value) = value(&claims, claim) else { continue };
            if !is_valid(&value) {
                // Left out, it could undo a Deny that asks for it.
                return Err(Error::new(
                    ErrorCode::InvalidIdentityPoolConfiguration,
                    format!("The claim {claim} cannot be the value of a principal tag."),
                ));
            }
            // Keys of session tags are compared without regard to case.
            let known = tags.iter().find(|(known, _): &(&String, &String)| known.eq_ignore_ascii_case(tag));
            match known {
                Some((_, known)) if *known == value => {}
                Some(_) => {
                    // Which one counts would be for the caller to choose.
                    return Err(Error::new(
                        ErrorCode::InvalidIdentityPoolConfiguration,
                        format!("The logins have different values for the principal tag {tag}."),
                    ));
                }
                None => {
                    tags.insert(tag.clone(), value);
                }
            }
        }
    }
    Ok(tags)
}

/// Refuses keys that no session tag can have.
pub(super) fn check_keys<'a>(keys: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut folded = std::collections::BTreeSet::new();
    for key in keys {
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) || !key.chars().all(is_tag_character)
        {
            return Err(Error::invalid_parameter(format!("Invalid principal tag: {key}")));
        }
        // Tag keys are compared without regard to case.
        if !folded.insert(key.to_lowercase()) {
            return Err(Error::invalid_parameter(format!("Duplicate principal tag: {key}")));
        }
    }
    Ok(())
}

/// Whether a text can be the value of a session tag.
pub(super) fn is_valid(value: &str) -> bool {
    value.chars().count() <= LONGEST_VALUE && value.chars().all(is_tag_character)
}

/// A claim as text. Lists and objects have no text of their own.
fn value(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    match claims.get(claim)? {
        Value::String(text) => Some(text.clone()),
        value @ (Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
