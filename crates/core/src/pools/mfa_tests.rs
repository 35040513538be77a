//! What a pool's second factors can be, alone and beside its other settings.

use super::*;
use crate::pools::webauthn::{FactorConfiguration, WebAuthnSettings};
use crate::users::fixtures;

const CALLER: &str = "arn:aws:iam::123456789012:role/sms";
const OFF_AND_FACTOR: &str = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.";
const NO_FACTOR: &str = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.";
const EMAIL_RECOVERY: &str = "Cannot set EmailMfaConfiguration when user pool AccountRecoverySetting is not set or \
                              contains only verified_email in RecoveryMechanisms.";

fn settings() -> PoolSettings {
    fixtures::pool().settings
}

fn mode(mode: idp::UserPoolMfaType) -> MfaChange {
    MfaChange { mode: Some(mode), ..MfaChange::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills is optional")]
fn token(enabled: bool) -> Option<idp::SoftwareTokenMfaConfigType> {
    Some(idp::SoftwareTokenMfaConfigType { enabled: Some(enabled) })
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills is optional")]
fn sms() -> Option<idp::SmsMfaConfigType> {
    let configuration = idp::SmsConfigurationType { sns_caller_arn: Some(CALLER.into()), ..Default::default() };
    Some(idp::SmsMfaConfigType {
        sms_authentication_message: Some("Code {####}".into()),
        sms_configuration: Some(configuration),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills is optional")]
fn email() -> Option<idp::EmailMfaConfigType> {
    Some(idp::EmailMfaConfigType { message: Some("Code {####}".into()), subject: Some("Code".into()) })
}

/// What `SetUserPoolMfaConfig` makes of the settings, as its two steps do it.
fn set(settings: &PoolSettings, change: &MfaChange) -> Result<PoolSettings> {
    let mut settings = settings.clone();
    set_factors(&mut settings, change, "us-east-1")?;
    check(&settings, false)?;
    Ok(settings)
}

fn refusal(settings: &PoolSettings, change: &MfaChange) -> String {
    set(settings, change).unwrap_err().message().to_owned()
}

#[test]
fn off_stands_alone_and_leaves_nothing() {
    use idp::UserPoolMfaType::{Off, On};
    let on = set(&settings(), &MfaChange { software_token: token(true), sms: sms(), ..mode(On) }).unwrap();
    let off = set(&on, &mode(Off)).unwrap();
    assert_eq!(off.mfa, MfaSettings::default());
    assert!(off.sms.is_some(), "what sends text messages stays");
    for change in [
        MfaChange { software_token: token(true), ..mode(Off) },
        MfaChange { software_token: token(false), ..mode(Off) },
        MfaChange { sms: sms(), ..mode(Off) },
        MfaChange { email: email(), ..mode(Off) },
        // Without a mode the pool's own counts.
        MfaChange { software_token: token(true), ..MfaChange::default() },
    ] {
        assert_eq!(refusal(&settings(), &change), OFF_AND_FACTOR, "{change:?}");
    }
}

#[test]
fn every_call_names_all_factors() {
    use idp::UserPoolMfaType::{On, Optional};
    for given in [On, Optional] {
        assert_eq!(refusal(&settings(), &mode(given.clone())), NO_FACTOR);
        let none = MfaChange { software_token: token(false), ..mode(given) };
        assert_eq!(refusal(&settings(), &none), NO_FACTOR);
    }
    let both = set(&settings(), &MfaChange { software_token: token(true), sms: sms(), ..mode(Optional) }).unwrap();
    assert!(both.mfa.sms && both.mfa.software_token && both.mfa.mode == MfaMode::Optional);
    assert_eq!(both.sms_authentication_message.as_deref(), Some("Code {####}"));
    assert_eq!(both.sms.as_ref().and_then(|sms| sms.sns_region.as_deref()), Some("us-east-1"));
    // What is left out goes; the mode may be left out.
    let token_only = set(&both, &MfaChange { software_token: token(true), ..MfaChange::default() }).unwrap();
    assert!(!token_only.mfa.sms && token_only.mfa.software_token && token_only.mfa.mode == MfaMode::Optional);
    assert!(token_only.sms.is_some());
    // A pool that can send needs no configuration with the factor.
    let again = MfaChange { sms: Some(idp::SmsMfaConfigType::default()), ..mode(On) };
    let sms_only = set(&token_only, &again).unwrap();
    assert!(sms_only.mfa.offers_only(MfaFactor::Sms) && sms_only.sms_authentication_message.is_none());
    assert_eq!(refusal(&settings(), &again), SMS_REQUIRED);
}

#[test]
fn email_needs_its_plan_and_another_way_to_recover() {
    let change = MfaChange { email: email(), ..mode(idp::UserPoolMfaType::Optional) };
    let mut settings = settings();
    assert_eq!(refusal(&settings, &change), EMAIL_RECOVERY);
    settings.account_recovery = Some(vec![RecoveryMechanism::VerifiedEmail]);
    assert_eq!(refusal(&settings, &change), EMAIL_RECOVERY);
    for recovery in [
        vec![RecoveryMechanism::VerifiedEmail, RecoveryMechanism::VerifiedPhoneNumber],
        vec![RecoveryMechanism::AdminOnly],
    ] {
        settings.account_recovery = Some(recovery);
        assert_eq!(set(&settings, &change).unwrap().mfa.email, email());
    }
    settings.tier = idp::UserPoolTierType::Lite;
    let refused = set(&settings, &change).unwrap_err();
    assert_eq!(refused.code(), stepwell_model::ErrorCode::FeatureUnavailableInTier);
}

#[test]
fn creating_and_updating_know_text_messages_only() {
    use idp::UserPoolMfaType::{Off, On, Optional};
    let none = MfaSettings::default();
    let mut settings = settings();
    assert_eq!(of_pool(None, &none, &settings).unwrap(), none);
    assert_eq!(of_pool(Some(&Off), &none, &settings).unwrap(), none);
    for given in [On, Optional] {
        let refused = of_pool(Some(&given), &none, &settings).unwrap_err();
        assert_eq!(refused.message(), SMS_REQUIRED);
    }
    settings.sms = sms().and_then(|sms| sms.sms_configuration);
    let sms_only = of_pool(Some(&On), &none, &settings).unwrap();
    assert!(sms_only.mode == MfaMode::On && sms_only.offers_only(MfaFactor::Sms));
    // What an existing pool offers stays; text messages are not added to it, and go with what sends them.
    let token_only = MfaSettings { mode: MfaMode::Optional, software_token: true, ..none.clone() };
    let updated = of_pool(Some(&On), &token_only, &settings).unwrap();
    assert!(updated.mode == MfaMode::On && updated.offers_only(MfaFactor::SoftwareToken));
    settings.sms = None;
    let with_sms = MfaSettings { sms: true, ..token_only };
    assert!(!of_pool(Some(&On), &with_sms, &settings).unwrap().sms);
    // Left out it is off.
    assert_eq!(of_pool(None, &with_sms, &settings).unwrap(), none);
}

#[test]
fn where_mfa_is_required_codes_are_no_first_factor() {
    use idp::AuthFactorType::{EmailOtp, Password, SmsOtp, WebAuthn};
    let policy =
        |factors: Vec<idp::AuthFactorType>| Some(idp::SignInPolicyType { allowed_first_auth_factors: Some(factors) });
    let change = |given| MfaChange { software_token: token(true), ..mode(given) };
    let mut settings = settings();
    for code in [EmailOtp, SmsOtp] {
        settings.sign_in_policy = policy(vec![Password, code]);
        assert!(set(&settings, &change(idp::UserPoolMfaType::Optional)).is_ok());
        assert_eq!(
            refusal(&settings, &change(idp::UserPoolMfaType::On)),
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
        );
    }
    settings.sign_in_policy = policy(vec![Password, WebAuthn]);
    assert!(refusal(&settings, &change(idp::UserPoolMfaType::On)).starts_with("Cannot set WebAuthn factor"));
    assert!(set(&settings, &change(idp::UserPoolMfaType::Optional)).is_ok());
    settings.webauthn = Some(WebAuthnSettings {
        factor_configuration: Some(FactorConfiguration::MultiFactorWithUserVerification),
        ..Default::default()
    });
    assert!(set(&settings, &change(idp::UserPoolMfaType::On)).is_ok());
}
