//! What a pool demands of passwords, and passwords that satisfy it (developer guide, "Managing user passwords").

use serde::{Deserialize, Serialize};
use stepwell_model::{ErrorCode, idp};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ports::rng::Rng;

/// The characters that count as special, besides a space inside the password.
pub const SPECIAL_CHARACTERS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The longest password, in characters.
pub const MAX_LENGTH: usize = 256;

/// The default life of a temporary password, in days.
pub const DEFAULT_TEMPORARY_DAYS: u32 = 7;

/// The shortest password this service makes itself.
const GENERATED_LENGTH: u32 = 12;

const UPPERCASE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWERCASE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
/// Those special characters that need no escaping in an HTML message and are easy to read out.
const GENERATED_SPECIALS: &[u8] = b"!@#%*-_=+?";

/// A pool's password policy, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the protocol's five independent switches")]
pub struct PasswordPolicy {
    /// Fewest characters, 6–99.
    pub minimum_length: u32,
    /// At least one upper-case letter.
    pub require_uppercase: bool,
    /// At least one lower-case letter.
    pub require_lowercase: bool,
    /// At least one digit.
    pub require_numbers: bool,
    /// At least one special character.
    pub require_symbols: bool,
    /// Days an administrator-made password works, 1–365.
    pub temporary_password_validity_days: u32,
    /// How many earlier passwords may not come back, 0–24.
    pub history_size: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            temporary_password_validity_days: DEFAULT_TEMPORARY_DAYS,
            history_size: 0,
        }
    }
}

impl PasswordPolicy {
    /// The policy a request describes. A policy that is not given is the default one; inside a given policy an omitted
    /// switch is off (SDKs leave out what is false).
    pub(super) fn resolve(given: Option<&idp::PasswordPolicyType>) -> Self {
        let Some(given) = given else { return Self::default() };
        let defaults = Self::default();
        Self {
            minimum_length: positive(given.minimum_length).unwrap_or(defaults.minimum_length),
            require_uppercase: given.require_uppercase.unwrap_or(false),
            require_lowercase: given.require_lowercase.unwrap_or(false),
            require_numbers: given.require_numbers.unwrap_or(false),
            require_symbols: given.require_symbols.unwrap_or(false),
            temporary_password_validity_days: positive(given.temporary_password_validity_days)
                .unwrap_or(DEFAULT_TEMPORARY_DAYS),
            history_size: positive(given.password_history_size).unwrap_or(0),
        }
    }

    /// Refuses a password that does not conform, with `InvalidPasswordException` naming the first rule it breaks.
    pub fn check(&self, password: &str) -> Result<()> {
        self.check_in_words("Password did not conform with policy", password)
    }

    /// The same for the temporary password of `AdminCreateUser`, which Cognito refuses in words of its own.
    pub fn check_temporary(&self, password: &str) -> Result<()> {
        self.check_in_words("Password did not conform with password policy", password)
    }

    fn check_in_words(&self, refusal: &str, password: &str) -> Result<()> {
        let length = password.chars().count();
        let rules: [(bool, &str); 6] = [
            (length >= self.minimum_length as usize, "Password not long enough"),
            (length <= MAX_LENGTH, "Password too long"),
            (
                !self.require_uppercase || password.bytes().any(|byte| byte.is_ascii_uppercase()),
                "Password must have uppercase characters",
            ),
            (
                !self.require_lowercase || password.bytes().any(|byte| byte.is_ascii_lowercase()),
                "Password must have lowercase characters",
            ),
            (
                !self.require_numbers || password.bytes().any(|byte| byte.is_ascii_digit()),
                "Password must have numeric characters",
            ),
            (!self.require_symbols || has_special(password), "Password must have symbol characters"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, broken)) => Err(Error::new(ErrorCode::InvalidPassword, format!("{refusal}: {broken}"))),
        }
    }

    /// A random password that satisfies the policy, for users that administrators create.
    pub fn generate(&self, rng: &dyn Rng) -> String {
        let length = self.minimum_length.max(GENERATED_LENGTH) as usize;
        // One of each class, the rest from all of them, then shuffled: every policy is satisfied.
        let classes = [UPPERCASE, LOWERCASE, DIGITS, GENERATED_SPECIALS];
        let all = Zeroizing::new(classes.concat());
        let mut letters: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(length));
        for class in classes {
            letters.extend(rng.text(class, 1).chars());
        }
        let rest = length.saturating_sub(letters.len());
        letters.extend(rng.text(&all, rest).chars());
        for last in (1..letters.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            letters.swap(last, rng.below(bound) as usize);
        }
        letters.iter().collect()
    }
}

fn positive(value: Option<i32>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok()).filter(|&value| value > 0)
}

/// A special character, or a space that is neither first nor last.
fn has_special(password: &str) -> bool {
    password.chars().any(|c| SPECIAL_CHARACTERS.contains(c)) || password.trim_matches(' ').contains(' ')
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A small generator: enough for tests of rules.
    struct Seeded(AtomicU64);

    impl Rng for Seeded {
        fn fill(&self, out: &mut [u8]) {
            for byte in out {
                let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                *byte = (mixed ^ (mixed >> 27)).to_le_bytes()[3];
            }
        }
    }

    fn broken(policy: &PasswordPolicy, password: &str) -> String {
        let error = policy.check(password).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidPassword);
        error.message().strip_prefix("Password did not conform with policy: ").unwrap().to_owned()
    }

    #[test]
    fn the_first_broken_rule_is_named() {
        let policy = PasswordPolicy::default();
        assert_eq!(broken(&policy, "aB1!"), "Password not long enough");
        assert_eq!(broken(&policy, "abcdefg1!"), "Password must have uppercase characters");
        assert_eq!(broken(&policy, "ABCDEFG1!"), "Password must have lowercase characters");
        assert_eq!(broken(&policy, "Abcdefgh!"), "Password must have numeric characters");
        assert_eq!(broken(&policy, "Abcdefgh1"), "Password must have symbol characters");
        assert_eq!(broken(&policy, &format!("aB1!{}", "x".repeat(253))), "Password too long");
        assert!(policy.check("Abcdefg1!").is_ok());
        assert!(policy.check(&format!("aB1!{}", "x".repeat(252))).is_ok());
    }

    #[test]
    fn length_is_counted_in_characters() {
        let policy = PasswordPolicy::resolve(Some(&idp::PasswordPolicyType::default()));
        assert_eq!(broken(&policy, "äöüäöüä"), "Password not long enough");
        assert!(policy.check("äöüäöüäö").is_ok());
    }

    #[test]
    fn every_documented_special_counts_and_inner_spaces_do_too() {
        let policy = PasswordPolicy::default();
        assert_eq!(SPECIAL_CHARACTERS.chars().count(), 32);
        for special in SPECIAL_CHARACTERS.chars() {
            assert!(policy.check(&format!("Abcdefg1{special}")).is_ok(), "{special}");
        }
        assert!(policy.check("Abcd efg1").is_ok());
        assert_eq!(broken(&policy, " Abcdefg1 "), "Password must have symbol characters");
        assert_eq!(broken(&policy, "Abcdefg1ä"), "Password must have symbol characters");
    }

    #[test]
    fn a_given_policy_switches_off_what_it_omits() {
        let given =
            idp::PasswordPolicyType { minimum_length: Some(6), require_numbers: Some(true), ..Default::default() };
        let policy = PasswordPolicy::resolve(Some(&given));
        assert!(policy.check("12345a").is_ok());
        assert!(!policy.require_symbols && !policy.require_uppercase && !policy.require_lowercase);
        assert_eq!(policy.temporary_password_validity_days, 7);
        let zero = idp::PasswordPolicyType { temporary_password_validity_days: Some(0), ..Default::default() };
        assert_eq!(PasswordPolicy::resolve(Some(&zero)).temporary_password_validity_days, 7);
        let history = idp::PasswordPolicyType { password_history_size: Some(3), ..Default::default() };
        assert_eq!(PasswordPolicy::resolve(Some(&history)).history_size, 3);
        assert_eq!(policy.history_size, 0);
    }

    #[test]
    fn generated_passwords_satisfy_the_policy() {
        let rng = Seeded(AtomicU64::new(7));
        for minimum_length in [6, 8, 40, 99] {
            let policy = PasswordPolicy { minimum_length, ..PasswordPolicy::default() };
            for _ in 0..50 {
                let password = policy.generate(&rng);
                policy.check(&password).unwrap();
                assert_eq!(password.len(), minimum_length.max(12) as usize);
            }
        }
        let policy = PasswordPolicy::default();
        assert_ne!(policy.generate(&rng), policy.generate(&rng));
    }
}
