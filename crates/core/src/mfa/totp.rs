//! Time-based one-time passwords (RFC 6238): HMAC-SHA-1, six digits, steps of thirty seconds, the one form that
//! authenticator apps and Cognito share. The HMAC is aws-lc's; decision 0017 says why nothing more is needed.

use aws_lc_rs::{constant_time, hmac};
use zeroize::Zeroizing;

use crate::ports::rng::Rng;
use crate::{Millis, SECOND};

/// The length of a secret in bytes: what HMAC-SHA-1 puts out (RFC 4226, section 4, R6).
const SECRET_LENGTH: usize = 20;
/// How long a code is shown.
const STEP: Millis = 30 * SECOND;
/// How many steps a clock may be off, either way (developer guide, "TOTP software token MFA").
const DRIFT: i64 = 1;

/// The secret that a user shares with an authenticator app.
pub struct Secret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Makes a new one.
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_LENGTH]);
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// One as it was stored.
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// As it is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As users type it into an app: base32 without padding (RFC 4648), 32 characters.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(data_encoding::BASE32_NOPAD.encode(&self.0))
    }

    /// The time step at which this code is shown, if it is the present one or next to it. All candidates are compared,
    /// in constant time each.
    pub fn step_of(&self, code: &str, now: Millis) -> Option<Step> {
        let present = now.div_euclid(STEP);
        let mut found = None;
        for step in present - DRIFT..=present + DRIFT {
            let shown = self.code(step);
            if constant_time::verify_slices_are_equal(shown.as_bytes(), code.as_bytes()).is_ok() {
                found = Some(Step(step));
            }
        }
        found
    }

    /// The code of a time step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> Zeroizing<String> {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref().last().copied().unwrap_or_default() & 0x0f);
        let bytes = tag.as_ref().get(offset..offset + 4).and_then(|slice| slice.try_into().ok()).unwrap_or_default();
        let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
        Zeroizing::new(format!("{:06}", number % 1_000_000))
    }
}

/// A time step whose code was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(i64);

impl Step {
    /// The number of the step since 1970.
    pub fn number(self) -> i64 {
        self.0
    }

    /// When no clock may show its code any more.
    pub fn forgotten_at(self) -> Millis {
        (self.0 + 2 * DRIFT + 2) * STEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> Secret {
        Secret::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(*rfc_secret().code(seconds / 30), code, "{seconds}");
        }
    }

    #[test]
    fn counters_are_those_of_the_other_rfc() {
        // RFC 4226, appendix D.
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, code) in (0..).zip(codes) {
            assert_eq!(*rfc_secret().code(counter), code);
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let secret = rfc_secret();
        let now = 1_111_111_111 * SECOND;
        let present = now.div_euclid(STEP);
        for step in present - 3..=present + 3 {
            let found = secret.step_of(&secret.code(step), now);
            assert_eq!(found.map(Step::number), ((step - present).abs() <= 1).then_some(step), "{}", step - present);
        }
        for code in ["", "05047", "0504711", "abcdef", "０５０４７１"] {
            assert_eq!(secret.step_of(code, now), None, "{code}");
        }
    }

    #[test]
    fn a_step_is_remembered_as_long_as_its_code_could_be_accepted() {
        let secret = rfc_secret();
        let step = secret.step_of("050471", 1_111_111_111 * SECOND).unwrap();
        assert_eq!(secret.step_of("050471", step.forgotten_at() - STEP), None);
        assert!(secret.step_of("050471", step.forgotten_at() - 2 * STEP - 1).is_some());
    }

    #[test]
    fn secrets_are_typed_as_base32() {
        assert_eq!(*rfc_secret().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(format!("{:?}", rfc_secret()), "Secret");
    }
}
