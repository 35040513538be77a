//! App clients: what an application may do in a pool.

mod add_secret;
mod analytics;
pub mod configuration;
mod create;
mod delete;
mod delete_secret;
pub mod flows;
mod oauth;
mod permissions;
mod read;
pub mod secret;
mod update;
mod validity;

use serde::{Deserialize, Serialize};
use stepwell_model::idp;

use crate::Millis;

pub use add_secret::{AddedSecret, add_secret};
pub use configuration::ClientConfiguration;
pub use create::{CreateClient, create};
pub use delete::delete;
pub use delete_secret::delete_secret;
pub use read::{list, read};
pub(crate) use update::change;
pub use update::update;

/// How many app clients a pool may have (developer guide, "Quotas").
pub const MAX_CLIENTS: i64 = 1_000;

/// How many secrets of a client may live at a time.
pub const MAX_SECRETS: usize = 2;

/// An app client as stored, defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppClient {
    /// The pool.
    pub pool_id: String,
    /// 26 lower-case letters and digits, globally unique.
    pub id: String,
    /// The name its owner gave it.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When its settings last changed.
    pub modified_at: Millis,
    /// Up to two live secrets; none for public clients.
    pub secrets: Vec<StoredSecret>,
    /// What can be changed by `UpdateUserPoolClient`.
    pub settings: ClientSettings,
    /// `SSOSession.MaxValidityMinutes`, if `SetUserPoolClientSessionConfiguration` was ever called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sso_session_minutes: Option<u32>,
    /// The version read, for the store's precondition.
    #[serde(skip)]
    pub version: i64,
}

/// A client secret as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// `<client id>--<milliseconds>`, as the API shows it.
    pub id: String,
    /// When it was made.
    pub created_at: Millis,
    /// The secret, sealed by the pool's key and bound to the client.
    #[serde(with = "crate::encoding::bytes")]
    pub sealed: Vec<u8>,
}

/// What `UpdateUserPoolClient` replaces as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the protocol's independent switches")]
pub struct ClientSettings {
    /// Life of a refresh token.
    pub refresh_token_validity: Millis,
    /// Life of an access token.
    pub access_token_validity: Millis,
    /// Life of an ID token.
    pub id_token_validity: Millis,
    /// The three lives as they were given, for Describe: (number or none, unit).
    pub validity_as_given: ValidityAsGiven,
    /// `ReadAttributes`, if set.
    pub read_attributes: Option<Vec<String>>,
    /// `WriteAttributes`, if set.
    pub write_attributes: Option<Vec<String>>,
    /// `ExplicitAuthFlows` as given; `None` means Cognito's default three.
    pub explicit_auth_flows: Option<Vec<idp::ExplicitAuthFlowsType>>,
    /// `PreventUserExistenceErrors` is ENABLED.
    pub prevent_user_existence_errors: bool,
    /// Whether `PreventUserExistenceErrors` was given (it is returned only then).
    #[serde(default)]
    pub prevent_user_existence_errors_given: bool,
    /// `EnableTokenRevocation`.
    pub token_revocation: bool,
    /// `EnablePropagateAdditionalUserContextData`.
    pub propagate_user_context: bool,
    /// Life of a `Session` string.
    pub auth_session_validity: Millis,
    /// `RefreshTokenRotation`: the grace period if rotation is on.
    pub refresh_token_rotation: Option<Millis>,
    /// `RefreshTokenRotation` as given, for Describe.
    pub refresh_token_rotation_as_given: Option<idp::RefreshTokenRotationType>,
    /// `SupportedIdentityProviders`.
    pub supported_identity_providers: Option<Vec<String>>,
    /// `CallbackURLs`.
    pub callback_urls: Option<Vec<String>>,
    /// `LogoutURLs`.
    pub logout_urls: Option<Vec<String>>,
    /// `DefaultRedirectURI`.
    pub default_redirect_uri: Option<String>,
    /// `AllowedOAuthFlows`.
    pub allowed_oauth_flows: Option<Vec<idp::OAuthFlowType>>,
    /// `AllowedOAuthScopes`.
    pub allowed_oauth_scopes: Option<Vec<String>>,
    /// `AllowedOAuthFlowsUserPoolClient`.
    pub oauth_enabled: bool,
    /// `AnalyticsConfiguration`: returned as given, without effect.
    pub analytics: Option<idp::AnalyticsConfigurationType>,
}

/// Token lives as the caller gave them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ValidityAsGiven {
    /// `RefreshTokenValidity`.
    pub refresh: Option<i32>,
    /// `AccessTokenValidity`.
    pub access: Option<i32>,
    /// `IdTokenValidity`.
    pub id: Option<i32>,
    /// `TokenValidityUnits`.
    pub units: Option<idp::TokenValidityUnitsType>,
}

impl AppClient {
    /// True if the client has a secret, and calls must carry a `SECRET_HASH`.
    pub fn has_secret(&self) -> bool {
        !self.secrets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    //! A pool and a client for the tests of this room.

    use super::*;
    use crate::pools::{PoolConfiguration, UserPool, schema};

    /// A pool with this schema and Cognito's defaults.
    pub(super) fn pool(schema: &[idp::SchemaAttributeType]) -> UserPool {
        UserPool {
            id: "us-east-1_abcdefghi".into(),
            name: "pool".into(),
            created_at: 0,
            modified_at: 0,
            settings: PoolConfiguration::default()
                .resolve(&crate::settings::Settings::for_tests(), false)
                .unwrap()
                .settings,
            schema: schema::for_new_pool(schema).unwrap(),
            username_attributes: Vec::new(),
            alias_attributes: Vec::new(),
            case_sensitive: true,
            username_configuration_given: false,
            issuer: None,
            session_tracking: crate::sessions::SessionTracking::default(),
            temporary_password_validity_given: false,
            version: 0,
        }
    }

    /// A public client with Cognito's defaults.
    pub(super) fn client() -> AppClient {
        let pool = pool(&[]);
        let settings = ClientConfiguration::default()
            .resolve(&crate::settings::Settings::for_tests(), &pool, false, permissions::Doing::Creating)
            .unwrap();
        AppClient {
            pool_id: pool.id,
            id: "0123456789abcdefghijklmnop".into(),
            name: "client".into(),
            created_at: 0,
            modified_at: 0,
            secrets: Vec::new(),
            settings,
            sso_session_minutes: None,
            version: 0,
        }
    }
}
