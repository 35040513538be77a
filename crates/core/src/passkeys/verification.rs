//! Checking what authenticators and browsers sent (Web Authentication Level 3, sections 7.1 and 7.2). The one place that
//! knows the library which does it (`docs/decisions/0015-webauthn-library.md`); what is stored is not in its form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passki::{
    AuthenticationCredential, AuthenticationState, CredentialProtectionPolicy, Passki, PasskiError,
    RegistrationCredential, RegistrationState, StoredPasskey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AndroidApp, relying_party, requirement};
use crate::error::Error;
use crate::pools::webauthn::UserVerification;

/// The algorithms offered to authenticators, best first (COSE): Ed25519, ECDSA on P-256, RSA with SHA-256.
pub(super) const ALGORITHMS: [i32; 3] = [-8, -7, -257];
/// The longest field of a credential that is looked at, in base64url. A TPM's attestation takes some 8,000.
const LONGEST_FIELD: usize = 32 * 1024;
/// The longest credential id (section 4), in base64url.
const LONGEST_ID: usize = 1_364;
/// Where the flags stand in authenticator data (section 6.1): after the hash of the relying-party id.
const FLAGS_AT: usize = 32;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;

/// A key on P-256 whose private half nobody has: what answers about nobody are checked against. Its x is SHA-256 of
/// `stepwell passkey decoy 1`, the first of its kind that is on the curve, and its y the even one.
const DECOY_KEY: &str =
    "pQECAyYgASFYIH3t9J7G8dou4MuCj1QjiQPL6-JTe0tipDZqTOJx6ZCtIlggmSj8g3a65EBQ14zXgM_ZqXYAg0-6_NWyE4j3jctyqnY";

/// What a ceremony is checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) relying_party_id: &'a str,
    pub(super) android_apps: &'a [AndroidApp],
    pub(super) challenge: &'a [u8],
    pub(super) user_verification: UserVerification,
}

/// Why a credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is not what the standard says it should be.
    Malformed,
    /// It answers another challenge.
    Challenge,
    /// Another site's page made it, or one inside another site's page.
    Origin,
    /// It was made for another relying party.
    RelyingParty,
    /// It is of a kind that is not accepted, or did not verify its user although it must.
    NotSupported,
    /// Its signature is wrong.
    Signature,
    /// Its counter did not grow: there is a copy of it.
    Counter,
    /// It is another user's, or what is stored of it says otherwise.
    Mismatch,
}

/// What is stored of a passkey besides what anybody may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredCredential {
    /// The public key in COSE form.
    #[serde(with = "crate::encoding::bytes")]
    pub(super) public_key: Vec<u8>,
    /// Its COSE algorithm.
    pub(super) algorithm: i32,
    /// The authenticator's model, a UUID.
    pub(super) aaguid: String,
    /// The authenticator promised never to use it without verifying its user (`credProtect` 3).
    pub(super) needs_user_verification: bool,
    /// It can be copied to other devices of its user.
    pub(super) backup_eligible: bool,
    /// It has been.
    pub(super) backed_up: bool,
}

/// A credential that passed registration.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) credential_id: String,
    pub(super) stored: StoredCredential,
    pub(super) counter: i64,
    pub(super) transports: Vec<String>,
    pub(super) attachment: Option<String>,
}

/// An assertion that was found right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asserted {
    pub(super) counter: i64,
    pub(super) user_verified: bool,
    pub(super) backed_up: bool,
}

/// A credential as a client sends it (`RegistrationResponseJSON` or `AuthenticationResponseJSON`), its outer form checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    /// `rawId`.
    pub(super) id: &'a str,
    document: &'a Value,
    client_data: &'a str,
}

impl<'a> Sent<'a> {
    pub(super) fn read(document: &'a Value) -> Result<Self, Refused> {
        let field = |name: &str| document.get(name).and_then(Value::as_str);
        let id = field("rawId").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).ok_or(Refused::Malformed)?;
        let is_same = field("id").is_none_or(|same| same == id);
        let is_public_key = field("type").is_none_or(|kind| kind == "public-key");
        if !is_same || !is_public_key || URL_SAFE_NO_PAD.decode(id).is_err() {
            return Err(Refused::Malformed);
        }
        Ok(Self { id, document, client_data: response(document, "clientDataJSON").ok_or(Refused::Malformed)? })
    }

    /// The challenge it claims to answer.
    pub(super) fn challenge(&self) -> Option<Vec<u8>> {
        let client_data = self.client_data()?;
        URL_SAFE_NO_PAD.decode(client_data.get("challenge")?.as_str()?).ok()
    }

    fn client_data(&self) -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(self.client_data).ok()?).ok()
    }

    /// The origin it claims, if that is one of the relying party's.
    fn origin(&self, expected: &Expected<'_>) -> Result<String, Refused> {
        let Expected { relying_party_id, android_apps, .. } = *expected;
        let client_data = self.client_data().ok_or(Refused::Malformed)?;
        let origin = client_data.get("origin").and_then(Value::as_str).ok_or(Refused::Malformed)?;
        let is_app = android_apps.iter().any(|app| app.is(relying_party_id, origin));
        if is_app || relying_party::allows_origin(relying_party_id, origin) {
            Ok(origin.to_owned())
        } else {
            Err(Refused::Origin)
        }
    }

    fn response(&self, name: &str) -> Result<&'a str, Refused> {
        response(self.document, name).ok_or(Refused::Malformed)
    }
}

fn response<'a>(document: &'a Value, name: &str) -> Option<&'a str> {
    let value = document.get("response")?.get(name)?.as_str()?;
    (value.len() <= LONGEST_FIELD).then_some(value)
}

/// Checks a registration. Attestation is not asked for; a statement that comes all the same must be well made, but
/// proves nothing here.
pub(super) fn registration(sent: &Sent<'_>, expected: Expected<'_>) -> Result<Registered, Refused> {
    let origin = sent.origin(&expected)?;
    // Only what is checked goes to the library: extension results, which were not asked for, cannot trouble it.
    let credential: RegistrationCredential = from(json!({
        "rawId": sent.id,
        "response": {
            "clientDataJSON": sent.client_data,
            "attestationObject": sent.response("attestationObject")?,
            "transports": sent.document.get("response").and_then(|response| response.get("transports")),
        },
        "authenticatorAttachment": attachment(sent.document),
    }))?;
    let state: RegistrationState = from(json!({
        "challenge": expected.challenge,
        "user": { "id": "", "name": "", "displayName": "" },
        "user_verification": requirement(expected.user_verification),
    }))?;
    let passkey = library(&expected, &origin)
        .finish_passkey_registration(&credential, &state)
        .map_err(|error| refusal(&error, Refused::NotSupported))?;
    if !ALGORITHMS.contains(&passkey.algorithm) {
        return Err(Refused::NotSupported);
    }
    let transports = passkey.transports.iter().filter_map(name).collect();
    Ok(Registered {
        credential_id: sent.id.to_owned(),
        counter: i64::from(passkey.counter),
        transports,
        attachment: credential.authenticator_attachment.as_ref().and_then(name),
        stored: StoredCredential {
            public_key: passkey.public_key,
            algorithm: passkey.algorithm,
            aaguid: uuid::Uuid::from_bytes(passkey.aaguid).to_string(),
            needs_user_verification: passkey.cred_protect == Some(CredentialProtectionPolicy::UserVerificationRequired),
            backup_eligible: passkey.be,
            backed_up: passkey.bs,
        },
    })
}

/// Checks an assertion against what is stored of the credential that it names.
pub(super) fn assertion(
    sent: &Sent<'_>,
    expected: Expected<'_>,
    stored: &StoredCredential,
    counter: i64,
    user_handle: &str,
) -> Result<Asserted, Refused> {
    let origin = sent.origin(&expected)?;
    let authenticator_data = sent.response("authenticatorData")?;
    let handle = sent.document.get("response").and_then(|response| response.get("userHandle"));
    let credential: AuthenticationCredential = from(json!({
        "rawId": sent.id,
        "response": {
            "clientDataJSON": sent.client_data,
            "authenticatorData": authenticator_data,
            "signature": sent.response("signature")?,
            "userHandle": handle.and_then(Value::as_str),
        },
    }))?;
    let state: AuthenticationState = from(json!({
        "challenge": expected.challenge,
        "allowed_credentials": [],
        "user_verification": requirement(expected.user_verification),
    }))?;
    let mut passkey = StoredPasskey::default();
    passkey.public_key.clone_from(&stored.public_key);
    passkey.algorithm = stored.algorithm;
    passkey.counter = u32::try_from(counter).map_err(|_| Refused::Mismatch)?;
    passkey.cred_protect =
        stored.needs_user_verification.then_some(CredentialProtectionPolicy::UserVerificationRequired);
    let result = library(&expected, &origin)
        .finish_passkey_authentication(&credential, &state, &passkey)
        .map_err(|error| refusal(&error, Refused::Signature))?;
    if result.user_handle.is_some_and(|handle| handle != user_handle.as_bytes()) {
        return Err(Refused::Mismatch);
    }
    let flags = URL_SAFE_NO_PAD.decode(authenticator_data).map_err(|_| Refused::Malformed)?;
    let flags = flags.get(FLAGS_AT).copied().ok_or(Refused::Malformed)?;
    // Eligibility is fixed when the credential is made (section 6.1.3).
    if (flags & BACKUP_ELIGIBLE != 0) != stored.backup_eligible {
        return Err(Refused::Mismatch);
    }
    Ok(Asserted {
        counter: i64::from(result.counter),
        user_verified: flags & USER_VERIFIED != 0,
        backed_up: flags & BACKED_UP != 0,
    })
}

/// Takes the steps of checking an assertion where there is no credential to check it against. It never succeeds.
pub(super) fn decoy_assertion(sent: &Sent<'_>, expected: Expected<'_>, user_handle: &str) -> Refused {
    let stored = StoredCredential {
        public_key: URL_SAFE_NO_PAD.decode(DECOY_KEY).unwrap_or_default(),
        algorithm: -7,
        aaguid: String::new(),
        needs_user_verification: false,
        backup_eligible: true,
        backed_up: true,
    };
    match assertion(sent, expected, &stored, 0, user_handle) {
        Ok(_) => Refused::Mismatch,
        Err(refused) => refused,
    }
}

impl StoredCredential {
    pub(super) fn to_json(&self) -> crate::error::Result<Value> {
        serde_json::to_value(self).map_err(Error::internal)
    }

    pub(super) fn from_json(stored: &Value) -> crate::error::Result<Self> {
        Self::deserialize(stored).map_err(Error::internal)
    }
}

fn library(expected: &Expected<'_>, origin: &str) -> Passki {
    Passki::new(expected.relying_party_id, &[origin], "")
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_json::from_value(value).map_err(|_| Refused::Malformed)
}

/// What the client says of how the authenticator is attached; anything else than the standard's two words is left out.
fn attachment(document: &Value) -> Option<&str> {
    let given = document.get("authenticatorAttachment").and_then(Value::as_str);
    given.filter(|given| matches!(*given, "platform" | "cross-platform"))
}

fn name(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// `signature` says what a wrong signature means: of an attestation, or of an assertion.
fn refusal(error: &PasskiError, signature: Refused) -> Refused {
    tracing::debug!(%error, "a passkey was refused");
    match error {
        PasskiError::ChallengeMismatch => Refused::Challenge,
        PasskiError::OriginMismatch { .. }
        | PasskiError::CrossOriginNotAllowed
        | PasskiError::TopOriginMismatch { .. } => Refused::Origin,
        PasskiError::RpIdHashMismatch => Refused::RelyingParty,
        PasskiError::SignatureVerificationFailed => signature,
        PasskiError::CounterRegression => Refused::Counter,
        PasskiError::UserNotPresent
        | PasskiError::UserVerificationRequired
        | PasskiError::InvalidBackupFlags
        | PasskiError::UnsupportedAlgorithm(_)
        | PasskiError::UnsupportedAttestationFormat(_)
        | PasskiError::InvalidCoseKey(_)
        | PasskiError::MissingAttStmtField(_)
        | PasskiError::InvalidAttestation(_)
        | PasskiError::InvalidCertificate(_) => Refused::NotSupported,
        // Everything else says that something could not be read.
        _ => Refused::Malformed,
    }
}
