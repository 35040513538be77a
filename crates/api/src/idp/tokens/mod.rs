//! Tokens of clients themselves; refreshing and revoking tokens.

pub mod get_client_token;
pub mod get_derived_token;
pub mod get_tokens_from_refresh_token;
pub mod revoke_token;
