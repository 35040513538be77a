//! Creating a user pool: its settings, its sealing key and the two keys that sign its tokens, in one commit.

use std::sync::Arc;

use stepwell_model::idp;

use super::{AliasAttribute, ContactAttribute, MfaSettings, PoolConfiguration, UserPool, mfa, schema};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::keyring::{PoolKeys, SigningUse};
use crate::ports::store::{Conflict, Write};

const ID_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH: usize = 9;
/// An id that is taken is one in 10^16; more than one in a row is a broken generator.
const TRIES: usize = 3;

/// What a new pool is made of. Everything but the name may be left at its default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CreatePool {
    /// `PoolName`.
    pub name: String,
    /// The settings that can change later.
    pub configuration: PoolConfiguration,
    /// `Schema`: changes to standard attributes, and custom ones.
    pub schema: Vec<idp::SchemaAttributeType>,
    /// `AliasAttributes`; fixed from here on.
    pub alias_attributes: Vec<idp::AliasAttributeType>,
    /// `UsernameAttributes`; fixed from here on.
    pub username_attributes: Vec<idp::UsernameAttributeType>,
    /// `UsernameConfiguration`; fixed from here on.
    pub username_configuration: Option<idp::UsernameConfigurationType>,
}

/// Creates a pool.
pub async fn create(cx: &Context<'_>, request: CreatePool) -> Result<UserPool> {
    let mut pool = plan(cx, request)?;
    let domain = cx.domain;
    for _ in 0..TRIES {
        pool.id = format!("{}_{}", domain.settings.region, domain.rng.text(ID_ALPHABET, ID_LENGTH));
        let (wrapped, sealing_key) = domain.master.generate(&*domain.rng, &pool.id, 1)?;
        let keys = PoolKeys::new(&pool.id, vec![Arc::new(sealing_key)])?;
        let mut writes = vec![Write::InsertPool(Box::new(pool.clone())), Write::InsertWrappedKey(wrapped)];
        for signs in [SigningUse::Id, SigningUse::Access] {
            let key = domain.key_stock.take().await?;
            let key = key.into_signing_key(&*domain.rng, &keys, &pool.id, signs, pool.created_at)?;
            writes.push(Write::InsertSigningKey(key));
        }
        writes.push(Write::BumpConfigVersion);
        match domain.submit(writes).await? {
            Ok(()) => return Ok(pool),
            Err(Conflict::Exists) => {}
            Err(conflict) => return Err(Error::internal(format!("creating a pool: unexpected {conflict:?}"))),
        }
    }
    Err(Error::internal("no free pool id was found"))
}

/// Decides everything but the id.
fn plan(cx: &Context<'_>, request: CreatePool) -> Result<UserPool> {
    let now = cx.now();
    let mut resolved = request.configuration.resolve(&cx.domain.settings, false)?;
    let mfa = request.configuration.mfa_configuration.as_ref();
    resolved.settings.mfa = mfa::of_pool(mfa, &MfaSettings::default(), &resolved.settings)?;
    mfa::check(&resolved.settings, cx.domain.settings.all_features)?;
    let schema = schema::for_new_pool(&request.schema)?;
    let username_attributes = username_attributes(&request.username_attributes);
    let alias_attributes = alias_attributes(&request.alias_attributes);
    if !username_attributes.is_empty() && !alias_attributes.is_empty() {
        return Err(Error::invalid_parameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
        ));
    }
    // An alias can be set only once the user is confirmed, a required attribute must be there before.
    let preferred_username_required =
        schema.iter().any(|attribute| attribute.is_named("preferred_username") && attribute.required);
    if preferred_username_required && alias_attributes.contains(&AliasAttribute::PreferredUsername) {
        return Err(Error::invalid_parameter("preferred_username can't be both required and an alias."));
    }
    let case_sensitive = request.username_configuration.as_ref().and_then(|given| given.case_sensitive);
    Ok(UserPool {
        id: String::new(),
        name: request.name,
        created_at: now,
        modified_at: now,
        settings: resolved.settings,
        schema,
        username_attributes,
        alias_attributes,
        case_sensitive: case_sensitive.unwrap_or(true),
        username_configuration_given: request.username_configuration.is_some(),
        issuer: request.configuration.issuer_configuration,
        session_tracking: crate::sessions::SessionTracking::default(),
        temporary_password_validity_given: resolved.temporary_password_validity_given,
        version: 0,
    })
}

fn username_attributes(given: &[idp::UsernameAttributeType]) -> Vec<ContactAttribute> {
    let mut out = Vec::new();
    for attribute in given {
        if let Some(contact) = ContactAttribute::from_name(attribute.as_str()).filter(|contact| !out.contains(contact))
        {
            out.push(contact);
        }
    }
    out
}

fn alias_attributes(given: &[idp::AliasAttributeType]) -> Vec<AliasAttribute> {
    let mut out = Vec::new();
    for attribute in given {
        let alias = match attribute {
            idp::AliasAttributeType::Email => AliasAttribute::Email,
            idp::AliasAttributeType::PhoneNumber => AliasAttribute::PhoneNumber,
            idp::AliasAttributeType::PreferredUsername => AliasAttribute::PreferredUsername,
            idp::AliasAttributeType::Unknown(_) => continue,
        };
        if !out.contains(&alias) {
            out.push(alias);
        }
    }
    out
}
