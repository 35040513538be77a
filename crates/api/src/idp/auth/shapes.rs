//! Conversions shared by the sign-in operations.

use std::collections::BTreeMap;

use stepwell_core::auth::{ChallengeName, Next};
use stepwell_core::clients::flows::AuthFlow;
use stepwell_core::tokens::TokenSet;
use stepwell_core::{Error, Result, SecretString};
use stepwell_model::idp::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

/// Which of the two doors a flow came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    App,
    Admin,
}

/// The flow behind its wire name; each door has flows of its own.
pub(crate) fn flow(door: Door, flow: Option<&AuthFlowType>) -> Result<AuthFlow> {
    let not_here = || Error::invalid_parameter("Initiate Auth method not supported.");
    let flow = flow.ok_or_else(not_here)?;
    match (door, flow) {
        (_, AuthFlowType::UserSrpAuth) => Ok(AuthFlow::UserSrp),
        (_, AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken) => Ok(AuthFlow::RefreshToken),
        (_, AuthFlowType::CustomAuth) => Ok(AuthFlow::Custom),
        (_, AuthFlowType::UserAuth) => Ok(AuthFlow::UserAuth),
        (Door::App, AuthFlowType::UserPasswordAuth) => Ok(AuthFlow::UserPassword),
        (Door::Admin, AuthFlowType::AdminNoSrpAuth | AuthFlowType::AdminUserPasswordAuth) => {
            Ok(AuthFlow::AdminUserPassword)
        }
        (Door::App, AuthFlowType::AdminNoSrpAuth | AuthFlowType::AdminUserPasswordAuth)
        | (Door::Admin, AuthFlowType::UserPasswordAuth)
        | (_, AuthFlowType::Unknown(_)) => Err(not_here()),
    }
}

/// The challenge behind its wire name.
pub(crate) fn challenge(name: Option<&ChallengeNameType>) -> Result<ChallengeName> {
    match name {
        Some(ChallengeNameType::PasswordVerifier) => Ok(ChallengeName::PasswordVerifier),
        Some(ChallengeNameType::NewPasswordRequired) => Ok(ChallengeName::NewPasswordRequired),
        // Never offered by this build, so no Session for it can exist.
        Some(_) | None => Err(Error::not_authorized("Invalid session for the user.")),
    }
}

/// What the four operations answer.
pub(crate) struct Answer {
    pub(crate) challenge_name: Option<ChallengeNameType>,
    pub(crate) session: Option<SecretString>,
    pub(crate) challenge_parameters: Option<BTreeMap<String, String>>,
    pub(crate) authentication_result: Option<AuthenticationResultType>,
}

impl From<Next> for Answer {
    fn from(next: Next) -> Self {
        match next {
            Next::Challenge { name, parameters, session } => Self {
                challenge_name: Some(match name {
                    ChallengeName::PasswordVerifier => ChallengeNameType::PasswordVerifier,
                    ChallengeName::NewPasswordRequired => ChallengeNameType::NewPasswordRequired,
                }),
                session,
                challenge_parameters: Some(parameters),
                authentication_result: None,
            },
            Next::Tokens(tokens) => Self {
                challenge_name: None,
                session: None,
                challenge_parameters: Some(BTreeMap::new()),
                authentication_result: Some(result(tokens)),
            },
        }
    }
}

/// A set of tokens on the wire.
pub(crate) fn result(tokens: TokenSet) -> AuthenticationResultType {
    AuthenticationResultType {
        access_token: Some(tokens.access_token),
        expires_in: i32::try_from(tokens.expires_in).ok(),
        token_type: Some("Bearer".to_owned()),
        refresh_token: tokens.refresh_token,
        id_token: Some(tokens.id_token),
        new_device_metadata: None,
    }
}
