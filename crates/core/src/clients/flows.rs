//! Sign-in flows: which of them a client allows (API, `CreateUserPoolClient.ExplicitAuthFlows`).

use stepwell_model::idp;

use super::AppClient;
use crate::error::{Error, Result};
use crate::pools::plan;

use idp::ExplicitAuthFlowsType as Flow;

/// How a sign-in starts, old names and new ones brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum AuthFlow {
    /// `USER_SRP_AUTH`.
    UserSrp,
    /// `USER_PASSWORD_AUTH`.
    UserPassword,
    /// `ADMIN_USER_PASSWORD_AUTH`, formerly `ADMIN_NO_SRP_AUTH`.
    AdminUserPassword,
    /// `REFRESH_TOKEN_AUTH`, also `REFRESH_TOKEN`.
    RefreshToken,
    /// `CUSTOM_AUTH`.
    Custom,
    /// `USER_AUTH`: the user chooses.
    UserAuth,
}

impl AuthFlow {
    /// The protocol's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserSrp => "USER_SRP_AUTH",
            Self::UserPassword => "USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
            Self::RefreshToken => "REFRESH_TOKEN_AUTH",
            Self::Custom => "CUSTOM_AUTH",
            Self::UserAuth => "USER_AUTH",
        }
    }

    /// The flow a request names; `None` for a value the model does not know.
    pub fn from_model(flow: &idp::AuthFlowType) -> Option<Self> {
        match flow {
            idp::AuthFlowType::UserSrpAuth => Some(Self::UserSrp),
            idp::AuthFlowType::RefreshTokenAuth | idp::AuthFlowType::RefreshToken => Some(Self::RefreshToken),
            idp::AuthFlowType::CustomAuth => Some(Self::Custom),
            idp::AuthFlowType::AdminNoSrpAuth | idp::AuthFlowType::AdminUserPasswordAuth => {
                Some(Self::AdminUserPassword)
            }
            idp::AuthFlowType::UserPasswordAuth => Some(Self::UserPassword),
            idp::AuthFlowType::UserAuth => Some(Self::UserAuth),
            idp::AuthFlowType::Unknown(_) => None,
        }
    }
}

impl AppClient {
    /// True if the client may sign in by this flow.
    pub fn allows(&self, flow: AuthFlow) -> bool {
        allows(self.settings.explicit_auth_flows.as_deref(), flow)
    }

    /// True if the client may exchange users' tokens: with an actor token or without one (`GetDerivedToken`).
    pub fn allows_token_exchange(&self, with_actor: bool) -> bool {
        let flow = if with_actor { Flow::AllowTokenExchangeDelegation } else { Flow::AllowTokenExchangeImpersonation };
        self.settings.explicit_auth_flows.as_deref().is_some_and(|flows| flows.contains(&flow))
    }

    /// True if the client gets tokens of its own by its secret (`GetClientToken`), and signs in nobody.
    pub fn allows_client_tokens(&self) -> bool {
        self.settings.explicit_auth_flows.as_deref() == Some(&[Flow::AllowClientTokenAuth])
    }
}

fn allows(flows: Option<&[Flow]>, flow: AuthFlow) -> bool {
    let Some(flows) = flows.filter(|flows| !flows.is_empty()) else {
        return matches!(flow, AuthFlow::RefreshToken | AuthFlow::UserSrp | AuthFlow::Custom);
    };
    if flows.iter().any(is_legacy) {
        // The old names only add to what every client could do; CUSTOM_AUTH_FLOW_ONLY takes the rest away.
        let custom_only = flows.contains(&Flow::CustomAuthFlowOnly);
        return match flow {
            AuthFlow::RefreshToken | AuthFlow::Custom => true,
            AuthFlow::UserSrp => !custom_only,
            AuthFlow::UserPassword => !custom_only && flows.contains(&Flow::UserPasswordAuth),
            AuthFlow::AdminUserPassword => !custom_only && flows.contains(&Flow::AdminNoSrpAuth),
            AuthFlow::UserAuth => false,
        };
    }
    flows.contains(&match flow {
        AuthFlow::UserSrp => Flow::AllowUserSrpAuth,
        AuthFlow::UserPassword => Flow::AllowUserPasswordAuth,
        AuthFlow::AdminUserPassword => Flow::AllowAdminUserPasswordAuth,
        AuthFlow::RefreshToken => Flow::AllowRefreshTokenAuth,
        AuthFlow::Custom => Flow::AllowCustomAuth,
        AuthFlow::UserAuth => Flow::AllowUserAuth,
    })
}

fn is_legacy(flow: &Flow) -> bool {
    matches!(flow, Flow::AdminNoSrpAuth | Flow::CustomAuthFlowOnly | Flow::UserPasswordAuth)
}

/// What the rules on flows depend on besides the flows.
pub(super) struct FlowContext<'a> {
    pub(super) all_features: bool,
    pub(super) tier: &'a idp::UserPoolTierType,
    pub(super) has_secret: bool,
    pub(super) rotates_refresh_tokens: bool,
}

/// Checks the flows a request lists; an empty list means Cognito's default three, like none.
pub(super) fn resolve(given: Option<&[Flow]>, context: &FlowContext<'_>) -> Result<Option<Vec<Flow>>> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let mut flows: Vec<Flow> = Vec::new();
    for flow in given {
        if !flows.contains(flow) {
            flows.push(flow.clone());
        }
    }
    if flows.iter().any(is_legacy) && !flows.iter().all(is_legacy) {
        return Err(Error::invalid_parameter(
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ));
    }
    if flows.contains(&Flow::AllowClientTokenAuth) {
        if flows.len() > 1 {
            return Err(Error::invalid_parameter("ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows."));
        }
        if !context.has_secret {
            return Err(Error::invalid_parameter("Client Secret is required to allow ALLOW_CLIENT_TOKEN_AUTH."));
        }
    }
    if flows.contains(&Flow::AllowRefreshTokenAuth) && context.rotates_refresh_tokens {
        return Err(Error::invalid_parameter(
            "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled.",
        ));
    }
    if flows.contains(&Flow::AllowUserAuth) {
        plan::check_tier(context.all_features, context.tier, plan::Feature::ChoiceBasedSignIn)?;
    }
    if flows.contains(&Flow::AllowTokenExchangeDelegation) || flows.contains(&Flow::AllowTokenExchangeImpersonation) {
        plan::check_tier(context.all_features, context.tier, plan::Feature::TokenExchange)?;
    }
    Ok(Some(flows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_model::ErrorCode;

    const ALL: [AuthFlow; 6] = [
        AuthFlow::UserSrp,
        AuthFlow::UserPassword,
        AuthFlow::AdminUserPassword,
        AuthFlow::RefreshToken,
        AuthFlow::Custom,
        AuthFlow::UserAuth,
    ];

    fn allowed(flows: Option<&[Flow]>) -> Vec<AuthFlow> {
        ALL.into_iter().filter(|&flow| allows(flows, flow)).collect()
    }

    fn context(rotates_refresh_tokens: bool) -> FlowContext<'static> {
        FlowContext {
            all_features: false,
            tier: &idp::UserPoolTierType::Essentials,
            has_secret: true,
            rotates_refresh_tokens,
        }
    }

    #[test]
    fn without_a_list_three_flows_are_allowed() {
        let three = [AuthFlow::UserSrp, AuthFlow::RefreshToken, AuthFlow::Custom];
        assert_eq!(allowed(None), three);
        assert_eq!(allowed(Some(&[])), three);
    }

    #[test]
    fn new_names_allow_exactly_what_they_say() {
        assert_eq!(allowed(Some(&[Flow::AllowUserPasswordAuth])), [AuthFlow::UserPassword]);
        assert_eq!(allowed(Some(&[Flow::AllowClientTokenAuth])), []);
        assert_eq!(
            allowed(Some(&[Flow::AllowAdminUserPasswordAuth, Flow::AllowUserAuth])),
            [AuthFlow::AdminUserPassword, AuthFlow::UserAuth]
        );
    }

    #[test]
    fn old_names_add_to_the_defaults() {
        assert_eq!(
            allowed(Some(&[Flow::AdminNoSrpAuth])),
            [AuthFlow::UserSrp, AuthFlow::AdminUserPassword, AuthFlow::RefreshToken, AuthFlow::Custom]
        );
        assert_eq!(allowed(Some(&[Flow::CustomAuthFlowOnly])), [AuthFlow::RefreshToken, AuthFlow::Custom]);
    }

    #[test]
    fn illegal_mixes_are_refused() {
        let mixed = [Flow::UserPasswordAuth, Flow::AllowUserSrpAuth];
        assert_eq!(
            resolve(Some(&mixed), &context(false)).unwrap_err().message(),
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
        );
        assert!(resolve(Some(&[Flow::AllowClientTokenAuth, Flow::AllowUserAuth]), &context(false)).is_err());
        assert!(resolve(Some(&[Flow::AllowRefreshTokenAuth]), &context(true)).is_err());
        assert!(resolve(Some(&[Flow::AllowRefreshTokenAuth]), &context(false)).is_ok());
        assert_eq!(resolve(None, &context(true)).unwrap(), None);
        assert_eq!(resolve(Some(&[]), &context(true)).unwrap(), None);

        let no_secret = FlowContext { has_secret: false, ..context(false) };
        assert!(resolve(Some(&[Flow::AllowClientTokenAuth]), &no_secret).is_err());
        let lite = FlowContext { tier: &idp::UserPoolTierType::Lite, ..context(false) };
        let error = resolve(Some(&[Flow::AllowUserAuth]), &lite).unwrap_err();
        assert_eq!(error.code(), ErrorCode::FeatureUnavailableInTier);
    }

    #[test]
    fn flows_of_requests_have_old_and_new_names() {
        for (name, flow) in [
            ("ADMIN_NO_SRP_AUTH", AuthFlow::AdminUserPassword),
            ("REFRESH_TOKEN", AuthFlow::RefreshToken),
            ("USER_AUTH", AuthFlow::UserAuth),
        ] {
            assert_eq!(AuthFlow::from_model(&idp::AuthFlowType::from(name)), Some(flow));
        }
        assert_eq!(AuthFlow::from_model(&idp::AuthFlowType::from("x")), None);
        for flow in ALL {
            assert_eq!(AuthFlow::from_model(&idp::AuthFlowType::from(flow.name())), Some(flow));
        }
    }
}
