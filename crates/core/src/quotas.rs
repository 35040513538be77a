//! How often one user may ask for the same thing in a time, mostly an hour (developer guide, "Quotas", operations per user).
//!
//! Counted durably and shared by all nodes. A refused call has had no other effect, so SDKs may repeat it.

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::{HOUR, MINUTE, Millis};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `ConfirmSignUp`.
    ConfirmSignUp,
    /// `VerifyUserAttribute`.
    VerifyUserAttribute,
    /// `ResendConfirmationCode`.
    ResendConfirmationCode,
    /// `GetUserAttributeVerificationCode`.
    GetUserAttributeVerificationCode,
    /// `ChangePassword`.
    ChangePassword,
    /// `ForgotPassword` and `ConfirmForgotPassword` together.
    ForgotPassword,
    /// Answers to codes that went to one address, over all accounts. Ours: Cognito documents no such limit.
    AnswerCodeOfAddress,
    /// `UpdateUserAttributes` calls that send codes. Ours, likewise.
    SendAttributeCode,
    /// Codes of sign-ins that one requester has sent to one address.
    SendSignInCode,
    /// Codes of sign-ins without a password to one address, whoever asks. Ours, likewise.
    SendFirstFactorCode,
    /// Confirmation codes of sign-ups that one requester has sent to one address. Ours, likewise.
    SendSignUpCode,
    /// Confirmation codes to one address, over all accounts that claim it. Ours, likewise.
    ConfirmAddress,
}

impl Action {
    /// The name it is counted under.
    fn name(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::VerifyUserAttribute => "verify_user_attribute",
            Self::ResendConfirmationCode => "resend_confirmation_code",
            Self::GetUserAttributeVerificationCode => "get_user_attribute_verification_code",
            Self::ChangePassword => "change_password",
            Self::ForgotPassword => "forgot_password",
            Self::AnswerCodeOfAddress => "answer_code_of_address",
            Self::SendAttributeCode => "send_attribute_code",
            Self::SendSignInCode => "send_sign_in_code",
            Self::SendFirstFactorCode => "send_first_factor_code",
            Self::SendSignUpCode => "send_sign_up_code",
            Self::ConfirmAddress => "confirm_address",
        }
    }

    /// Uses allowed, and the time in which they are.
    fn allowed(self) -> (i64, Millis) {
        match self {
            Self::ConfirmSignUp | Self::VerifyUserAttribute => (15, HOUR),
            Self::ResendConfirmationCode | Self::GetUserAttributeVerificationCode | Self::ChangePassword => (5, HOUR),
            // Cognito allows 5 to 20 by the risk it sees; without risk assessment there is none to see.
            Self::ForgotPassword | Self::SendAttributeCode | Self::SendSignInCode => (20, HOUR),
            Self::AnswerCodeOfAddress => (60, HOUR),
            // Anybody can use it up for anybody: no longer than a lockout may it keep the rightful user out.
            Self::SendFirstFactorCode | Self::ConfirmAddress => (15, 15 * MINUTE),
            Self::SendSignUpCode => (10, HOUR),
        }
    }
}

/// Counts one use by `subject` (a user's sub, or the HMAC of an unknown name); `LimitExceededException` beyond the
/// quota.
pub async fn count(domain: &Domain, pool_id: &str, subject: &str, action: Action) -> Result<()> {
    let now = domain.clock.now();
    let (allowed, window) = action.allowed();
    let used = domain.stores.guards.count_use(pool_id, subject, action.name(), now, window).await?;
    if used > allowed { Err(Error::attempt_limit()) } else { Ok(()) }
}
