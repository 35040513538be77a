//! Pools, clients and users for the unit tests of this room.

use std::collections::BTreeMap;

use serde_json::json;
use stepwell_model::idp;

use super::{User, UserStatus};
use crate::clients::{AppClient, ClientSettings, ValidityAsGiven};
use crate::pools::password_policy::PasswordPolicy;
use crate::pools::schema::{AttributeSchema, AttributeType, standard_attributes};
use crate::pools::{PoolSettings, UserPool};
use crate::{DAY, HOUR, MINUTE};

/// A pool with the standard attributes, `custom:team`, the immutable `custom:fixed` and `dev:custom:note`.
pub(crate) fn pool() -> UserPool {
    let settings = PoolSettings {
        password_policy: PasswordPolicy::default(),
        auto_verified_attributes: Vec::new(),
        verify_before_update: Vec::new(),
        deletion_protection: false,
        admin_create_user_only: false,
        invite_message: None,
        verification_message: idp::VerificationMessageTemplateType::default(),
        sms_authentication_message: None,
        account_recovery: None,
        account_recovery_as_given: None,
        email: idp::EmailConfigurationType::default(),
        sms: None,
        tags: BTreeMap::new(),
        tier: idp::UserPoolTierType::Essentials,
        add_ons: None,
        acr: None,
        sign_in_policy: None,
        webauthn: None,
        mfa: crate::pools::MfaSettings::default(),
        triggers: idp::LambdaConfigType::default(),
        devices: None,
    };
    let mut schema = standard_attributes();
    schema.push(custom("team", false));
    schema.push(AttributeSchema { mutable: false, ..custom("fixed", false) });
    schema.push(custom("note", true));
    UserPool {
        id: "us-east-1_Abc".to_owned(),
        name: "test".to_owned(),
        created_at: 0,
        modified_at: 0,
        settings,
        schema,
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

/// Makes a standard attribute required.
pub(super) fn require(pool: &mut UserPool, name: &str) {
    for attribute in pool.schema.iter_mut().filter(|attribute| attribute.name == name) {
        attribute.required = true;
    }
}

fn custom(name: &str, developer_only: bool) -> AttributeSchema {
    AttributeSchema {
        name: name.to_owned(),
        kind: AttributeType::String,
        custom: true,
        developer_only,
        mutable: true,
        required: false,
        min_length: None,
        max_length: Some("10".to_owned()),
        min_value: None,
        max_value: None,
    }
}

/// A public client without attribute lists.
pub(crate) fn client() -> AppClient {
    AppClient {
        pool_id: "us-east-1_Abc".to_owned(),
        id: "client".to_owned(),
        name: "test".to_owned(),
        created_at: 0,
        modified_at: 0,
        secrets: Vec::new(),
        settings: ClientSettings {
            refresh_token_validity: 30 * DAY,
            access_token_validity: HOUR,
            id_token_validity: HOUR,
            validity_as_given: ValidityAsGiven::default(),
            read_attributes: None,
            write_attributes: None,
            explicit_auth_flows: None,
            prevent_user_existence_errors: false,
            prevent_user_existence_errors_given: false,
            token_revocation: true,
            propagate_user_context: false,
            auth_session_validity: 3 * MINUTE,
            refresh_token_rotation: None,
            refresh_token_rotation_as_given: None,
            supported_identity_providers: None,
            callback_urls: None,
            logout_urls: None,
            default_redirect_uri: None,
            allowed_oauth_flows: None,
            allowed_oauth_scopes: None,
            oauth_enabled: false,
            analytics: None,
        },
        sso_session_minutes: None,
        version: 0,
    }
}

/// A confirmed user with these attributes, given as a JSON object.
pub(crate) fn user(attributes: serde_json::Value) -> User {
    User {
        pool_id: "us-east-1_Abc".to_owned(),
        sub: "11111111-1111-4111-8111-111111111111".to_owned(),
        username: "jane".to_owned(),
        username_key: "jane".to_owned(),
        created_at: 0,
        modified_at: 0,
        enabled: true,
        status: UserStatus::Confirmed,
        attributes: serde_json::from_value(attributes).unwrap(),
        pending_attributes: BTreeMap::new(),
        sealed_verifier: None,
        temporary_password_expires_at: None,
        mfa: crate::mfa::MfaPreferences::default(),
        software_token: None,
        pending_software_token: None,
        password_history: Vec::new(),
        generation: 0,
        version: 0,
    }
}

/// Attributes as a caller gives them.
pub(super) fn given(pairs: &[(&str, &str)]) -> super::attributes::Given {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}

/// The attributes in force, as JSON.
pub(super) fn attributes(user: &User) -> serde_json::Value {
    json!(user.attributes)
}
