//! One-time codes: six digits, eight where they stand in for a password, kept as an HMAC, counted before they are compared,
//! used once.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::{Code, CodePurpose, Write};
use crate::quotas::{self, Action};
use crate::{DAY, HOUR, MINUTE, Millis};
use stepwell_model::ErrorCode;

/// Answers one code takes, right or wrong. With the quotas per hour (facts of `quotas`), a guess at a six-digit code
/// succeeds with a probability of at most 15 in a million before the code is void.
const MAX_ATTEMPTS: i64 = 15;

impl CodePurpose {
    /// How long the code is. Cognito's codes of passwordless sign-ins have eight digits.
    fn digits(self) -> usize {
        match self {
            Self::FirstFactorEmail | Self::FirstFactorSms => 8,
            Self::ConfirmSignUp
            | Self::ForgotPassword
            | Self::VerifyEmail
            | Self::VerifyPhoneNumber
            | Self::MfaEmail
            | Self::MfaSms => 6,
        }
    }

    /// How long a code for this purpose works (developer guide, "Quotas", code validity).
    fn validity(self) -> Millis {
        match self {
            Self::ConfirmSignUp | Self::VerifyEmail | Self::VerifyPhoneNumber => DAY,
            Self::ForgotPassword => HOUR,
            // The least that a Session lives (`AuthSessionValidity`); who has the Session says its end to `issue_until`.
            Self::FirstFactorEmail | Self::FirstFactorSms | Self::MfaEmail | Self::MfaSms => 3 * MINUTE,
        }
    }
}

/// Makes a code for `subject` that proves access to `address`; returns it with the write that makes it valid and
/// every earlier one for the same purpose void.
pub fn issue(
    domain: &Domain,
    entry: &PoolEntry,
    subject: &str,
    purpose: CodePurpose,
    address: &str,
) -> Result<(String, Write)> {
    issue_until(domain, entry, subject, purpose, address, domain.clock.now() + purpose.validity())
}

/// As [`issue`], with the end of the code's life: for the codes of a sign-in, whose subject is the Session's id and which
/// end with it.
pub fn issue_until(
    domain: &Domain,
    entry: &PoolEntry,
    subject: &str,
    purpose: CodePurpose,
    address: &str,
    expires_at: Millis,
) -> Result<(String, Write)> {
    let code = domain.rng.text(b"0123456789", purpose.digits());
    let write = Write::PutCode(Code {
        pool_id: entry.pool.id.clone(),
        subject: subject.to_owned(),
        purpose,
        mac: code_mac(entry, subject, purpose, &code),
        destination: destination_mac(entry, address),
        expires_at,
        attempts: 0,
    });
    Ok((code, write))
}

/// Checks a code. The attempt is counted, durably, before anything is compared: against the code, and against the
/// address it went to, because anybody can make many accounts that claim one address. `holder` is the sub of a user who
/// has proven it, and is counted apart: or those who only claim the address could use its owner's answers up. The code
/// stays valid until the write of [`consume`] is committed, so that a refused new password does not use it up.
pub async fn check(
    domain: &Domain,
    entry: &PoolEntry,
    subject: &str,
    purpose: CodePurpose,
    holder: Option<&str>,
    given: &str,
) -> Result<Code> {
    let bounds = (domain.clock.now(), MAX_ATTEMPTS);
    let Some(code) = attempt(domain, entry, subject, purpose, holder, bounds).await? else { return Err(expired()) };
    if is_right(entry, &code, given) { Ok(code) } else { Err(mismatch()) }
}

/// Checks a code where a stranger must not learn whether one is out and still good: only who holds the code that has
/// expired is told so, everybody else that it is wrong.
pub async fn check_discreetly(
    domain: &Domain,
    entry: &PoolEntry,
    subject: &str,
    purpose: CodePurpose,
    given: &str,
) -> Result<Code> {
    // No bounds: the statement that counts brings the code back in whatever state it is.
    let stored = attempt(domain, entry, subject, purpose, None, (Millis::MIN, i64::MAX)).await?;
    let Some(code) = stored.filter(|code| is_right(entry, code, given)) else { return Err(mismatch()) };
    let is_over = code.expires_at <= domain.clock.now() || code.attempts > MAX_ATTEMPTS;
    if is_over { Err(expired()) } else { Ok(code) }
}

/// Counts an answer to a code of `subject` and returns the code, if it has neither expired at the first of the bounds nor had
/// more answers than the second.
async fn attempt(
    domain: &Domain,
    entry: &PoolEntry,
    subject: &str,
    purpose: CodePurpose,
    holder: Option<&str>,
    (now, max_attempts): (Millis, i64),
) -> Result<Option<Code>> {
    let stored = domain.stores.guards.attempt_code(&entry.pool.id, subject, purpose, now, max_attempts).await?;
    // Without a code there is no address; counting all the same makes both answers cost the same.
    let address = stored.as_ref().map_or_else(|| destination_mac(entry, subject), |code| code.destination.clone());
    let address = format!("{}:{}:{}", counted_under(purpose), holder.unwrap_or_default(), hex::encode(address));
    quotas::count(domain, &entry.pool.id, &address, Action::AnswerCodeOfAddress).await?;
    Ok(stored)
}

/// What answers to codes of one address are counted under. Apart from each other: a stranger who answers wrong for sign-ups
/// that claim somebody's address must not use up that person's answers at sign-in or recovery, which other limits guard.
fn counted_under(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::ConfirmSignUp | CodePurpose::VerifyEmail | CodePurpose::VerifyPhoneNumber => "address",
        CodePurpose::ForgotPassword => "recovery-address",
        CodePurpose::FirstFactorEmail | CodePurpose::FirstFactorSms => "first-factor-address",
        CodePurpose::MfaEmail | CodePurpose::MfaSms => "mfa-address",
    }
}

fn is_right(entry: &PoolEntry, code: &Code, given: &str) -> bool {
    verify_slices_are_equal(&code.mac, &code_mac(entry, &code.subject, code.purpose, given)).is_ok()
}

/// The write that uses up a code just checked.
pub fn consume(code: &Code) -> Write {
    Write::ConsumeCode {
        pool_id: code.pool_id.clone(),
        subject: code.subject.clone(),
        purpose: code.purpose,
        mac: code.mac.clone(),
    }
}

/// True if the code was sent to this address, and so proves access to it.
pub fn was_sent_to(entry: &PoolEntry, code: &Code, address: &str) -> bool {
    verify_slices_are_equal(&code.destination, &destination_mac(entry, address)).is_ok()
}

/// `CodeMismatchException`.
pub fn mismatch() -> Error {
    Error::new(ErrorCode::CodeMismatch, "Invalid verification code provided, please try again.")
}

/// `ExpiredCodeException`: also when there never was a code.
pub fn expired() -> Error {
    Error::new(ErrorCode::ExpiredCode, "Invalid code provided, please request a code again.")
}

fn code_mac(entry: &PoolEntry, subject: &str, purpose: CodePurpose, code: &str) -> Vec<u8> {
    entry.keys.code_mac(&[subject, purpose.as_str(), code])
}

/// Mailboxes do not care about case, whatever the pool does; or each way to write one would have answers of its own.
fn destination_mac(entry: &PoolEntry, address: &str) -> Vec<u8> {
    entry.keys.code_mac(&["destination", &address.to_lowercase()])
}
