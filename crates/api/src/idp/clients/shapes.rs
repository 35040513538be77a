//! App clients on the wire: settings are returned as they were given, as Cognito does.

use stepwell_core::clients::{AppClient, StoredSecret, secret};
use stepwell_core::{Context, MINUTE, Result, SecretString};
use stepwell_model::{Timestamp, idp};

/// A client as `UserPoolClientType`, with its oldest secret if it has any.
pub(crate) async fn client(cx: &Context<'_>, client: AppClient) -> Result<idp::UserPoolClientType> {
    let client_secret = secret::oldest(cx.domain, &client).await?;
    let AppClient { settings, .. } = client;
    let prevents = if settings.prevent_user_existence_errors {
        idp::PreventUserExistenceErrorTypes::Enabled
    } else {
        idp::PreventUserExistenceErrorTypes::Legacy
    };
    let lives = settings.validity_as_given;
    Ok(idp::UserPoolClientType {
        access_token_validity: lives.access,
        allowed_oauth_flows: settings.allowed_oauth_flows,
        allowed_oauth_flows_user_pool_client: Some(settings.oauth_enabled),
        allowed_oauth_scopes: settings.allowed_oauth_scopes,
        analytics_configuration: settings.analytics,
        auth_session_validity: i32::try_from(settings.auth_session_validity / MINUTE).ok(),
        callback_urls: settings.callback_urls,
        client_id: Some(SecretString::from(client.id)),
        client_name: Some(client.name),
        client_secret,
        client_type: Some(idp::ClientTypeType::Regular),
        creation_date: Some(Timestamp(client.created_at)),
        default_redirect_uri: settings.default_redirect_uri,
        enable_propagate_additional_user_context_data: Some(settings.propagate_user_context),
        enable_token_revocation: Some(settings.token_revocation),
        explicit_auth_flows: settings.explicit_auth_flows,
        id_token_validity: lives.id,
        last_modified_date: Some(Timestamp(client.modified_at)),
        logout_urls: settings.logout_urls,
        prevent_user_existence_errors: settings.prevent_user_existence_errors_given.then_some(prevents),
        read_attributes: settings.read_attributes,
        refresh_token_rotation: settings.refresh_token_rotation_as_given,
        refresh_token_validity: lives.refresh,
        supported_identity_providers: settings.supported_identity_providers,
        token_validity_units: Some(lives.units.unwrap_or_default()),
        user_pool_id: Some(client.pool_id),
        write_attributes: settings.write_attributes,
    })
}

/// A client as it stands in lists.
pub(crate) fn description(client: AppClient) -> idp::UserPoolClientDescription {
    idp::UserPoolClientDescription {
        client_id: Some(SecretString::from(client.id)),
        client_name: Some(client.name),
        user_pool_id: Some(client.pool_id),
    }
}

/// A secret as `ClientSecretDescriptorType`; the value only where it has just been made.
pub(crate) fn secret_descriptor(stored: &StoredSecret, value: Option<SecretString>) -> idp::ClientSecretDescriptorType {
    idp::ClientSecretDescriptorType {
        client_secret_create_date: Some(Timestamp(stored.created_at)),
        client_secret_id: Some(stored.id.clone()),
        client_secret_value: value,
    }
}

/// What the client makes of SSO sessions, as the API shows it.
pub(crate) fn sso_session(client: &AppClient) -> idp::ClientSSOSessionConfigType {
    let minutes = client.sso_session_minutes.unwrap_or(stepwell_core::sessions::configuration::DEFAULT_SSO_MINUTES);
    idp::ClientSSOSessionConfigType { max_validity_minutes: i32::try_from(minutes).ok() }
}
