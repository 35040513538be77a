//! Shapes that several passkey operations share.

use stepwell_core::passkeys::Passkey;
use stepwell_model::Timestamp;
use stepwell_model::idp::WebAuthnCredentialDescription;

/// A passkey as its user sees it.
pub(crate) fn passkey(passkey: Passkey) -> WebAuthnCredentialDescription {
    WebAuthnCredentialDescription {
        authenticator_attachment: passkey.attachment,
        authenticator_transports: Some(passkey.transports),
        created_at: Some(Timestamp::from_millis(passkey.created_at)),
        credential_id: Some(passkey.credential_id),
        friendly_credential_name: Some(passkey.friendly_name),
        relying_party_id: Some(passkey.relying_party_id),
    }
}
