//! The rate categories: which operation counts on which, and AWS's rate of each (Cognito developer guide, "Quotas in Amazon
//! Cognito", request rate categories; IAM user guide, "IAM and AWS STS quotas").

use std::fmt;
use std::str::FromStr;

use stepwell_model::{OperationMeta, Service};

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Signing in and refreshing.
    UserAuthentication,
    /// Answering challenges: three times the rate of [`Self::UserAuthentication`], on which the excess counts.
    ChallengeAnswer,
    /// Signing up and confirming it.
    UserCreation,
    /// Forgotten and changed passwords.
    UserAccountRecovery,
    /// Reading a user.
    UserRead,
    /// Changing a user.
    UserUpdate,
    /// Revoking tokens.
    UserToken,
    /// Reading what belongs to a user.
    UserResourceRead,
    /// Changing what belongs to a user.
    UserResourceUpdate,
    /// Listing users.
    UserList,
    /// Reading pools.
    UserPoolRead,
    /// Changing pools.
    UserPoolUpdate,
    /// Reading what belongs to a pool.
    UserPoolResourceRead,
    /// Changing what belongs to a pool.
    UserPoolResourceUpdate,
    /// Reading app clients.
    UserPoolClientRead,
    /// Changing app clients.
    UserPoolClientUpdate,
    /// Machine-to-machine tokens.
    ClientAuthentication,
    /// The limits themselves.
    LimitManagement,
    /// Temporary credentials.
    Sts,
    /// Getting and changing identities without a signature: whoever asks as a guest makes one.
    Identities,
    /// Credentials and OpenID tokens of identities.
    IdentityCredentials,
    /// Signatures that were refused. Ours, for addresses only: each costs a look-up, and an honest client has few.
    RefusedSignature,
}

/// What a request does to the one user it is about. Each user takes [`Access::RATE`] of either a second (developer guide,
/// "Quotas", per-user request rate quotas).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Signing in, answering a challenge, reading the profile or what belongs to the user.
    Read,
    /// Everything else.
    Write,
}

impl Access {
    /// Requests a second.
    pub const RATE: u32 = 10;
}

impl Category {
    /// Every category that has a quota of its own.
    pub const QUOTAS: [Self; 17] = [
        Self::UserAuthentication,
        Self::UserCreation,
        Self::UserAccountRecovery,
        Self::UserRead,
        Self::UserUpdate,
        Self::UserToken,
        Self::UserResourceRead,
        Self::UserResourceUpdate,
        Self::UserList,
        Self::UserPoolRead,
        Self::UserPoolUpdate,
        Self::UserPoolResourceRead,
        Self::UserPoolResourceUpdate,
        Self::UserPoolClientRead,
        Self::UserPoolClientUpdate,
        Self::ClientAuthentication,
        Self::LimitManagement,
    ];

    /// How many answers to challenges there may be for each sign-in before they count as sign-ins.
    pub const CHALLENGES_PER_SIGN_IN: u32 = 3;

    /// How often one operation of a category with [`Self::is_slow_per_pool`] may be called for one pool in a second.
    pub const RATE_PER_POOL: u32 = 5;

    /// Cognito's rate, in requests a second.
    pub const fn rate(self) -> u32 {
        match self {
            Self::LimitManagement => 1,
            Self::UserPoolRead
            | Self::UserPoolUpdate
            | Self::UserPoolResourceUpdate
            | Self::UserPoolClientRead
            | Self::UserPoolClientUpdate => 15,
            Self::UserPoolResourceRead => 20,
            Self::UserUpdate | Self::UserResourceUpdate | Self::Identities => 25,
            Self::UserAccountRecovery | Self::UserList => 30,
            Self::UserCreation | Self::UserResourceRead => 50,
            Self::UserAuthentication | Self::UserRead | Self::UserToken => 120,
            Self::ClientAuthentication => 150,
            Self::IdentityCredentials => 200,
            Self::RefusedSignature => 300,
            Self::Sts => 600,
            Self::ChallengeAnswer => Self::CHALLENGES_PER_SIGN_IN * Self::UserAuthentication.rate(),
        }
    }

    /// Whether any one operation of the category has a lower rate for one pool.
    pub const fn is_slow_per_pool(self) -> bool {
        matches!(
            self,
            Self::UserPoolResourceRead
                | Self::UserPoolResourceUpdate
                | Self::UserPoolClientRead
                | Self::UserPoolClientUpdate
        )
    }

    /// What requests of this category do to a user; none if they are about no user.
    pub const fn access(self) -> Option<Access> {
        match self {
            Self::UserAuthentication | Self::ChallengeAnswer | Self::UserRead | Self::UserResourceRead => {
                Some(Access::Read)
            }
            Self::UserCreation | Self::UserAccountRecovery | Self::UserUpdate | Self::UserResourceUpdate => {
                Some(Access::Write)
            }
            Self::UserToken
            | Self::UserList
            | Self::UserPoolRead
            | Self::UserPoolUpdate
            | Self::UserPoolResourceRead
            | Self::UserPoolResourceUpdate
            | Self::UserPoolClientRead
            | Self::UserPoolClientUpdate
            | Self::ClientAuthentication
            | Self::LimitManagement
            | Self::Sts
            | Self::Identities
            | Self::IdentityCredentials
            | Self::RefusedSignature => None,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Category {
    type Err = ();

    /// Reads the name of a quota.
    fn from_str(name: &str) -> Result<Self, ()> {
        Self::QUOTAS.into_iter().find(|category| category.to_string() == name).ok_or(())
    }
}

/// The category of an operation. `challenge` is the challenge that the request answers.
pub fn of(meta: &OperationMeta, challenge: Option<&str>) -> Option<Category> {
    match meta.service {
        Service::Idp => of_user_pools(meta.name, challenge),
        Service::Sts => Some(Category::Sts),
        Service::Identity => of_identity_pools(meta.name),
        Service::Iam | Service::Stepwell => None,
    }
}

/// The category of an operation of identity pools. Administrators' operations are not counted.
fn of_identity_pools(operation: &str) -> Option<Category> {
    match operation {
        "GetId" | "UnlinkIdentity" => Some(Category::Identities),
        "GetCredentialsForIdentity" | "GetOpenIdToken" => Some(Category::IdentityCredentials),
        _ => None,
    }
}

/// The category of an operation of user pools by its wire name. `challenge` is the challenge that the request answers.
/// Operations that AWS's page does not list stand with those nearest to them.
#[expect(clippy::too_many_lines, reason = "one table of all operations")]
fn of_user_pools(operation: &str, challenge: Option<&str>) -> Option<Category> {
    Some(match operation {
        "RespondToAuthChallenge" | "AdminRespondToAuthChallenge" => match challenge {
            Some("NEW_PASSWORD_REQUIRED") => Category::UserAccountRecovery,
            _ => Category::ChallengeAnswer,
        },
        "InitiateAuth" | "AdminInitiateAuth" | "GetTokensFromRefreshToken" => Category::UserAuthentication,
        "SignUp" | "ConfirmSignUp" | "AdminCreateUser" | "AdminConfirmSignUp" => Category::UserCreation,
        "ChangePassword"
        | "ForgotPassword"
        | "ConfirmForgotPassword"
        | "AdminResetUserPassword"
        | "AdminSetUserPassword" => Category::UserAccountRecovery,
        "GetUser" | "GetUserAuthFactors" | "AdminGetUser" | "AdminGetUserAuthFactors" => Category::UserRead,
        "UpdateUserAttributes"
        | "DeleteUserAttributes"
        | "DeleteUser"
        | "VerifyUserAttribute"
        | "GlobalSignOut"
        | "AdminAddUserToGroup"
        | "AdminRemoveUserFromGroup"
        | "AdminUpdateUserAttributes"
        | "AdminDeleteUserAttributes"
        | "AdminDeleteUser"
        | "AdminDisableUser"
        | "AdminEnableUser"
        | "AdminLinkProviderForUser"
        | "AdminDisableProviderForUser"
        | "AdminUserGlobalSignOut" => Category::UserUpdate,
        "RevokeToken" => Category::UserToken,
        "GetDevice"
        | "ListDevices"
        | "ListUserSessions"
        | "ListWebAuthnCredentials"
        | "GetUserAttributeVerificationCode"
        | "ResendConfirmationCode"
        | "AdminGetDevice"
        | "AdminListDevices"
        | "AdminListGroupsForUser"
        | "AdminListUserAuthEvents"
        | "AdminListUserSessions" => Category::UserResourceRead,
        "AssociateSoftwareToken"
        | "VerifySoftwareToken"
        | "SetUserMFAPreference"
        | "SetUserSettings"
        | "ConfirmDevice"
        | "ForgetDevice"
        | "UpdateDeviceStatus"
        | "StartWebAuthnRegistration"
        | "CompleteWebAuthnRegistration"
        | "DeleteWebAuthnCredential"
        | "RevokeUserSession"
        | "UpdateAuthEventFeedback"
        | "AdminDeleteSoftwareToken"
        | "AdminSetUserMFAPreference"
        | "AdminSetUserSettings"
        | "AdminForgetDevice"
        | "AdminUpdateDeviceStatus"
        | "AdminRevokeUserSession"
        | "AdminUpdateAuthEventFeedback" => Category::UserResourceUpdate,
        "ListUsers" | "ListUsersInGroup" => Category::UserList,
        "DescribeUserPool" | "ListUserPools" | "ListUserPoolReplicas" => Category::UserPoolRead,
        "CreateUserPool"
        | "UpdateUserPool"
        | "DeleteUserPool"
        | "CreateUserPoolReplica"
        | "UpdateUserPoolReplica"
        | "DeleteUserPoolReplica" => Category::UserPoolUpdate,
        "DescribeIdentityProvider"
        | "DescribeManagedLoginBranding"
        | "DescribeManagedLoginBrandingByClient"
        | "DescribeResourceServer"
        | "DescribeRiskConfiguration"
        | "DescribeTerms"
        | "DescribeTermsByClient"
        | "DescribeUserImportJob"
        | "DescribeUserPoolDomain"
        | "GetCSVHeader"
        | "GetGroup"
        | "GetIdentityProviderByIdentifier"
        | "GetLogDeliveryConfiguration"
        | "GetSigningCertificate"
        | "GetUICustomization"
        | "GetUserPoolMfaConfig"
        | "GetUserPoolSessionConfiguration"
        | "ListGroups"
        | "ListIdentityProviders"
        | "ListResourceServers"
        | "ListTagsForResource"
        | "ListTerms"
        | "ListUserImportJobs" => Category::UserPoolResourceRead,
        "AddCustomAttributes"
        | "CreateGroup"
        | "CreateIdentityProvider"
        | "CreateManagedLoginBranding"
        | "CreateResourceServer"
        | "CreateTerms"
        | "CreateUserImportJob"
        | "CreateUserPoolDomain"
        | "DeleteGroup"
        | "DeleteIdentityProvider"
        | "DeleteManagedLoginBranding"
        | "DeleteResourceServer"
        | "DeleteTerms"
        | "DeleteUserPoolDomain"
        | "SetLogDeliveryConfiguration"
        | "SetRiskConfiguration"
        | "SetUICustomization"
        | "SetUserPoolMfaConfig"
        | "SetUserPoolSessionConfiguration"
        | "StartUserImportJob"
        | "StopUserImportJob"
        | "TagResource"
        | "UntagResource"
        | "UpdateGroup"
        | "UpdateIdentityProvider"
        | "UpdateManagedLoginBranding"
        | "UpdateResourceServer"
        | "UpdateTerms"
        | "UpdateUserPoolDomain" => Category::UserPoolResourceUpdate,
        "DescribeUserPoolClient"
        | "ListUserPoolClients"
        | "ListUserPoolClientSecrets"
        | "GetUserPoolClientSessionConfiguration" => Category::UserPoolClientRead,
        "CreateUserPoolClient"
        | "UpdateUserPoolClient"
        | "DeleteUserPoolClient"
        | "AddUserPoolClientSecret"
        | "DeleteUserPoolClientSecret"
        | "SetUserPoolClientSessionConfiguration" => Category::UserPoolClientUpdate,
        "GetClientToken" | "GetDerivedToken" => Category::ClientAuthentication,
        "GetProvisionedLimit" | "UpdateProvisionedLimit" => Category::LimitManagement,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_model::idp;

    #[test]
    fn every_operation_of_user_pools_has_a_category() {
        assert_eq!(idp::OPERATIONS.len(), 141);
        for meta in idp::OPERATIONS {
            assert!(of_user_pools(meta.name, None).is_some(), "{}", meta.name);
        }
        assert_eq!(of_user_pools("GetId", None), None);
        // Services have operations of the same name.
        let of_service = |service| of(&OperationMeta { service, name: "ListUsers", ..idp::OPERATIONS[0] }, None);
        assert_eq!(of_service(Service::Idp), Some(Category::UserList));
        assert_eq!(of_service(Service::Iam), None);
    }

    #[test]
    fn guesses_are_counted_with_sign_ins_and_new_passwords_with_recovery() {
        assert_eq!(of_user_pools("InitiateAuth", None), Some(Category::UserAuthentication));
        assert_eq!(of_user_pools("RespondToAuthChallenge", Some("PASSWORD_VERIFIER")), Some(Category::ChallengeAnswer));
        assert_eq!(
            of_user_pools("RespondToAuthChallenge", Some("NEW_PASSWORD_REQUIRED")),
            Some(Category::UserAccountRecovery)
        );
        assert_eq!(of_user_pools("SetUserMFAPreference", None), Some(Category::UserResourceUpdate));
    }

    #[test]
    fn what_is_about_a_user_reads_or_writes() {
        let access = |operation| of_user_pools(operation, None).unwrap().access();
        for read in ["InitiateAuth", "RespondToAuthChallenge", "GetUser", "GetDevice", "AdminGetUser"] {
            assert_eq!(access(read), Some(Access::Read), "{read}");
        }
        for write in ["UpdateUserAttributes", "SetUserSettings", "ChangePassword", "AdminDisableUser", "SignUp"] {
            assert_eq!(access(write), Some(Access::Write), "{write}");
        }
        assert_eq!(access("ListUsers"), None);
        assert_eq!(access("CreateGroup"), None);
    }

    #[test]
    fn quotas_are_read_by_name() {
        assert_eq!("UserList".parse(), Ok(Category::UserList));
        for wrong in ["ChallengeAnswer", "RefusedSignature", "userlist", ""] {
            assert!(wrong.parse::<Category>().is_err(), "{wrong}");
        }
    }
}
