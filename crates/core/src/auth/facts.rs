//! What a finished sign-in says about itself: `auth_time`, `acr`, `amr`, scope (developer guide, "Step-up authentication").

use super::Realm;
use super::progress::{Progress, Proof};
use crate::context::Context;
use crate::tokens::claims::{ADMIN_SCOPE, SignInFacts};

/// The facts of a sign-in. What a token of the same user had proven before counts where the sign-in built on it.
pub fn of(cx: &Context<'_>, realm: &Realm, progress: &Progress, device_key: Option<&str>) -> SignInFacts {
    let before = progress.step_up.as_ref().map(|step_up| step_up.credit.as_slice()).unwrap_or_default();
    let methods = methods(before, &progress.proofs);
    SignInFacts {
        origin_jti: cx.domain.rng.uuid(),
        auth_time: cx.now(),
        acr: realm.entry.settings.acr_name(level(&methods)),
        amr: methods,
        scope: ADMIN_SCOPE.to_owned(),
        device_key: device_key.map(str::to_owned),
    }
}

/// The `amr` of what was proven before and now: each method once, and `mfa` where there are several.
pub fn methods(before: &[String], proofs: &[Proof]) -> Vec<String> {
    let mut methods: Vec<String> = before.iter().filter(|method| *method != "mfa").cloned().collect();
    for method in proofs.iter().filter_map(|proof| method(*proof)) {
        if !methods.iter().any(|known| known == method) {
            methods.push(method.to_owned());
        }
    }
    if methods.len() > 1 {
        methods.push("mfa".to_owned());
    }
    methods
}

fn method(proof: Proof) -> Option<&'static str> {
    match proof {
        Proof::Password => Some("pwd"),
        Proof::EmailOtp | Proof::EmailMfa => Some("email_otp"),
        Proof::SmsOtp | Proof::SmsMfa => Some("sms"),
        Proof::SoftwareToken => Some("otp"),
        Proof::Passkey { hardware: true, .. } => Some("hwk"),
        Proof::Passkey { hardware: false, .. } => Some("swk"),
        Proof::Custom | Proof::Device => None,
    }
}

/// The level that a set of methods reaches: 4 password and authenticator app, 3 a passkey or a password with a code, 2 a
/// code alone, 1 a password alone.
pub fn level(methods: &[String]) -> u8 {
    let has = |name: &str| methods.iter().any(|method| method == name);
    let code = has("sms") || has("email_otp");
    match (has("pwd"), has("otp"), code, has("hwk") || has("swk")) {
        (true, true, ..) => 4,
        (.., true) | (true, _, true, _) => 3,
        (false, _, true, false) => 2,
        (_, _, false, false) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_methods() {
        let level = |methods: &[&str]| level(&methods.iter().map(|&method| method.to_owned()).collect::<Vec<_>>());
        assert_eq!(level(&["pwd"]), 1);
        assert_eq!(level(&[]), 1);
        assert_eq!(level(&["email_otp"]), 2);
        assert_eq!(level(&["sms"]), 2);
        assert_eq!(level(&["hwk"]), 3);
        assert_eq!(level(&["swk", "email_otp"]), 3);
        assert_eq!(level(&["pwd", "sms", "mfa"]), 3);
        assert_eq!(level(&["pwd", "email_otp", "mfa"]), 3);
        assert_eq!(level(&["pwd", "otp", "mfa"]), 4);
        assert_eq!(level(&["pwd", "swk"]), 3);
    }
}
