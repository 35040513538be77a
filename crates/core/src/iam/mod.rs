//! Identity and access management: users, roles and policies, and who signed a request.

pub mod access_key;
pub mod access_keys;
pub mod administrator;
pub mod arn;
pub mod attachments;
mod attempt;
pub mod authorize;
pub mod boundaries;
pub mod builtin;
mod documents;
mod entity;
mod errors;
mod holders;
pub mod inline_policies;
pub mod listing;
pub mod managed_policy;
pub mod policies;
pub mod policy;
pub mod policy_versions;
pub mod provider;
pub mod providers;
pub mod role;
pub mod roles;
mod saml_metadata;
pub mod signer;
pub mod tags;
pub mod user;
pub mod users;

pub(crate) use entity::unique_id;
pub use entity::{Entity, EntityKind, PolicyUsage, PolicyUse, name_key};
pub use holders::HolderName;
pub use managed_policy::{ManagedPolicy, PolicyVersion};
pub use provider::{OidcProvider, SamlProvider};
pub use role::Role;
pub use signer::{Federated, Identity, SessionPolicy, Signer, TemporarySession};
pub use user::User;
