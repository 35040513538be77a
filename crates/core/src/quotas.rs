//! How often one user may ask for the same thing in an hour (developer guide, "Quotas", operations per user).
//!
//! Counted durably and shared by all nodes. A refused call has had no other effect, so SDKs may repeat it.

use crate::HOUR;
use crate::domain::Domain;
use crate::error::{Error, Result};

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
        }
    }

    /// Uses allowed in an hour.
    fn per_hour(self) -> i64 {
        match self {
            Self::ConfirmSignUp | Self::VerifyUserAttribute => 15,
            Self::ResendConfirmationCode | Self::GetUserAttributeVerificationCode | Self::ChangePassword => 5,
            // Cognito allows 5 to 20 by the risk it sees; without risk assessment there is none to see.
            Self::ForgotPassword | Self::SendAttributeCode | Self::SendSignInCode => 20,
            Self::AnswerCodeOfAddress | Self::SendFirstFactorCode => 60,
        }
    }
}

/// Counts one use by `subject` (a user's sub, or the HMAC of an unknown name); `LimitExceededException` beyond the
/// quota.
pub async fn count(domain: &Domain, pool_id: &str, subject: &str, action: Action) -> Result<()> {
    let now = domain.clock.now();
    let used = domain.stores.guards.count_use(pool_id, subject, action.name(), now, HOUR).await?;
    if used > action.per_hour() { Err(Error::attempt_limit()) } else { Ok(()) }
}
