//! Operations of the security token service, one file each.

pub mod assume_role;
pub mod assume_role_with_saml;
pub mod assume_role_with_web_identity;
pub mod get_access_key_info;
pub mod get_caller_identity;
pub mod get_session_token;
pub(crate) mod shapes;
