//! Conversions shared by the sign-in operations.

use std::collections::BTreeMap;

use stepwell_core::auth::{ChallengeName, Door, NewDevice, Next, UserContext};
use stepwell_core::clients::flows::AuthFlow;
use stepwell_core::tokens::TokenSet;
use stepwell_core::{Error, Result, SecretString};
use stepwell_model::idp::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, ContextDataType, NewDeviceMetadataType,
    UserContextDataType,
};

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
        Some(ChallengeNameType::Password) => Ok(ChallengeName::Password),
        Some(ChallengeNameType::PasswordSrp) => Ok(ChallengeName::PasswordSrp),
        Some(ChallengeNameType::NewPasswordRequired) => Ok(ChallengeName::NewPasswordRequired),
        Some(ChallengeNameType::SelectChallenge) => Ok(ChallengeName::SelectChallenge),
        Some(ChallengeNameType::EmailOtp) => Ok(ChallengeName::EmailOtp),
        Some(ChallengeNameType::SmsOtp) => Ok(ChallengeName::SmsOtp),
        Some(ChallengeNameType::WebAuthn) => Ok(ChallengeName::WebAuthn),
        Some(ChallengeNameType::SmsMfa) => Ok(ChallengeName::SmsMfa),
        Some(ChallengeNameType::SoftwareTokenMfa) => Ok(ChallengeName::SoftwareTokenMfa),
        Some(ChallengeNameType::SelectMfaType) => Ok(ChallengeName::SelectMfaType),
        Some(ChallengeNameType::MfaSetup) => Ok(ChallengeName::MfaSetup),
        Some(ChallengeNameType::CustomChallenge) => Ok(ChallengeName::CustomChallenge),
        Some(ChallengeNameType::DeviceSrpAuth) => Ok(ChallengeName::DeviceSrpAuth),
        Some(ChallengeNameType::DevicePasswordVerifier) => Ok(ChallengeName::DevicePasswordVerifier),
        // Never offered, so no Session for it can exist.
        Some(ChallengeNameType::AdminNoSrpAuth | ChallengeNameType::Unknown(_)) | None => {
            Err(Error::not_authorized("Invalid session for the user."))
        }
    }
}

fn wire_name(name: ChallengeName) -> ChallengeNameType {
    ChallengeNameType::from(name.as_str())
}

/// What an app says about the user's device.
pub(crate) fn user_context(data: Option<UserContextDataType>) -> UserContext {
    let data = data.unwrap_or_default();
    UserContext {
        encoded_data: data.encoded_data.map(|value| value.to_string()),
        ip_address: data.ip_address.map(|value| value.to_string()),
        ..UserContext::default()
    }
}

/// What an administrator says about the user's device.
pub(crate) fn context(data: Option<ContextDataType>) -> UserContext {
    let data = data.unwrap_or_default();
    let mut headers = data.http_headers.unwrap_or_default().into_iter();
    let user_agent = headers.find(|header| header.header_name.as_deref().is_some_and(is_user_agent));
    UserContext {
        encoded_data: data.encoded_data,
        ip_address: data.ip_address,
        user_agent: user_agent.and_then(|header| header.header_value),
    }
}

fn is_user_agent(name: &str) -> bool {
    name.eq_ignore_ascii_case("user-agent")
}

/// What the four operations answer.
pub(crate) struct Answer {
    pub(crate) challenge_name: Option<ChallengeNameType>,
    pub(crate) session: Option<SecretString>,
    pub(crate) challenge_parameters: Option<BTreeMap<String, String>>,
    pub(crate) authentication_result: Option<AuthenticationResultType>,
    /// Only the two operations that begin a sign-in tell it.
    pub(crate) available_challenges: Option<Vec<ChallengeNameType>>,
}

impl From<Next> for Answer {
    fn from(next: Next) -> Self {
        match next {
            Next::Challenge { name, parameters, session, available } => Self {
                challenge_name: Some(wire_name(name)),
                session,
                challenge_parameters: Some(parameters),
                authentication_result: None,
                available_challenges: (!available.is_empty())
                    .then(|| available.into_iter().map(|factor| wire_name(factor.challenge())).collect()),
            },
            Next::Tokens { tokens, new_device } => Self {
                challenge_name: None,
                session: None,
                challenge_parameters: Some(BTreeMap::new()),
                authentication_result: Some(result(tokens, new_device)),
                available_challenges: None,
            },
        }
    }
}

/// A set of tokens on the wire.
pub(crate) fn result(tokens: TokenSet, new_device: Option<NewDevice>) -> AuthenticationResultType {
    AuthenticationResultType {
        access_token: Some(tokens.access_token),
        expires_in: i32::try_from(tokens.expires_in).ok(),
        token_type: Some("Bearer".to_owned()),
        refresh_token: tokens.refresh_token,
        id_token: Some(tokens.id_token),
        new_device_metadata: new_device.map(|device| NewDeviceMetadataType {
            device_key: Some(device.key),
            device_group_key: Some(device.group_key),
        }),
    }
}
