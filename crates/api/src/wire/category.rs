//! Which rate category an operation counts on (developer guide, "Quotas", request rate categories). Only operations that
//! are called without a signature are limited by address, so only they are listed.

use super::throttle::Category;

/// The category of an operation by its wire name.
pub fn of(operation: &str) -> Category {
    match operation {
        "InitiateAuth" => Category::UserAuthentication,
        "RespondToAuthChallenge" => Category::ChallengeAnswer,
        "SignUp" | "ConfirmSignUp" => Category::UserCreation,
        "ForgotPassword" | "ConfirmForgotPassword" | "ChangePassword" => Category::UserAccountRecovery,
        "GetUser" | "GetUserAuthFactors" => Category::UserRead,
        "RevokeToken" | "GetTokensFromRefreshToken" | "GlobalSignOut" => Category::UserToken,
        "GetClientToken" | "GetDerivedToken" => Category::ClientAuthentication,
        "GetDevice"
        | "ListDevices"
        | "ListUserSessions"
        | "ListWebAuthnCredentials"
        | "GetUserAttributeVerificationCode"
        | "ResendConfirmationCode" => Category::UserResourceRead,
        "UpdateUserAttributes" | "DeleteUserAttributes" | "DeleteUser" | "UpdateAuthEventFeedback" => {
            Category::UserUpdate
        }
        "GetId" => Category::GetId,
        "GetOpenIdToken" => Category::GetOpenIdToken,
        "GetCredentialsForIdentity" => Category::GetCredentialsForIdentity,
        // The rest changes what belongs to one user: devices, factors, settings.
        _ => Category::UserResourceUpdate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_counted_with_sign_ins() {
        assert_eq!(of("InitiateAuth"), Category::UserAuthentication);
        assert_eq!(of("RespondToAuthChallenge"), Category::ChallengeAnswer);
        assert_eq!(of("SetUserMFAPreference"), Category::UserResourceUpdate);
    }
}
