//! Which resource each operation belongs to; the folders of `crates/api/src/idp` and the modules of the model.

use std::collections::BTreeMap;

use super::Failure;
use super::service::ServiceModel;

/// The resources of user pools with their operations.
pub(super) const IDP: &[(&str, &[&str])] = &[
    (
        "user_pools",
        &[
            "AddCustomAttributes",
            "CreateUserPool",
            "DeleteUserPool",
            "DescribeUserPool",
            "GetSigningCertificate",
            "GetUserPoolMfaConfig",
            "GetUserPoolSessionConfiguration",
            "ListUserPools",
            "SetUserPoolMfaConfig",
            "SetUserPoolSessionConfiguration",
            "UpdateUserPool",
        ],
    ),
    ("replicas", &["CreateUserPoolReplica", "DeleteUserPoolReplica", "ListUserPoolReplicas", "UpdateUserPoolReplica"]),
    (
        "clients",
        &[
            "AddUserPoolClientSecret",
            "CreateUserPoolClient",
            "DeleteUserPoolClient",
            "DeleteUserPoolClientSecret",
            "DescribeUserPoolClient",
            "GetUserPoolClientSessionConfiguration",
            "ListUserPoolClientSecrets",
            "ListUserPoolClients",
            "SetUserPoolClientSessionConfiguration",
            "UpdateUserPoolClient",
        ],
    ),
    ("domains", &["CreateUserPoolDomain", "DeleteUserPoolDomain", "DescribeUserPoolDomain", "UpdateUserPoolDomain"]),
    (
        "admin_users",
        &[
            "AdminConfirmSignUp",
            "AdminCreateUser",
            "AdminDeleteUser",
            "AdminDeleteUserAttributes",
            "AdminDisableProviderForUser",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminGetUser",
            "AdminLinkProviderForUser",
            "AdminResetUserPassword",
            "AdminSetUserPassword",
            "AdminSetUserSettings",
            "AdminUpdateUserAttributes",
            "ListUsers",
        ],
    ),
    (
        "self_service",
        &[
            "ChangePassword",
            "DeleteUser",
            "DeleteUserAttributes",
            "GetUser",
            "GetUserAttributeVerificationCode",
            "SetUserSettings",
            "UpdateUserAttributes",
            "VerifyUserAttribute",
        ],
    ),
    ("sign_up", &["ConfirmForgotPassword", "ConfirmSignUp", "ForgotPassword", "ResendConfirmationCode", "SignUp"]),
    ("auth", &["AdminInitiateAuth", "AdminRespondToAuthChallenge", "InitiateAuth", "RespondToAuthChallenge"]),
    ("tokens", &["GetClientToken", "GetDerivedToken", "GetTokensFromRefreshToken", "RevokeToken"]),
    (
        "sessions",
        &[
            "AdminListUserSessions",
            "AdminRevokeUserSession",
            "AdminUserGlobalSignOut",
            "GlobalSignOut",
            "ListUserSessions",
            "RevokeUserSession",
        ],
    ),
    (
        "mfa",
        &[
            "AdminDeleteSoftwareToken",
            "AdminGetUserAuthFactors",
            "AdminSetUserMFAPreference",
            "AssociateSoftwareToken",
            "GetUserAuthFactors",
            "SetUserMFAPreference",
            "VerifySoftwareToken",
        ],
    ),
    (
        "webauthn",
        &[
            "CompleteWebAuthnRegistration",
            "DeleteWebAuthnCredential",
            "ListWebAuthnCredentials",
            "StartWebAuthnRegistration",
        ],
    ),
    (
        "devices",
        &[
            "AdminForgetDevice",
            "AdminGetDevice",
            "AdminListDevices",
            "AdminUpdateDeviceStatus",
            "ConfirmDevice",
            "ForgetDevice",
            "GetDevice",
            "ListDevices",
            "UpdateDeviceStatus",
        ],
    ),
    (
        "groups",
        &[
            "AdminAddUserToGroup",
            "AdminListGroupsForUser",
            "AdminRemoveUserFromGroup",
            "CreateGroup",
            "DeleteGroup",
            "GetGroup",
            "ListGroups",
            "ListUsersInGroup",
            "UpdateGroup",
        ],
    ),
    (
        "identity_providers",
        &[
            "CreateIdentityProvider",
            "DeleteIdentityProvider",
            "DescribeIdentityProvider",
            "GetIdentityProviderByIdentifier",
            "ListIdentityProviders",
            "UpdateIdentityProvider",
        ],
    ),
    (
        "resource_servers",
        &[
            "CreateResourceServer",
            "DeleteResourceServer",
            "DescribeResourceServer",
            "ListResourceServers",
            "UpdateResourceServer",
        ],
    ),
    (
        "branding",
        &[
            "CreateManagedLoginBranding",
            "DeleteManagedLoginBranding",
            "DescribeManagedLoginBranding",
            "DescribeManagedLoginBrandingByClient",
            "GetUICustomization",
            "SetUICustomization",
            "UpdateManagedLoginBranding",
        ],
    ),
    ("terms", &["CreateTerms", "DeleteTerms", "DescribeTerms", "DescribeTermsByClient", "ListTerms", "UpdateTerms"]),
    (
        "imports",
        &[
            "CreateUserImportJob",
            "DescribeUserImportJob",
            "GetCSVHeader",
            "ListUserImportJobs",
            "StartUserImportJob",
            "StopUserImportJob",
        ],
    ),
    (
        "risk",
        &[
            "AdminListUserAuthEvents",
            "AdminUpdateAuthEventFeedback",
            "DescribeRiskConfiguration",
            "SetRiskConfiguration",
            "UpdateAuthEventFeedback",
        ],
    ),
    ("logging", &["GetLogDeliveryConfiguration", "SetLogDeliveryConfiguration"]),
    ("limits", &["GetProvisionedLimit", "UpdateProvisionedLimit"]),
    ("tags", &["ListTagsForResource", "TagResource", "UntagResource"]),
];

/// Identity pools are one module and, in `crates/api`, one folder without further division.
pub(super) const IDENTITY: &str = "identity_pools";

/// The operations of STS that Stepwell has. Not the others: `AssumeRoot` and organizations, `GetFederationToken` (an
/// older way to what session policies do), outbound federation, and `DecodeAuthorizationMessage` (nothing here encodes one).
pub(super) const STS: &[(&str, &[&str])] = &[(
    "credentials",
    &[
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "GetAccessKeyInfo",
        "GetCallerIdentity",
        "GetSessionToken",
    ],
)];

/// The operations of IAM that Stepwell has: what users, access keys, roles, policies and identity providers need, and what
/// Terraform reads on the way.
pub(super) const IAM: &[(&str, &[&str])] = &[
    (
        "users",
        &[
            "AttachUserPolicy",
            "CreateUser",
            "DeleteLoginProfile",
            "DeleteUser",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachUserPolicy",
            "GetLoginProfile",
            "GetUser",
            "GetUserPolicy",
            "ListAttachedUserPolicies",
            "ListGroupsForUser",
            "ListMFADevices",
            "ListSSHPublicKeys",
            "ListServiceSpecificCredentials",
            "ListSigningCertificates",
            "ListUserPolicies",
            "ListUserTags",
            "ListUsers",
            "ListVirtualMFADevices",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
            "TagUser",
            "UntagUser",
            "UpdateUser",
        ],
    ),
    ("access_keys", &["CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "UpdateAccessKey"]),
    (
        "roles",
        &[
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ],
    ),
    (
        "policies",
        &[
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "GetPolicy",
            "GetPolicyVersion",
            "ListEntitiesForPolicy",
            "ListPolicies",
            "ListPolicyTags",
            "ListPolicyVersions",
            "SetDefaultPolicyVersion",
            "TagPolicy",
            "UntagPolicy",
        ],
    ),
    (
        "oidc_providers",
        &[
            "AddClientIDToOpenIDConnectProvider",
            "CreateOpenIDConnectProvider",
            "DeleteOpenIDConnectProvider",
            "GetOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
            "ListOpenIDConnectProviders",
            "RemoveClientIDFromOpenIDConnectProvider",
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint",
        ],
    ),
    (
        "saml_providers",
        &[
            "CreateSAMLProvider",
            "DeleteSAMLProvider",
            "GetSAMLProvider",
            "ListSAMLProviderTags",
            "ListSAMLProviders",
            "TagSAMLProvider",
            "UntagSAMLProvider",
            "UpdateSAMLProvider",
        ],
    ),
];

/// Checks that the table holds each operation of the model exactly once.
pub(super) fn check(model: &ServiceModel) -> Result<(), Failure> {
    let mut times: BTreeMap<&str, usize> = model.operations.keys().map(|name| (name.as_str(), 0)).collect();
    for operation in IDP.iter().flat_map(|(_, operations)| *operations) {
        match times.get_mut(operation) {
            Some(count) => *count += 1,
            None => {
                return Err(Failure::new(format!("resources.rs names {operation}, which the model lacks")));
            }
        }
    }
    match times.iter().find(|(_, count)| **count != 1) {
        Some((operation, count)) => Err(Failure::new(format!("{operation} stands {count} times in resources.rs"))),
        None => Ok(()),
    }
}
