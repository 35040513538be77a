//! User pools on the wire: every default that Cognito returns, and nothing that it does not.

use std::collections::BTreeMap;

use stepwell_core::Context;
use stepwell_core::pools::password_policy::PasswordPolicy;
use stepwell_core::pools::schema::{AttributeSchema, AttributeType};
use stepwell_core::pools::{
    AliasAttribute, ContactAttribute, DEFAULT_RECOVERY, DeviceSettings, MfaMode, PoolSettings, UserPool,
};
use stepwell_model::{Timestamp, idp};

/// A pool as `UserPoolType`.
pub(crate) fn user_pool(cx: &Context<'_>, pool: UserPool, users: i64) -> idp::UserPoolType {
    let UserPool { settings, .. } = pool;
    let template = settings.verification_message.clone();
    idp::UserPoolType {
        account_recovery_setting: Some(account_recovery(&settings)),
        acr_configuration: Some(acr(&settings)),
        admin_create_user_config: Some(idp::AdminCreateUserConfigType {
            allow_admin_create_user_only: Some(settings.admin_create_user_only),
            invite_message_template: settings.invite_message.clone(),
            unused_account_validity_days: number(settings.password_policy.temporary_password_validity_days),
        }),
        alias_attributes: non_empty(pool.alias_attributes.iter().map(|alias| aliases(*alias)).collect()),
        arn: Some(cx.domain.pool_arn(&pool.id)),
        auto_verified_attributes: non_empty(verified(&settings.auto_verified_attributes)),
        creation_date: Some(Timestamp(pool.created_at)),
        device_configuration: settings.devices.map(DeviceSettings::to_model),
        deletion_protection: Some(if settings.deletion_protection {
            idp::DeletionProtectionType::Active
        } else {
            idp::DeletionProtectionType::Inactive
        }),
        email_configuration: Some(settings.email.clone()),
        email_verification_message: template.email_message.clone(),
        email_verification_subject: template.email_subject.clone(),
        estimated_number_of_users: Some(i32::try_from(users).unwrap_or(i32::MAX)),
        id: Some(pool.id),
        issuer_configuration: pool.issuer,
        lambda_config: Some(settings.triggers.clone()),
        last_modified_date: Some(Timestamp(pool.modified_at)),
        mfa_configuration: Some(settings.mfa.mode.to_model()),
        name: Some(pool.name),
        policies: Some(policies(&settings)),
        schema_attributes: Some(pool.schema.iter().map(attribute).collect()),
        sms_authentication_message: settings.sms_authentication_message.clone(),
        sms_configuration: settings.sms.clone(),
        sms_verification_message: template.sms_message.clone(),
        user_attribute_update_settings: Some(idp::UserAttributeUpdateSettingsType {
            attributes_require_verification_before_update: Some(verified(&settings.verify_before_update)),
        }),
        user_pool_add_ons: settings.add_ons.clone(),
        user_pool_tags: Some(settings.tags),
        user_pool_tier: Some(settings.tier),
        username_attributes: non_empty(pool.username_attributes.iter().map(|name| username(*name)).collect()),
        username_configuration: pool
            .username_configuration_given
            .then_some(idp::UsernameConfigurationType { case_sensitive: Some(pool.case_sensitive) }),
        verification_message_template: Some(template),
        ..idp::UserPoolType::default()
    }
}

/// A pool as it stands in lists.
pub(crate) fn description(pool: UserPool) -> idp::UserPoolDescriptionType {
    idp::UserPoolDescriptionType {
        creation_date: Some(Timestamp(pool.created_at)),
        id: Some(pool.id),
        lambda_config: Some(pool.settings.triggers),
        last_modified_date: Some(Timestamp(pool.modified_at)),
        name: Some(pool.name),
        ..idp::UserPoolDescriptionType::default()
    }
}

/// What `GetUserPoolMfaConfig` and `SetUserPoolMfaConfig` show of text messages: nothing while other factors are asked for
/// and they are none, so that who writes back what was read changes nothing.
pub(crate) fn sms_mfa(pool: &UserPool) -> Option<idp::SmsMfaConfigType> {
    let shown = pool.settings.mfa.sms || pool.settings.mfa.mode == MfaMode::Off;
    pool.settings.sms.clone().filter(|_| shown).map(|sms| idp::SmsMfaConfigType {
        sms_authentication_message: pool.settings.sms_authentication_message.clone(),
        sms_configuration: Some(sms),
    })
}

/// What they show of authenticator apps.
pub(crate) fn software_token_mfa(pool: &UserPool) -> Option<idp::SoftwareTokenMfaConfigType> {
    let enabled = pool.settings.mfa.software_token;
    enabled.then_some(idp::SoftwareTokenMfaConfigType { enabled: Some(true) })
}

fn account_recovery(settings: &PoolSettings) -> idp::AccountRecoverySettingType {
    match &settings.account_recovery_as_given {
        Some(given) if settings.account_recovery.is_some() => given.clone(),
        _ => idp::AccountRecoverySettingType {
            recovery_mechanisms: Some(
                DEFAULT_RECOVERY
                    .into_iter()
                    .zip(1..)
                    .map(|(mechanism, priority)| idp::RecoveryOptionType {
                        name: Some(mechanism.to_model()),
                        priority: Some(priority),
                    })
                    .collect(),
            ),
        },
    }
}

fn acr(settings: &PoolSettings) -> BTreeMap<String, idp::AcrLevelConfigType> {
    let named = |name| idp::AcrLevelConfigType { acr_value: Some(name) };
    settings.acr_names().into_iter().map(|(level, name)| (level, named(name))).collect()
}

fn policies(settings: &PoolSettings) -> idp::UserPoolPolicyType {
    let PasswordPolicy {
        minimum_length,
        require_uppercase,
        require_lowercase,
        require_numbers,
        require_symbols,
        temporary_password_validity_days,
        history_size,
    } = settings.password_policy;
    let factors = settings.sign_in_policy.as_ref().and_then(|policy| policy.allowed_first_auth_factors.clone());
    idp::UserPoolPolicyType {
        password_policy: Some(idp::PasswordPolicyType {
            minimum_length: number(minimum_length),
            password_history_size: number(history_size).filter(|&size| size > 0),
            require_lowercase: Some(require_lowercase),
            require_numbers: Some(require_numbers),
            require_symbols: Some(require_symbols),
            require_uppercase: Some(require_uppercase),
            temporary_password_validity_days: number(temporary_password_validity_days),
        }),
        sign_in_policy: Some(idp::SignInPolicyType {
            allowed_first_auth_factors: Some(factors.unwrap_or_else(|| vec![idp::AuthFactorType::Password])),
        }),
    }
}

fn attribute(attribute: &AttributeSchema) -> idp::SchemaAttributeType {
    let AttributeSchema { min_length, max_length, min_value, max_value, .. } = attribute.clone();
    idp::SchemaAttributeType {
        attribute_data_type: Some(match attribute.kind {
            AttributeType::String => idp::AttributeDataType::String,
            AttributeType::Number => idp::AttributeDataType::Number,
            AttributeType::Boolean => idp::AttributeDataType::Boolean,
            AttributeType::DateTime => idp::AttributeDataType::DateTime,
        }),
        developer_only_attribute: Some(attribute.developer_only),
        mutable: Some(attribute.mutable),
        name: Some(attribute.full_name()),
        // A text attribute has the structure even where it bounds nothing.
        string_attribute_constraints: (attribute.kind == AttributeType::String)
            .then_some(idp::StringAttributeConstraintsType { max_length, min_length }),
        number_attribute_constraints: (min_value.is_some() || max_value.is_some())
            .then_some(idp::NumberAttributeConstraintsType { max_value, min_value }),
        required: Some(attribute.required),
    }
}

fn verified(contacts: &[ContactAttribute]) -> Vec<idp::VerifiedAttributeType> {
    contacts
        .iter()
        .map(|contact| match contact {
            ContactAttribute::Email => idp::VerifiedAttributeType::Email,
            ContactAttribute::PhoneNumber => idp::VerifiedAttributeType::PhoneNumber,
        })
        .collect()
}

fn username(contact: ContactAttribute) -> idp::UsernameAttributeType {
    match contact {
        ContactAttribute::Email => idp::UsernameAttributeType::Email,
        ContactAttribute::PhoneNumber => idp::UsernameAttributeType::PhoneNumber,
    }
}

fn aliases(alias: AliasAttribute) -> idp::AliasAttributeType {
    match alias {
        AliasAttribute::Email => idp::AliasAttributeType::Email,
        AliasAttribute::PhoneNumber => idp::AliasAttributeType::PhoneNumber,
        AliasAttribute::PreferredUsername => idp::AliasAttributeType::PreferredUsername,
    }
}

/// Cognito leaves out lists that nobody filled.
fn non_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn number(value: u32) -> Option<i32> {
    i32::try_from(value).ok()
}

/// Session tracking as the API shows it.
pub(crate) fn session_tracking(
    tracking: stepwell_core::sessions::SessionTracking,
) -> (idp::UserSessionTrackingType, idp::UserPoolTokenSessionConfigType) {
    let enabled =
        if tracking.enabled { idp::UserSessionTrackingType::Enabled } else { idp::UserSessionTrackingType::Disabled };
    (enabled, idp::UserPoolTokenSessionConfigType { max_per_user: i32::try_from(tracking.max_per_user).ok() })
}
