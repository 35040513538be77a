//! The operations of `cognito-idp`, a folder per resource, a file per operation.

pub mod admin_users;
pub mod auth;
pub mod clients;
pub mod devices;
pub mod groups;
pub mod mfa;
pub mod resource_servers;
pub mod risk;
pub mod self_service;
pub mod sessions;
pub mod sign_up;
pub mod tags;
pub mod tokens;
pub mod user_pools;
pub mod webauthn;
