//! What `CreateUserPoolClient` and `UpdateUserPoolClient` have in common: the settings as a request gives them, checked
//! against the pool and filled with Cognito's defaults.

use stepwell_model::idp;

use super::flows::{self, FlowContext};
use super::permissions::{self, Doing};
use super::{ClientSettings, analytics, oauth, validity};
use crate::error::{Error, Result};
use crate::pools::UserPool;
use crate::settings::Settings;
use crate::{MINUTE, Millis, SECOND};

/// Minutes that a `Session` string lives if nothing else is said.
const DEFAULT_SESSION_MINUTES: i32 = 3;

/// Settings as given. What is left out has its default, on update too (API, `UpdateUserPoolClient`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientConfiguration {
    /// `AccessTokenValidity`.
    pub access_token_validity: Option<i32>,
    /// `AllowedOAuthFlows`.
    pub allowed_oauth_flows: Option<Vec<idp::OAuthFlowType>>,
    /// `AllowedOAuthFlowsUserPoolClient`.
    pub allowed_oauth_flows_user_pool_client: Option<bool>,
    /// `AllowedOAuthScopes`.
    pub allowed_oauth_scopes: Option<Vec<String>>,
    /// `AnalyticsConfiguration`.
    pub analytics_configuration: Option<idp::AnalyticsConfigurationType>,
    /// `AuthSessionValidity`, in minutes.
    pub auth_session_validity: Option<i32>,
    /// `CallbackURLs`.
    pub callback_urls: Option<Vec<String>>,
    /// `DefaultRedirectURI`.
    pub default_redirect_uri: Option<String>,
    /// `EnablePropagateAdditionalUserContextData`.
    pub enable_propagate_additional_user_context_data: Option<bool>,
    /// `EnableTokenRevocation`.
    pub enable_token_revocation: Option<bool>,
    /// `ExplicitAuthFlows`.
    pub explicit_auth_flows: Option<Vec<idp::ExplicitAuthFlowsType>>,
    /// `IdTokenValidity`.
    pub id_token_validity: Option<i32>,
    /// `LogoutURLs`.
    pub logout_urls: Option<Vec<String>>,
    /// `PreventUserExistenceErrors`.
    pub prevent_user_existence_errors: Option<idp::PreventUserExistenceErrorTypes>,
    /// `ReadAttributes`.
    pub read_attributes: Option<Vec<String>>,
    /// `RefreshTokenRotation`.
    pub refresh_token_rotation: Option<idp::RefreshTokenRotationType>,
    /// `RefreshTokenValidity`.
    pub refresh_token_validity: Option<i32>,
    /// `SupportedIdentityProviders`.
    pub supported_identity_providers: Option<Vec<String>>,
    /// `TokenValidityUnits`.
    pub token_validity_units: Option<idp::TokenValidityUnitsType>,
    /// `WriteAttributes`.
    pub write_attributes: Option<Vec<String>>,
}

impl ClientConfiguration {
    /// Checks the settings for a client of this pool and fills in the defaults.
    pub(super) fn resolve(
        &self,
        deployment: &Settings,
        pool: &UserPool,
        has_secret: bool,
        doing: Doing,
    ) -> Result<ClientSettings> {
        let lives = validity::resolve(self)?;
        let rotation = rotation(self.refresh_token_rotation.as_ref());
        let flow_context = FlowContext {
            all_features: deployment.all_features,
            tier: &pool.settings.tier,
            has_secret,
            rotates_refresh_tokens: rotation.is_some(),
        };
        let oauth = oauth::resolve(self, pool, has_secret)?;
        let propagate = self.enable_propagate_additional_user_context_data.unwrap_or(false);
        if propagate && !has_secret {
            return Err(Error::invalid_parameter(
                "Client Secret is required to set EnablePropagateAdditionalUserContextData as true",
            ));
        }
        let session = self.auth_session_validity.unwrap_or(DEFAULT_SESSION_MINUTES);
        Ok(ClientSettings {
            refresh_token_validity: lives.refresh,
            access_token_validity: lives.access,
            id_token_validity: lives.id,
            validity_as_given: lives.as_given,
            read_attributes: permissions::read_list(pool, self.read_attributes.as_deref(), doing)?,
            write_attributes: permissions::write_list(pool, self.write_attributes.as_deref(), doing)?,
            explicit_auth_flows: flows::resolve(self.explicit_auth_flows.as_deref(), &flow_context)?,
            prevent_user_existence_errors: self.prevent_user_existence_errors
                == Some(idp::PreventUserExistenceErrorTypes::Enabled),
            prevent_user_existence_errors_given: self.prevent_user_existence_errors.is_some(),
            token_revocation: self.enable_token_revocation.unwrap_or(true),
            propagate_user_context: propagate,
            auth_session_validity: Millis::from(session) * MINUTE,
            refresh_token_rotation: rotation,
            refresh_token_rotation_as_given: self.refresh_token_rotation.clone(),
            supported_identity_providers: oauth.identity_providers,
            callback_urls: oauth.callback_urls,
            logout_urls: oauth.logout_urls,
            default_redirect_uri: self.default_redirect_uri.clone(),
            allowed_oauth_flows: oauth.flows,
            allowed_oauth_scopes: oauth.scopes,
            oauth_enabled: self.allowed_oauth_flows_user_pool_client.unwrap_or(false),
            analytics: analytics::resolve(self.analytics_configuration.as_ref())?,
        })
    }
}

/// The grace period, if rotation is on.
fn rotation(given: Option<&idp::RefreshTokenRotationType>) -> Option<Millis> {
    let enabled = given.filter(|given| given.feature == Some(idp::FeatureType::Enabled))?;
    Some(Millis::from(enabled.retry_grace_period_seconds.unwrap_or(0)) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::super::tests::pool;
    use super::*;

    #[test]
    fn nothing_given_is_cognitos_default() {
        let settings =
            ClientConfiguration::default().resolve(&Settings::for_tests(), &pool(&[]), false, Doing::Creating).unwrap();
        assert!(settings.token_revocation && !settings.prevent_user_existence_errors && !settings.oauth_enabled);
        assert_eq!(settings.auth_session_validity, 3 * MINUTE);
        assert_eq!(settings.explicit_auth_flows, None);
        assert_eq!(settings.refresh_token_rotation, None);
    }

    #[test]
    fn rotation_has_a_grace_period_of_its_own() {
        let rotating = |feature, seconds| ClientConfiguration {
            refresh_token_rotation: Some(idp::RefreshTokenRotationType {
                feature: Some(feature),
                retry_grace_period_seconds: seconds,
            }),
            ..ClientConfiguration::default()
        };
        let resolve = |given: ClientConfiguration| {
            given.resolve(&Settings::for_tests(), &pool(&[]), false, Doing::Creating).unwrap()
        };
        assert_eq!(resolve(rotating(idp::FeatureType::Enabled, Some(30))).refresh_token_rotation, Some(30 * SECOND));
        assert_eq!(resolve(rotating(idp::FeatureType::Enabled, None)).refresh_token_rotation, Some(0));
        assert_eq!(resolve(rotating(idp::FeatureType::Disabled, Some(30))).refresh_token_rotation, None);
    }

    #[test]
    fn user_context_needs_a_secret() {
        let given = ClientConfiguration {
            enable_propagate_additional_user_context_data: Some(true),
            ..ClientConfiguration::default()
        };
        assert!(given.resolve(&Settings::for_tests(), &pool(&[]), false, Doing::Creating).is_err());
        assert!(
            given.resolve(&Settings::for_tests(), &pool(&[]), true, Doing::Creating).unwrap().propagate_user_context
        );
    }
}
