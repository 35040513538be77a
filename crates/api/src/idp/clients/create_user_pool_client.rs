//! `CreateUserPoolClient`.

use stepwell_core::clients::{self, ClientConfiguration, CreateClient};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{CreateUserPoolClient, CreateUserPoolClientRequest, CreateUserPoolClientResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateUserPoolClient {
    async fn call(cx: &Context<'_>, input: CreateUserPoolClientRequest) -> Result<CreateUserPoolClientResponse> {
        let client = clients::create(cx, request(input)).await?;
        Ok(CreateUserPoolClientResponse { user_pool_client: Some(shapes::client(cx, client).await?) })
    }
}

fn request(input: CreateUserPoolClientRequest) -> CreateClient {
    CreateClient {
        pool_id: input.user_pool_id.unwrap_or_default(),
        name: input.client_name.unwrap_or_default(),
        generate_secret: input.generate_secret.unwrap_or(false),
        secret: input.client_secret,
        configuration: ClientConfiguration {
            access_token_validity: input.access_token_validity,
            allowed_oauth_flows: input.allowed_oauth_flows,
            allowed_oauth_flows_user_pool_client: input.allowed_oauth_flows_user_pool_client,
            allowed_oauth_scopes: input.allowed_oauth_scopes,
            analytics_configuration: input.analytics_configuration,
            auth_session_validity: input.auth_session_validity,
            callback_urls: input.callback_urls,
            default_redirect_uri: input.default_redirect_uri,
            enable_propagate_additional_user_context_data: input.enable_propagate_additional_user_context_data,
            enable_token_revocation: input.enable_token_revocation,
            explicit_auth_flows: input.explicit_auth_flows,
            id_token_validity: input.id_token_validity,
            logout_urls: input.logout_urls,
            prevent_user_existence_errors: input.prevent_user_existence_errors,
            read_attributes: input.read_attributes,
            refresh_token_rotation: input.refresh_token_rotation,
            refresh_token_validity: input.refresh_token_validity,
            supported_identity_providers: input.supported_identity_providers,
            token_validity_units: input.token_validity_units,
            write_attributes: input.write_attributes,
        },
    }
}
