//! Passkeys: the record, registration and assertion (Web Authentication Level 3; developer guide, "Passkey sign-in").

mod assertion;
mod authenticators;
mod own;
mod registration;
pub mod relying_party;
mod verification;

use serde::{Deserialize, Serialize};
use stepwell_model::idp::AuthFactorType;

use crate::Millis;
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::Result;
use crate::pools::webauthn::UserVerification;

pub use assertion::{AssertionOffer, VerifiedAssertion, offer, verify};
pub use own::{delete, list};
pub use registration::{complete, start};
pub use relying_party::AndroidApp;

/// How many passkeys a user may have (developer guide, "Quotas").
pub const MAX_PASSKEYS: i64 = 20;

/// A user's passkey as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The pool.
    pub pool_id: String,
    /// The user.
    pub sub: String,
    /// As the authenticator made it, in base64url; unique in the pool.
    pub credential_id: String,
    /// What the user sees it as (`FriendlyCredentialName`).
    pub friendly_name: String,
    /// The domain it was made for.
    pub relying_party_id: String,
    /// `platform` or `cross-platform`, where the authenticator said so.
    pub attachment: Option<String>,
    /// How the authenticator can be reached (`usb`, `internal`, `hybrid`, …).
    pub transports: Vec<String>,
    /// When it was registered.
    pub created_at: Millis,
    /// What the library that checks assertions needs: public key, counter, flags.
    pub credential: serde_json::Value,
    /// The signature counter of the last assertion.
    pub counter: i64,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// A user's passkeys, at most as many as a user may have.
pub async fn of_user(domain: &Domain, pool_id: &str, sub: &str) -> Result<Vec<Passkey>> {
    let most = u32::try_from(MAX_PASSKEYS).unwrap_or(u32::MAX);
    Ok(domain.stores.passkeys.of_user(pool_id, sub, None, most).await?)
}

/// The passkeys that a user can sign in with now: made for the pool's relying party, and none where the pool does not
/// take passkeys.
pub async fn usable(domain: &Domain, entry: &PoolEntry, sub: &str) -> Result<Vec<Passkey>> {
    if !entry.settings.allows_first_factor(&AuthFactorType::WebAuthn) {
        return Ok(Vec::new());
    }
    let Ok(relying_party_id) = relying_party::of_pool(&entry.settings) else { return Ok(Vec::new()) };
    let mut passkeys = of_user(domain, &entry.id, sub).await?;
    passkeys.retain(|passkey| passkey.relying_party_id == relying_party_id);
    Ok(passkeys)
}

/// A passkey as requests name it (`PublicKeyCredentialDescriptorJSON`).
fn descriptor(passkey: &Passkey) -> serde_json::Value {
    let mut descriptor = serde_json::json!({ "type": "public-key", "id": passkey.credential_id });
    if let Some(fields) = descriptor.as_object_mut()
        && !passkey.transports.is_empty()
    {
        fields.insert("transports".to_owned(), serde_json::json!(passkey.transports));
    }
    descriptor
}

/// The standard's word for what is asked of authenticators.
fn requirement(user_verification: UserVerification) -> &'static str {
    match user_verification {
        UserVerification::Required => "required",
        UserVerification::Preferred => "preferred",
    }
}
