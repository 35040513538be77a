//! Signing in.

pub mod admin_initiate_auth;
pub mod admin_respond_to_auth_challenge;
pub mod initiate_auth;
pub mod respond_to_auth_challenge;
pub(crate) mod shapes;
