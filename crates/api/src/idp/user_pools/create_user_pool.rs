//! `CreateUserPool`.

use stepwell_core::pools::{self, CreatePool, PoolConfiguration};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{CreateUserPool, CreateUserPoolRequest, CreateUserPoolResponse};

use super::shapes;
use crate::operation::Operation;

impl Operation for CreateUserPool {
    async fn call(cx: &Context<'_>, input: CreateUserPoolRequest) -> Result<CreateUserPoolResponse> {
        let pool = pools::create(cx, request(input)).await?;
        Ok(CreateUserPoolResponse { user_pool: Some(shapes::user_pool(cx, pool, 0)) })
    }
}

fn request(input: CreateUserPoolRequest) -> CreatePool {
    CreatePool {
        name: input.pool_name.unwrap_or_default(),
        schema: input.schema.unwrap_or_default(),
        alias_attributes: input.alias_attributes.unwrap_or_default(),
        username_attributes: input.username_attributes.unwrap_or_default(),
        username_configuration: input.username_configuration,
        configuration: PoolConfiguration {
            account_recovery_setting: input.account_recovery_setting,
            acr_configuration: input.acr_configuration,
            admin_create_user_config: input.admin_create_user_config,
            auto_verified_attributes: input.auto_verified_attributes,
            dcr_configuration: input.dcr_configuration,
            deletion_protection: input.deletion_protection,
            device_configuration: input.device_configuration,
            email_configuration: input.email_configuration,
            email_verification_message: input.email_verification_message,
            email_verification_subject: input.email_verification_subject,
            issuer_configuration: input.issuer_configuration,
            key_configuration: input.key_configuration,
            lambda_config: input.lambda_config,
            mfa_configuration: input.mfa_configuration,
            policies: input.policies,
            sms_authentication_message: input.sms_authentication_message,
            sms_configuration: input.sms_configuration,
            sms_verification_message: input.sms_verification_message,
            user_attribute_update_settings: input.user_attribute_update_settings,
            user_pool_add_ons: input.user_pool_add_ons,
            user_pool_tags: input.user_pool_tags,
            user_pool_tier: input.user_pool_tier,
            verification_message_template: input.verification_message_template,
        },
    }
}
