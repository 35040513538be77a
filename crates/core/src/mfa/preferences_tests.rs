//! What users may turn on, off and prefer.

use serde_json::json;
use stepwell_model::idp;

use super::*;
use crate::mfa::SoftwareToken;
use crate::pools::{MfaSettings, webauthn};
use crate::users::fixtures;

fn pool(mode: MfaMode) -> UserPool {
    let mut pool = fixtures::pool();
    let email = Some(idp::EmailMfaConfigType::default());
    pool.settings.mfa = MfaSettings { mode, sms: true, software_token: true, email };
    pool
}

fn jane() -> User {
    let mut user = fixtures::user(json!({"email": "jane@example.com", "phone_number": "+15551234567"}));
    user.software_token = Some(SoftwareToken { sealed_secret: vec![1], friendly_name: None });
    user
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills is optional")]
fn on(preferred: Option<bool>) -> Option<FactorChange> {
    Some(FactorChange { enabled: Some(true), preferred })
}

const OFF: Option<FactorChange> = Some(FactorChange { enabled: Some(false), preferred: None });

fn refusal(pool: &UserPool, user: &User, change: PreferenceChange) -> String {
    apply(pool, user, change).unwrap_err().message().to_owned()
}

#[test]
fn factors_are_turned_on_and_off_and_one_is_preferred() {
    let pool = pool(MfaMode::Optional);
    let mut user = jane();
    user.mfa = apply(&pool, &user, PreferenceChange { sms: on(None), ..Default::default() }).unwrap();
    assert_eq!((user.mfa.enabled.as_slice(), user.mfa.preferred), (&[MfaFactor::Sms][..], None));
    let change = PreferenceChange { software_token: on(Some(true)), ..Default::default() };
    user.mfa = apply(&pool, &user, change).unwrap();
    assert_eq!(user.mfa.preferred, Some(MfaFactor::SoftwareToken));
    // The preference moves; what was left out stays.
    let change =
        PreferenceChange { sms: Some(FactorChange { enabled: None, preferred: Some(true) }), ..Default::default() };
    user.mfa = apply(&pool, &user, change).unwrap();
    assert_eq!(user.mfa.preferred, Some(MfaFactor::Sms));
    assert_eq!(user.mfa.enabled, [MfaFactor::Sms, MfaFactor::SoftwareToken]);
    assert_eq!(apply(&pool, &user, PreferenceChange::default()).unwrap(), user.mfa);
    // A factor that is turned off takes the preference with it.
    user.mfa = apply(&pool, &user, PreferenceChange { sms: OFF, ..Default::default() }).unwrap();
    assert_eq!((user.mfa.enabled.as_slice(), user.mfa.preferred), (&[MfaFactor::SoftwareToken][..], None));
    user.mfa = apply(&pool, &user, PreferenceChange { software_token: OFF, ..Default::default() }).unwrap();
    assert!(user.mfa.is_empty());
}

#[test]
fn what_cannot_be_proven_cannot_be_turned_on() {
    let bare = fixtures::user(json!({}));
    for (change, name) in [
        (PreferenceChange { sms: on(None), ..Default::default() }, "SMS_MFA"),
        (PreferenceChange { email: on(None), ..Default::default() }, "EMAIL_OTP"),
        (PreferenceChange { software_token: on(None), ..Default::default() }, "SOFTWARE_TOKEN_MFA"),
    ] {
        let words = format!("User does not have delivery config set to turn on {name}");
        assert_eq!(refusal(&pool(MfaMode::Optional), &bare, change), words);
        if name != "SOFTWARE_TOKEN_MFA" {
            assert_eq!(refusal(&fixtures::pool(), &jane(), change), words, "the pool does not offer it");
        }
    }
    // An app that was set up can be turned on again after the pool stopped offering it.
    let change = PreferenceChange { software_token: on(None), ..Default::default() };
    assert!(apply(&fixtures::pool(), &jane(), change).is_ok());
}

#[test]
fn preferences_are_for_one_factor_that_is_on() {
    let pool = pool(MfaMode::Optional);
    let preferred = Some(FactorChange { enabled: None, preferred: Some(true) });
    let change = PreferenceChange { sms: preferred, ..Default::default() };
    assert_eq!(refusal(&pool, &jane(), change), "SMS_MFA must be enabled to be set as preferred.");
    let off = Some(FactorChange { enabled: Some(false), preferred: Some(true) });
    assert!(apply(&pool, &jane(), PreferenceChange { sms: off, ..Default::default() }).is_err());
    let both = PreferenceChange { sms: on(Some(true)), email: on(Some(true)), ..Default::default() };
    assert_eq!(refusal(&pool, &jane(), both), "Only one MFA factor can be set as preferred.");
}

#[test]
fn passkeys_count_as_both_factors_only_beside_another_one() {
    let change = PreferenceChange { web_authn: Some(true), ..Default::default() };
    let mut pool = pool(MfaMode::Optional);
    assert!(refusal(&pool, &jane(), change).contains("MULTI_FACTOR_WITH_USER_VERIFICATION"));
    pool.settings.webauthn = Some(webauthn::WebAuthnSettings {
        factor_configuration: Some(webauthn::FactorConfiguration::MultiFactorWithUserVerification),
        ..Default::default()
    });
    let bare = fixtures::user(json!({}));
    assert!(refusal(&pool, &bare, change).contains("another MFA factor"));
    let mut user = jane();
    user.mfa = apply(&pool, &user, PreferenceChange { sms: on(None), ..change }).unwrap();
    assert!(user.mfa.web_authn);
    // With the last second factor goes what stood for it.
    let without = apply(&pool, &user, PreferenceChange { sms: OFF, ..Default::default() }).unwrap();
    assert!(without.is_empty());
}
