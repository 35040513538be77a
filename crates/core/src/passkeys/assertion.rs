//! Signing in with a passkey: the request for an assertion, and what an answer proves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::verification::{self, Expected, Refused, Sent, StoredCredential};
use super::{Passkey, descriptor, relying_party, usable};
use crate::auth::Realm;
use crate::auth::subject::Subject;
use crate::cache::PoolEntry;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools::webauthn::{self, UserVerification};
use crate::ports::store::Write;

/// How long a challenge is, in bytes.
const CHALLENGE_LENGTH: usize = 32;

/// A request for an assertion.
#[derive(Debug, Clone)]
pub struct AssertionOffer {
    /// What the answer will be checked against; travels sealed in the Session.
    pub state: Value,
    /// `CREDENTIAL_REQUEST_OPTIONS`: JSON text for `navigator.credentials.get()`
    /// (`PublicKeyCredentialRequestOptionsJSON`).
    pub options: String,
}

/// An assertion that was found right.
#[derive(Debug, Clone)]
pub struct VerifiedAssertion {
    /// The passkey, as it will be stored.
    pub passkey: Passkey,
    /// The authenticator verified its user.
    pub user_verified: bool,
    /// The key cannot be copied to another device.
    pub hardware: bool,
    /// What must be stored before the caller learns of the success: the counter.
    pub writes: Vec<Write>,
}

/// What an answer is checked against.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    #[serde(with = "crate::encoding::bytes")]
    challenge: Vec<u8>,
    relying_party_id: String,
    user_verification: UserVerification,
}

/// Asks for an assertion of one of the subject's passkeys. For nobody, and for a user without a passkey, the request
/// looks the same each time and takes the same steps, with a credential that there is not.
pub async fn offer(cx: &Context<'_>, realm: &Realm, subject: &Subject) -> Result<AssertionOffer> {
    let entry = &realm.entry;
    let relying_party_id = relying_party::of_pool(&entry.settings)?;
    let user_verification = webauthn::user_verification_of(&entry.settings);
    let sub = subject.sub(realm);
    let made_up = made_up_descriptor(entry, &sub);
    let passkeys = usable(cx.domain, entry, &sub).await?;
    let allowed: Vec<Value> =
        if passkeys.is_empty() { vec![made_up] } else { passkeys.iter().map(descriptor).collect() };
    let challenge: [u8; CHALLENGE_LENGTH] = cx.domain.rng.bytes();
    let options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": realm.client.settings.auth_session_validity,
        "rpId": relying_party_id,
        "allowCredentials": allowed,
        "userVerification": super::requirement(user_verification),
    });
    let state =
        State { challenge: challenge.to_vec(), relying_party_id: relying_party_id.to_owned(), user_verification };
    Ok(AssertionOffer { state: serde_json::to_value(state).map_err(Error::internal)?, options: options.to_string() })
}

/// Checks an answer (`AuthenticationResponseJSON` as JSON text) against the state of the request. `None` means that it
/// is wrong, for whatever reason: the caller counts it and says no more. For nobody the same steps are taken.
pub async fn verify(
    cx: &Context<'_>,
    realm: &Realm,
    subject: &Subject,
    state: &Value,
    credential: &str,
) -> Result<Option<VerifiedAssertion>> {
    let state = State::deserialize(state).map_err(Error::internal)?;
    let document: Value = serde_json::from_str(credential).unwrap_or(Value::Null);
    let Ok(sent) = Sent::read(&document) else { return Ok(None) };
    let entry = &realm.entry;
    let found = cx.domain.stores.passkeys.passkey(&entry.id, sent.id).await?;
    let expected = Expected {
        relying_party_id: &state.relying_party_id,
        android_apps: &cx.domain.settings.android_apps,
        challenge: &state.challenge,
        // What was asked for, or what the pool asks for by now: the stricter.
        user_verification: match (state.user_verification, webauthn::user_verification_of(&entry.settings)) {
            (UserVerification::Preferred, UserVerification::Preferred) => UserVerification::Preferred,
            (UserVerification::Required, _) | (_, UserVerification::Required) => UserVerification::Required,
        },
    };
    let is_current = relying_party::of_pool(&entry.settings).is_ok_and(|id| id == state.relying_party_id);
    let passkey = found.filter(|passkey| {
        is_current
            && matches!(subject, Subject::Known(user) if user.sub == passkey.sub)
            && passkey.relying_party_id == state.relying_party_id
    });
    let Some(passkey) = passkey else {
        verification::decoy_assertion(&sent, expected, &subject.sub(realm));
        return Ok(None);
    };
    let stored = StoredCredential::from_json(&passkey.credential)?;
    match verification::assertion(&sent, expected, &stored, passkey.counter, &passkey.sub) {
        Ok(asserted) => proven(passkey, stored, asserted).map(Some),
        Err(refused) => {
            if refused == Refused::Counter {
                tracing::warn!(
                    pool_id = passkey.pool_id,
                    sub = passkey.sub,
                    "a passkey's counter did not grow: there may be a copy of it"
                );
            }
            Ok(None)
        }
    }
}

fn proven(
    mut passkey: Passkey,
    stored: StoredCredential,
    asserted: verification::Asserted,
) -> Result<VerifiedAssertion> {
    let hardware = !stored.backup_eligible;
    let is_unchanged = asserted.counter == passkey.counter && asserted.backed_up == stored.backed_up;
    passkey.counter = asserted.counter;
    passkey.credential = StoredCredential { backed_up: asserted.backed_up, ..stored }.to_json()?;
    // Passkeys that are copied between devices do not count: most sign-ins have nothing to store.
    let writes = if is_unchanged { Vec::new() } else { vec![Write::UpdatePasskey(Box::new(passkey.clone()))] };
    Ok(VerifiedAssertion { passkey, user_verified: asserted.user_verified, hardware, writes })
}

/// The credential of nobody: the same each time for the same name, and like those that phones make.
fn made_up_descriptor(entry: &PoolEntry, sub: &str) -> Value {
    let id = entry.keys.name_mac(&["passkey", sub]);
    json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id), "transports": ["hybrid", "internal"] })
}
