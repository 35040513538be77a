//! Lambda triggers: functions of the pool's owner that are asked on the way through sign-up, sign-in and messages
//! (developer guide, "Customizing user pool workflows with Lambda triggers").
//!
//! One file per trigger, one function in each: a typed event in, a typed answer out. A pool that names no function for a
//! trigger pays one look at its settings. No transaction is held while a function runs: what its answer decides is
//! submitted afterwards.

pub mod create_auth_challenge;
pub mod custom_message;
pub mod custom_sender;
pub mod define_auth_challenge;
pub mod event;
mod invoke;
pub mod post_authentication;
pub mod post_confirmation;
pub mod pre_authentication;
pub mod pre_sign_up;
pub mod pre_token_generation;
pub mod user_migration;
pub mod verify_auth_challenge_response;

pub use event::{ChallengeResult, Metadata, NO_METADATA, Person, Scene, Told};
pub use pre_token_generation::TokenSource;

use stepwell_model::idp::LambdaConfigType;

/// The triggers that are asked and waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Before a user is made.
    PreSignUp,
    /// After a user was confirmed, or set a new password by a recovery code.
    PostConfirmation,
    /// Before a sign-in is looked at.
    PreAuthentication,
    /// After a sign-in, before its tokens.
    PostAuthentication,
    /// Before tokens are made.
    PreTokenGeneration,
    /// When a name is nobody's.
    UserMigration,
    /// Before a message goes out.
    CustomMessage,
    /// Between the challenges of custom authentication.
    DefineAuthChallenge,
    /// Makes such a challenge.
    CreateAuthChallenge,
    /// Judges the answer to one.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The name in `LambdaConfig` and in errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::UserMigration => "UserMigration",
            Self::CustomMessage => "CustomMessage",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
        }
    }

    /// The ARN of the function that a pool names for it.
    pub fn function(self, config: &LambdaConfigType) -> Option<&str> {
        let arn = match self {
            Self::PreSignUp => &config.pre_sign_up,
            Self::PostConfirmation => &config.post_confirmation,
            Self::PreAuthentication => &config.pre_authentication,
            Self::PostAuthentication => &config.post_authentication,
            Self::PreTokenGeneration => &config.pre_token_generation,
            Self::UserMigration => &config.user_migration,
            Self::CustomMessage => &config.custom_message,
            Self::DefineAuthChallenge => &config.define_auth_challenge,
            Self::CreateAuthChallenge => &config.create_auth_challenge,
            Self::VerifyAuthChallengeResponse => &config.verify_auth_challenge_response,
        };
        arn.as_deref()
    }
}
