//! Passkeys of the signed-in user.

pub mod complete_webauthn_registration;
pub mod delete_webauthn_credential;
pub mod list_webauthn_credentials;
pub(crate) mod shapes;
pub mod start_webauthn_registration;
