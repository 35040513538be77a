//! Registering a passkey: `StartWebAuthnRegistration` hands out a challenge, `CompleteWebAuthnRegistration` takes the
//! authenticator's answer to it.
//!
//! The challenge is the sealed state: whom and which client it was made for, and until when. Nothing is stored until it
//! is answered right, which uses it up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stepwell_model::ErrorCode;
use stepwell_model::idp::AuthFactorType;

use super::verification::{self, Expected, Refused, Registered, Sent};
use super::{MAX_PASSKEYS, Passkey, authenticators, of_user, relying_party};
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::keyring::PoolKeys;
use crate::pools::plan::{self, Feature};
use crate::pools::webauthn;
use crate::ports::store::{Conflict, Write};
use crate::seal::Purpose;
use crate::tokens::AccessToken;
use crate::users::{User, UserStatus};
use crate::{MINUTE, Millis};

/// How long a challenge can be answered: what the standard recommends where users are verified (section 15.1).
const VALID_FOR: Millis = 5 * MINUTE;
/// What a sealed challenge is bound to; no Session is bound to this alone.
const BOUND_TO: [&str; 1] = ["passkey-registration"];
/// How often the insert is tried again when the user was changed in between.
const TRIES: usize = 5;

/// What a challenge says when it comes back.
#[derive(Debug, Serialize, Deserialize)]
struct Challenge {
    /// Used up on success.
    #[serde(rename = "i")]
    id: String,
    /// The user.
    #[serde(rename = "s")]
    sub: String,
    /// The app client.
    #[serde(rename = "c")]
    client_id: String,
    /// End of its life.
    #[serde(rename = "e")]
    expires_at: Millis,
}

impl Challenge {
    fn seal(&self, domain: &Domain, keys: &PoolKeys) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(Error::internal)?;
        keys.seal(&*domain.rng, Purpose::Session, &BOUND_TO, &plain)
    }

    fn open(keys: &PoolKeys, sealed: &[u8]) -> Option<Self> {
        let plain = keys.unseal(Purpose::Session, &BOUND_TO, sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// `StartWebAuthnRegistration`: the options for `navigator.credentials.create()`, in the standard's JSON form
/// (`PublicKeyCredentialCreationOptionsJSON`).
pub async fn start(cx: &Context<'_>) -> Result<Value> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    check_enabled(cx, &entry, &token.user)?;
    let relying_party_id = relying_party::of_pool(&entry.settings)?;
    let present = of_user(cx.domain, &entry.id, &token.sub).await?;
    if i64::try_from(present.len()).unwrap_or(i64::MAX) >= MAX_PASSKEYS {
        return Err(too_many());
    }
    let challenge = Challenge {
        id: cx.domain.rng.uuid(),
        sub: token.sub.clone(),
        client_id: token.client_id.clone(),
        expires_at: cx.now() + VALID_FOR,
    };
    let challenge = challenge.seal(cx.domain, &entry.keys)?;
    let exclude = present.iter().filter(|passkey| passkey.relying_party_id == relying_party_id);
    let name = account_name(&entry, &token.user);
    Ok(json!({
        "rp": { "id": relying_party_id, "name": relying_party_id },
        "user": {
            "id": URL_SAFE_NO_PAD.encode(&token.sub),
            "name": name,
            "displayName": token.user.attribute("name").unwrap_or(name),
        },
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "pubKeyCredParams": verification::ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
        "timeout": VALID_FOR,
        "excludeCredentials": exclude.map(super::descriptor).collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": super::requirement(webauthn::user_verification_of(&entry.settings)),
        },
        "attestation": "none",
    }))
}

/// `CompleteWebAuthnRegistration`: checks the answer (`RegistrationResponseJSON`) and keeps the passkey.
pub async fn complete(cx: &Context<'_>, credential: &Value) -> Result<()> {
    let token = cx.access_token()?;
    let entry = cx.domain.pool(&token.pool_id).await?;
    check_enabled(cx, &entry, &token.user)?;
    // The relying party was there when the challenge was made.
    let relying_party_id = relying_party::of_pool(&entry.settings).map_err(|_| refusal(Refused::RelyingParty))?;
    let sent = Sent::read(credential).map_err(refusal)?;
    let sealed = sent.challenge().ok_or_else(|| refusal(Refused::Malformed))?;
    let challenge = open(cx, &entry, token, &sealed)?;
    let expected = Expected {
        relying_party_id,
        android_apps: &cx.domain.settings.android_apps,
        challenge: &sealed,
        user_verification: webauthn::user_verification_of(&entry.settings),
    };
    let registered = verification::registration(&sent, expected).map_err(refusal)?;
    let passkey = passkey(cx, token, relying_party_id, registered)?;
    let spend = Write::Spend { pool_id: entry.id.clone(), id: challenge.id.clone(), expires_at: challenge.expires_at };
    insert(cx, token.user.clone(), passkey, &spend).await
}

/// Refuses users who could not sign in with a passkey: of pools without this first factor, and of external identity
/// providers, whose factors are the provider's business (developer guide, "Authentication flows").
fn check_enabled(cx: &Context<'_>, entry: &PoolEntry, user: &User) -> Result<()> {
    let in_tier = plan::check(cx.domain, &entry.settings, Feature::Passkeys).is_ok();
    if !in_tier || !entry.settings.allows_first_factor(&AuthFactorType::WebAuthn) {
        return Err(Error::new(ErrorCode::WebAuthnNotEnabled, "Passkeys are not enabled for the user pool."));
    }
    if user.status == UserStatus::ExternalProvider {
        return Err(Error::not_authorized("Users of external identity providers cannot register passkeys."));
    }
    Ok(())
}

/// Opens a challenge of ours that this user can still answer.
fn open(cx: &Context<'_>, entry: &PoolEntry, token: &AccessToken, sealed: &[u8]) -> Result<Challenge> {
    let challenge = Challenge::open(&entry.keys, sealed).ok_or_else(|| refusal(Refused::Challenge))?;
    if challenge.sub != token.sub || cx.now() >= challenge.expires_at {
        return Err(refusal(Refused::Challenge));
    }
    if challenge.client_id != token.client_id {
        return Err(Error::new(
            ErrorCode::WebAuthnClientMismatch,
            "The registration was started with another app client.",
        ));
    }
    Ok(challenge)
}

fn passkey(cx: &Context<'_>, token: &AccessToken, relying_party_id: &str, registered: Registered) -> Result<Passkey> {
    let Registered { credential_id, stored, counter, transports, attachment } = registered;
    Ok(Passkey {
        pool_id: token.pool_id.clone(),
        sub: token.sub.clone(),
        credential_id,
        friendly_name: authenticators::friendly_name(&stored.aaguid, attachment.as_deref()).to_owned(),
        relying_party_id: relying_party_id.to_owned(),
        attachment,
        transports,
        created_at: cx.now(),
        credential: stored.to_json()?,
        counter,
        version: 0,
    })
}

/// Uses the challenge up and keeps the passkey. The user is written, unchanged, so that of two registrations at the same
/// moment one sees the other and none gets past the limit.
async fn insert(cx: &Context<'_>, mut user: User, passkey: Passkey, spend: &Write) -> Result<()> {
    for _ in 0..TRIES {
        if cx.domain.stores.passkeys.count(&user.pool_id, &user.sub).await? >= MAX_PASSKEYS {
            return Err(too_many());
        }
        let writes = vec![
            spend.clone(),
            Write::UpdateUser(Box::new(user.clone())),
            Write::InsertPasskey(Box::new(passkey.clone())),
        ];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Spent) => return Err(refusal(Refused::Challenge)),
            Err(Conflict::Exists) => return Err(Error::invalid_parameter("The passkey is registered already.")),
            Err(Conflict::Changed) => {
                let now = cx.domain.stores.users.by_sub(&user.pool_id, &user.sub).await?;
                user = now.ok_or_else(|| Error::not_authorized("Invalid Access Token"))?;
            }
            Err(Conflict::AliasTaken | Conflict::Full) => {
                return Err(Error::internal("registering a passkey claims no alias and has no limit in the store"));
            }
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The user was changed by other requests; try again."))
}

/// What the authenticator shows its user: the name that the user signs in with.
fn account_name<'a>(entry: &PoolEntry, user: &'a User) -> &'a str {
    let contact = entry.username_attributes.iter().find_map(|attribute| user.attribute(attribute.name()));
    contact.unwrap_or(&user.username)
}

fn too_many() -> Error {
    Error::new(ErrorCode::LimitExceeded, format!("A user can have at most {MAX_PASSKEYS} passkeys."))
}

/// A refusal in the words of `CompleteWebAuthnRegistration`.
fn refusal(refused: Refused) -> Error {
    let (code, message) = match refused {
        Refused::Malformed | Refused::Signature | Refused::Counter | Refused::Mismatch => {
            (ErrorCode::InvalidParameter, "The credential is not a valid registration response.")
        }
        Refused::Challenge => {
            (ErrorCode::WebAuthnChallengeNotFound, "There is no such registration, or it has expired.")
        }
        Refused::Origin => (
            ErrorCode::WebAuthnOriginNotAllowed,
            "The origin of the registration does not belong to the user pool's relying party ID.",
        ),
        Refused::RelyingParty => (
            ErrorCode::WebAuthnRelyingPartyMismatch,
            "The passkey was made for another relying party ID than the user pool's.",
        ),
        Refused::NotSupported => {
            (ErrorCode::WebAuthnCredentialNotSupported, "The passkey's device or provider is not supported.")
        }
    };
    Error::new(code, message)
}
