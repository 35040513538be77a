//! The rows of user pools.

use stepwell_model::{OperationInput as _, idp};

use super::{Ask, Asks, Authorized, Resource, tags_of};

/// The service that roles are passed to.
const SERVICE: &str = "cognito-idp.amazonaws.com";

/// Operations on the pool that the request names.
macro_rules! on_user_pool {
    ($($operation:ident),* $(,)?) => {
        $( impl Authorized for idp::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                Asks::on(Resource::UserPool(input.user_pool_id()))
            }
        } )*
    };
}

/// Operations that policies can only allow on `*`.
macro_rules! on_anything {
    ($($operation:ident),* $(,)?) => {
        $( impl Authorized for idp::$operation {
            fn asks(_: &Self::Input) -> Asks<'_> {
                Asks::on(Resource::Any)
            }
        } )*
    };
}

/// Operations that clients call unsigned: a token, a code or the app client authorizes them.
macro_rules! unsigned {
    ($($operation:ident),* $(,)?) => {
        $( impl Authorized for idp::$operation {
            fn asks(_: &Self::Input) -> Asks<'_> {
                Asks::Unsigned
            }
        } )*
    };
}

/// Operations on the pool that the request names, and the roles that it hands to the pool.
macro_rules! on_user_pool_with_role {
    ($($operation:ident: $role:expr),* $(,)?) => {
        $( impl Authorized for idp::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let role: fn(&Self::Input) -> Option<&str> = $role;
                Asks::on(Resource::UserPool(input.user_pool_id()))
                    .and(role(input).map(|arn| Ask::pass_role(arn, SERVICE)))
            }
        } )*
    };
}

on_user_pool! {
    AddCustomAttributes,
    AddUserPoolClientSecret,
    AdminAddUserToGroup,
    AdminConfirmSignUp,
    AdminCreateUser,
    AdminDeleteSoftwareToken,
    AdminDeleteUser,
    AdminDeleteUserAttributes,
    AdminDisableProviderForUser,
    AdminDisableUser,
    AdminEnableUser,
    AdminForgetDevice,
    AdminGetDevice,
    AdminGetUser,
    AdminGetUserAuthFactors,
    AdminInitiateAuth,
    AdminLinkProviderForUser,
    AdminListDevices,
    AdminListGroupsForUser,
    AdminListUserAuthEvents,
    AdminListUserSessions,
    AdminRemoveUserFromGroup,
    AdminResetUserPassword,
    AdminRespondToAuthChallenge,
    AdminRevokeUserSession,
    AdminSetUserMFAPreference,
    AdminSetUserPassword,
    AdminSetUserSettings,
    AdminUpdateAuthEventFeedback,
    AdminUpdateDeviceStatus,
    AdminUpdateUserAttributes,
    AdminUserGlobalSignOut,
    CreateIdentityProvider,
    CreateManagedLoginBranding,
    CreateResourceServer,
    CreateTerms,
    CreateUserPoolDomain,
    CreateUserPoolReplica,
    DeleteGroup,
    DeleteIdentityProvider,
    DeleteManagedLoginBranding,
    DeleteResourceServer,
    DeleteTerms,
    DeleteUserPool,
    DeleteUserPoolClient,
    DeleteUserPoolClientSecret,
    DeleteUserPoolDomain,
    DeleteUserPoolReplica,
    DescribeIdentityProvider,
    DescribeManagedLoginBranding,
    DescribeManagedLoginBrandingByClient,
    DescribeResourceServer,
    DescribeRiskConfiguration,
    DescribeTerms,
    DescribeTermsByClient,
    DescribeUserImportJob,
    DescribeUserPool,
    DescribeUserPoolClient,
    GetCSVHeader,
    GetGroup,
    GetIdentityProviderByIdentifier,
    GetLogDeliveryConfiguration,
    GetSigningCertificate,
    GetUICustomization,
    GetUserPoolClientSessionConfiguration,
    GetUserPoolMfaConfig,
    GetUserPoolSessionConfiguration,
    ListGroups,
    ListIdentityProviders,
    ListResourceServers,
    ListTerms,
    ListUserImportJobs,
    ListUserPoolClientSecrets,
    ListUserPoolClients,
    ListUserPoolReplicas,
    ListUsers,
    ListUsersInGroup,
    SetLogDeliveryConfiguration,
    SetRiskConfiguration,
    SetUICustomization,
    SetUserPoolClientSessionConfiguration,
    SetUserPoolSessionConfiguration,
    StartUserImportJob,
    StopUserImportJob,
    UpdateIdentityProvider,
    UpdateManagedLoginBranding,
    UpdateResourceServer,
    UpdateTerms,
    UpdateUserPoolDomain,
    UpdateUserPoolReplica,
}

on_user_pool_with_role! {
    CreateGroup: |input| input.role_arn.as_deref(),
    UpdateGroup: |input| input.role_arn.as_deref(),
    CreateUserImportJob: |input| input.cloud_watch_logs_role_arn.as_deref(),
    CreateUserPoolClient: |input| input.analytics_configuration.as_ref()?.role_arn.as_deref(),
    UpdateUserPoolClient: |input| input.analytics_configuration.as_ref()?.role_arn.as_deref(),
    SetUserPoolMfaConfig: |input| {
        input.sms_mfa_configuration.as_ref()?.sms_configuration.as_ref()?.sns_caller_arn.as_deref()
    },
}

on_anything! {
    DescribeUserPoolDomain,
    // Not in the reference; nothing in a request of it names a pool.
    GetDerivedToken,
    GetProvisionedLimit,
    ListUserPools,
    UpdateProvisionedLimit,
}

unsigned! {
    AssociateSoftwareToken,
    ChangePassword,
    CompleteWebAuthnRegistration,
    ConfirmDevice,
    ConfirmForgotPassword,
    ConfirmSignUp,
    DeleteUser,
    DeleteUserAttributes,
    DeleteWebAuthnCredential,
    ForgetDevice,
    ForgotPassword,
    GetClientToken,
    GetDevice,
    GetTokensFromRefreshToken,
    GetUser,
    GetUserAttributeVerificationCode,
    GetUserAuthFactors,
    GlobalSignOut,
    InitiateAuth,
    ListDevices,
    ListUserSessions,
    ListWebAuthnCredentials,
    ResendConfirmationCode,
    RespondToAuthChallenge,
    RevokeToken,
    RevokeUserSession,
    SetUserMFAPreference,
    SetUserSettings,
    SignUp,
    StartWebAuthnRegistration,
    UpdateAuthEventFeedback,
    UpdateDeviceStatus,
    UpdateUserAttributes,
    VerifySoftwareToken,
    VerifyUserAttribute,
}

impl Authorized for idp::CreateUserPool {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let tags = input.user_pool_tags.as_ref().filter(|tags| !tags.is_empty());
        let caller = input.sms_configuration.as_ref().and_then(|sms| sms.sns_caller_arn.as_deref());
        Asks::These(vec![Ask::own(Resource::Any).request_tags(tags_of(tags))])
            .and(tags.map(|_| Ask::other("cognito-idp:TagResource", Resource::Any).request_tags(tags_of(tags))))
            .and(caller.map(|arn| Ask::pass_role(arn, SERVICE)))
    }
}

impl Authorized for idp::UpdateUserPool {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let pool = Resource::UserPool(input.user_pool_id());
        let tags = input.user_pool_tags.as_ref();
        let caller = input.sms_configuration.as_ref().and_then(|sms| sms.sns_caller_arn.as_deref());
        Asks::These(vec![Ask::own(pool).request_tags(tags_of(tags))])
            // The tags given replace those that were there.
            .and(tags.map(|_| Ask::other("cognito-idp:TagResource", pool).request_tags(tags_of(tags))))
            .and(tags.map(|tags| Ask::other("cognito-idp:UntagResource", pool).replacing(tags)))
            .and(caller.map(|arn| Ask::pass_role(arn, SERVICE)))
    }
}

impl Authorized for idp::ListTagsForResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Arn(input.resource_arn.as_deref()))
    }
}

impl Authorized for idp::TagResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let resource = Resource::Arn(input.resource_arn.as_deref());
        Asks::These(vec![Ask::own(resource).request_tags(tags_of(input.tags.as_ref()))])
    }
}

impl Authorized for idp::UntagResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let resource = Resource::Arn(input.resource_arn.as_deref());
        let keys = input.tag_keys.iter().flatten().map(String::as_str);
        Asks::These(vec![Ask::own(resource).tag_keys(keys)])
    }
}
