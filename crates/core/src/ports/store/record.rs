//! Small records that only the store's ports speak of.

use crate::Millis;
use crate::users::User;

/// An alternative name by which a user can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The pool.
    pub pool_id: String,
    /// The attribute: `email`, `phone_number` or `preferred_username`.
    pub attribute: String,
    /// The value, folded as the pool demands.
    pub value: String,
    /// The user.
    pub sub: String,
}

/// The user of a refresh token, and what has been written down against the token.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshTokenUser {
    /// The user.
    pub user: User,
    /// True if the tokens of its sign-in were revoked.
    pub is_revoked: bool,
    /// True if the token was rotated out.
    pub is_rotated_out: bool,
}

/// What a one-time code is for. A code for one purpose never serves another.
///
/// The codes of a sign-in (the last four) belong to the Session that sent them: their subject is the Session's id and they
/// end with it, so that two sign-ins of one user never share a code, and none outlives its Session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Confirming a sign-up.
    ConfirmSignUp,
    /// Setting a new password.
    ForgotPassword,
    /// Verifying the e-mail address.
    VerifyEmail,
    /// Verifying the phone number.
    VerifyPhoneNumber,
    /// Signing in with an e-mail code alone (`EMAIL_OTP` as first factor).
    FirstFactorEmail,
    /// Signing in with a text-message code alone (`SMS_OTP` as first factor).
    FirstFactorSms,
    /// The second factor by e-mail.
    MfaEmail,
    /// The second factor by text message.
    MfaSms,
}

impl CodePurpose {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmSignUp => "confirm_sign_up",
            Self::ForgotPassword => "forgot_password",
            Self::VerifyEmail => "verify_email",
            Self::VerifyPhoneNumber => "verify_phone_number",
            Self::FirstFactorEmail => "first_factor_email",
            Self::FirstFactorSms => "first_factor_sms",
            Self::MfaEmail => "mfa_email",
            Self::MfaSms => "mfa_sms",
        }
    }
}

/// A one-time code at rest: only its MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The pool.
    pub pool_id: String,
    /// The user's sub, the HMAC of an unknown name, or the id of a Session.
    pub subject: String,
    /// What it is for.
    pub purpose: CodePurpose,
    /// HMAC-SHA256 of the code under a key of the pool.
    pub mac: Vec<u8>,
    /// The destination it was sent to (an attribute value's HMAC), so that a code proves only the address it went to.
    pub destination: Vec<u8>,
    /// End of its life.
    pub expires_at: Millis,
    /// Wrong and right answers so far.
    pub attempts: i64,
}

/// Failed password attempts of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many, since the last reset.
    pub count: i64,
    /// When the last one was.
    pub last_at: Millis,
}

/// A message waiting to be sent. The body is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// A random id.
    pub id: String,
    /// The pool whose key seals the body.
    pub pool_id: String,
    /// Not before.
    pub due_at: Millis,
    /// Given up after.
    pub expires_at: Millis,
    /// Tries so far.
    pub attempts: i64,
    /// A sealed [`crate::ports::delivery::Message`].
    pub sealed: Vec<u8>,
}

/// A filter of `ListUsers`, already parsed and folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// `username`, `email`, `phone_number`, `name`, `given_name`, `family_name`, `preferred_username`,
    /// `cognito:user_status`, `status` or `sub`.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// True for `^=`.
    pub prefix: bool,
}

/// A position in a list: the last item's ordering value and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The ordering value (equal to `id` where the list is ordered by id).
    pub value: String,
    /// The id that breaks ties.
    pub id: String,
}

impl After {
    /// The position of an item in a list ordered by time.
    pub fn at(time: Millis, id: &str) -> Self {
        Self { value: time.to_string(), id: id.to_owned() }
    }

    /// The time of a position made by [`After::at`].
    pub fn time(&self) -> Option<Millis> {
        self.value.parse().ok()
    }
}

/// A configuration that stands beside its pool or client, as a JSON document that only the domain reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolDocument {
    /// The pool.
    pub pool_id: String,
    /// What it configures.
    pub kind: DocumentKind,
    /// The client it is for; empty for the pool's own.
    pub key: String,
    /// JSON.
    pub document: String,
    /// How often it was put: 1 the first time. Filled by the store, ignored when it is put.
    pub version: i64,
}

/// What a document configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Threat protection, of a pool or of one client.
    RiskConfiguration,
}

impl DocumentKind {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RiskConfiguration => "risk_configuration",
        }
    }
}
