//! `UpdateUserPool`.

use stepwell_core::pools::{self, PoolConfiguration};
use stepwell_core::{Context, Result};
use stepwell_model::idp::{UpdateUserPool, UpdateUserPoolRequest, UpdateUserPoolResponse};

use crate::operation::Operation;

impl Operation for UpdateUserPool {
    async fn call(cx: &Context<'_>, input: UpdateUserPoolRequest) -> Result<UpdateUserPoolResponse> {
        let pool_id = input.user_pool_id.clone().unwrap_or_default();
        let name = input.pool_name.clone();
        pools::update(cx, &pool_id, name, configuration(input)).await?;
        Ok(UpdateUserPoolResponse::default())
    }
}

fn configuration(input: UpdateUserPoolRequest) -> PoolConfiguration {
    PoolConfiguration {
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
    }
}
