//! The whole matrix: the pool's mode and factors, what the user has, turned on and prefers.

use serde_json::json;
use stepwell_model::idp;

use super::*;
use crate::mfa::SoftwareToken;
use crate::pools::MfaSettings;
use crate::users::fixtures;
use MfaDecision::{Challenge, NotRequired, Select, Setup};
use MfaFactor::{Email, Sms, SoftwareToken as Totp};

/// A pool that offers these factors: `s`ms, `t`otp, `e`mail.
fn pool(mode: MfaMode, offers: &str) -> UserPool {
    let mut pool = fixtures::pool();
    pool.settings.mfa = MfaSettings {
        mode,
        sms: offers.contains('s'),
        software_token: offers.contains('t'),
        email: offers.contains('e').then(idp::EmailMfaConfigType::default),
    };
    pool
}

/// A user who has these: `p`hone (unverified), `m`ail address, `a`pp.
fn user(has: &str, enabled: &[MfaFactor], preferred: Option<MfaFactor>) -> User {
    let mut attributes = json!({});
    if has.contains('p') {
        attributes["phone_number"] = json!("+15551234567");
    }
    if has.contains('m') {
        attributes["email"] = json!("jane@example.com");
    }
    let mut user = fixtures::user(attributes);
    if has.contains('a') {
        user.software_token = Some(SoftwareToken { sealed_secret: vec![1], friendly_name: None });
    }
    user.mfa.enabled = enabled.to_vec();
    user.mfa.preferred = preferred;
    user
}

#[test]
fn off_asks_nobody() {
    for offers in ["", "ste"] {
        for has in ["", "pma"] {
            let user = user(has, &[Sms, Totp, Email], Some(Totp));
            assert_eq!(decide(&pool(MfaMode::Off, offers), &user), NotRequired);
        }
    }
}

#[test]
fn optional_asks_for_what_was_turned_on_and_can_be_proven() {
    for (offers, has, enabled, preferred, expected) in [
        // Nothing was turned on, whatever the user has.
        ("ste", "", &[][..], None, NotRequired),
        ("ste", "pma", &[], None, NotRequired),
        // One, two, three of them.
        ("ste", "pma", &[Sms], None, Challenge(Sms)),
        ("ste", "pma", &[Email], None, Challenge(Email)),
        ("ste", "pma", &[Totp], None, Challenge(Totp)),
        ("ste", "pma", &[Totp, Sms], None, Select(vec![Sms, Totp])),
        ("ste", "pma", &[Sms, Totp, Email], None, Select(vec![Sms, Totp, Email])),
        // A preference decides.
        ("ste", "pma", &[Sms, Totp, Email], Some(Email), Challenge(Email)),
        ("ste", "pma", &[Sms], Some(Sms), Challenge(Sms)),
        // What is gone is not asked for: the attribute, the app, the pool's offer.
        ("ste", "ma", &[Sms, Totp], Some(Sms), Challenge(Totp)),
        ("ste", "p", &[Totp], Some(Totp), NotRequired),
        ("t", "pm", &[Sms], Some(Sms), NotRequired),
        ("s", "pm", &[Sms, Email], Some(Email), Challenge(Sms)),
        // An app that was set up and turned on works after the pool stopped offering it.
        ("s", "pa", &[Totp], Some(Totp), Challenge(Totp)),
        ("s", "pa", &[Totp], None, Challenge(Totp)),
        ("s", "pa", &[], None, NotRequired),
    ] {
        let (pool, user) = (pool(MfaMode::Optional, offers), user(has, enabled, preferred));
        assert_eq!(decide(&pool, &user), expected, "{offers} {has} {enabled:?} {preferred:?}");
    }
}

#[test]
fn on_asks_everybody() {
    for (offers, has, enabled, preferred, expected) in [
        // What the user has is enough; nothing need be turned on.
        ("s", "p", &[][..], None, Challenge(Sms)),
        ("s", "pm", &[], None, Challenge(Sms)),
        ("e", "m", &[], None, Challenge(Email)),
        ("t", "a", &[], None, Challenge(Totp)),
        ("t", "pma", &[], None, Challenge(Totp)),
        ("st", "pa", &[], None, Select(vec![Sms, Totp])),
        ("ste", "pma", &[], None, Select(vec![Sms, Totp, Email])),
        ("ste", "pm", &[], None, Select(vec![Sms, Email])),
        // A preference decides; turning off does not help.
        ("ste", "pma", &[Totp], Some(Totp), Challenge(Totp)),
        ("ste", "pma", &[Email], Some(Email), Challenge(Email)),
        ("ste", "pma", &[Totp], None, Select(vec![Sms, Totp, Email])),
        // A preference for what is gone does not count.
        ("st", "a", &[Sms], Some(Sms), Challenge(Totp)),
        // Nothing there: what the pool offers and the user can add.
        ("t", "", &[], None, Setup(vec![Totp])),
        ("t", "pm", &[], None, Setup(vec![Totp])),
        ("ste", "", &[], None, Setup(vec![Sms, Totp, Email])),
        ("st", "m", &[], None, Setup(vec![Sms, Totp])),
        ("s", "", &[], None, Setup(vec![Sms])),
        ("s", "m", &[], None, Setup(vec![Sms])),
        // An app works after the pool stopped offering it, if it was turned on.
        ("s", "a", &[Totp], None, Challenge(Totp)),
        ("s", "a", &[Totp], Some(Totp), Challenge(Totp)),
        ("s", "pa", &[Totp], None, Select(vec![Sms, Totp])),
        ("s", "a", &[], None, Setup(vec![Sms])),
        ("s", "pa", &[], None, Challenge(Sms)),
    ] {
        let (pool, user) = (pool(MfaMode::On, offers), user(has, enabled, preferred));
        assert_eq!(decide(&pool, &user), expected, "{offers} {has} {enabled:?} {preferred:?}");
        if user.mfa.enabled.is_empty() {
            assert_eq!(demand(&pool, &user), expected);
        }
        assert!(is_asked(&pool, &user) && is_required(&pool));
    }
}

#[test]
fn the_address_that_recovers_passwords_is_left_out_where_something_else_is_there() {
    use RecoveryMechanism::{AdminOnly, VerifiedEmail, VerifiedPhoneNumber};
    for (recovery, offers, has, enabled, preferred, expected) in [
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "pm", &[][..], None, Challenge(Sms)),
        (vec![VerifiedPhoneNumber, VerifiedEmail], "ste", "pm", &[], None, Challenge(Email)),
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "pma", &[], None, Select(vec![Sms, Totp])),
        (vec![AdminOnly], "ste", "pm", &[], None, Select(vec![Sms, Email])),
        // Alone, preferred or turned on it stays.
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "m", &[], None, Challenge(Email)),
        (vec![VerifiedPhoneNumber], "s", "p", &[], None, Challenge(Sms)),
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "pm", &[Email], Some(Email), Challenge(Email)),
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "pm", &[Email], None, Select(vec![Sms, Email])),
        // It is not set up anew either, unless there is nothing else.
        (vec![VerifiedEmail, VerifiedPhoneNumber], "ste", "", &[], None, Setup(vec![Sms, Totp])),
        (vec![VerifiedPhoneNumber], "s", "", &[], None, Setup(vec![Sms])),
    ] {
        let mut pool = pool(MfaMode::On, offers);
        pool.settings.account_recovery = Some(recovery.clone());
        assert_eq!(decide(&pool, &user(has, enabled, preferred)), expected, "{recovery:?} {offers} {has} {enabled:?}");
    }
}

#[test]
fn a_demand_asks_also_where_mfa_is_optional() {
    let pool = pool(MfaMode::Optional, "ste");
    assert_eq!(decide(&pool, &user("p", &[], None)), NotRequired);
    assert_eq!(demand(&pool, &user("p", &[], None)), Challenge(Sms));
    assert_eq!(usable(&pool, &user("p", &[], None)), [Sms]);
    assert!(usable(&pool, &user("", &[], None)).is_empty());
    assert_eq!(demand(&pool, &user("", &[], None)), Setup(vec![Sms, Totp, Email]));
}

#[test]
fn a_demand_never_asks_for_less_than_what_was_turned_on() {
    for mode in [MfaMode::Optional, MfaMode::On] {
        let pool = pool(mode, "ste");
        assert_eq!(demand(&pool, &user("pma", &[Totp], None)), Challenge(Totp));
        assert_eq!(demand(&pool, &user("pma", &[Totp, Email], None)), Select(vec![Totp, Email]));
        assert_eq!(demand(&pool, &user("pma", &[Totp, Email], Some(Email))), Challenge(Email));
        assert_eq!(usable(&pool, &user("pma", &[Totp], None)), [Totp]);
        // What is gone cannot be asked for.
        assert_eq!(demand(&pool, &user("m", &[Totp], Some(Totp))), Challenge(Email));
    }
}

#[test]
fn recovery_keeps_away_from_what_second_factors_use() {
    use ContactAttribute::{Email as Mail, PhoneNumber};
    for (mode, has, enabled, preferred, expected) in [
        (MfaMode::Optional, "pma", &[][..], None, &[][..]),
        (MfaMode::Optional, "pma", &[Totp], None, &[]),
        (MfaMode::Optional, "pma", &[Totp, Email], None, &[Mail]),
        (MfaMode::Optional, "pma", &[Totp, Email], Some(Totp), &[]),
        (MfaMode::Optional, "pma", &[Sms, Email], Some(Sms), &[PhoneNumber]),
        (MfaMode::Optional, "pma", &[Sms, Email], None, &[PhoneNumber, Mail]),
        // Where the pool asks for one, whatever can be asked for.
        (MfaMode::On, "pma", &[], None, &[PhoneNumber, Mail]),
        (MfaMode::On, "pma", &[Totp], None, &[PhoneNumber, Mail]),
        (MfaMode::On, "pma", &[Totp], Some(Totp), &[]),
    ] {
        let (pool, user) = (pool(mode, "ste"), user(has, enabled, preferred));
        assert_eq!(second_factor_contacts(&pool, &user), expected, "{mode:?} {has} {enabled:?} {preferred:?}");
    }
}
