//! The rows of access management.

use stepwell_model::iam;
use stepwell_model::iam::Tag;

use super::{Ask, Asks, Authorized, Resource};

/// Operations on one resource, given by a function of the input.
macro_rules! on {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                Asks::on(resource(input))
            }
        } )*
    };
}

/// Operations on a user or role that name a managed policy (`iam:PolicyARN`).
macro_rules! with_policy {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                let ask = Ask::own(resource(input)).key("iam:PolicyARN", input.policy_arn.as_deref());
                Asks::These(vec![ask.seeing_boundary()])
            }
        } )*
    };
}

/// Operations that may hang on the boundary which a user or role has (`iam:PermissionsBoundary`).
macro_rules! within_boundary {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                Asks::These(vec![Ask::own(resource(input)).seeing_boundary()])
            }
        } )*
    };
}

/// Operations that give a user or role this boundary (`iam:PermissionsBoundary`).
macro_rules! with_boundary {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                let boundary = input.permissions_boundary.as_deref();
                Asks::These(vec![Ask::own(resource(input)).key(BOUNDARY, boundary)])
            }
        } )*
    };
}

/// Operations that add tags.
macro_rules! tagging {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                Asks::These(vec![Ask::own(resource(input)).request_tags(pairs(input.tags.as_deref()))])
            }
        } )*
    };
}

/// Operations that take tags away.
macro_rules! untagging {
    ($resource:expr => $($operation:ident),* $(,)?) => {
        $( impl Authorized for iam::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                let resource: fn(&Self::Input) -> Resource<'_> = $resource;
                let keys = input.tag_keys.iter().flatten().map(String::as_str);
                Asks::These(vec![Ask::own(resource(input)).tag_keys(keys)])
            }
        } )*
    };
}

/// The key under which the resource's boundary is asked for; where the request sets one, that one.
pub(super) const BOUNDARY: &str = "iam:PermissionsBoundary";

/// Tags of a request; the model has made sure that each has both parts.
fn pairs(tags: Option<&[Tag]>) -> impl Iterator<Item = (&str, &str)> {
    tags.unwrap_or_default().iter().filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?)))
}

/// Something new, and the tags that it is made with: those ask for the right to tag as well (IAM User Guide, "Tags for IAM
/// resources").
fn created<'a>(new: Resource<'a>, tag: &'static str, tags: Option<&'a [Tag]>, boundary: Option<&'a str>) -> Asks<'a> {
    let tagged = tags.is_some_and(|tags| !tags.is_empty());
    Asks::These(vec![Ask::own(new).request_tags(pairs(tags)).key(BOUNDARY, boundary)])
        .and(tagged.then(|| Ask::other(tag, new).request_tags(pairs(tags))))
}

on! { |_| Resource::Any =>
    ListOpenIDConnectProviders,
    ListPolicies,
    ListRoles,
    ListSAMLProviders,
    ListUsers,
    ListVirtualMFADevices,
}

on! { |input| Resource::User(input.user_name.as_deref()) =>
    CreateAccessKey,
    DeleteAccessKey,
    DeleteLoginProfile,
    DeleteUser,
    GetLoginProfile,
    GetUser,
    GetUserPolicy,
    ListAccessKeys,
    ListAttachedUserPolicies,
    ListGroupsForUser,
    ListMFADevices,
    ListSSHPublicKeys,
    ListServiceSpecificCredentials,
    ListSigningCertificates,
    ListUserPolicies,
    ListUserTags,
    UpdateAccessKey,
}

on! { |input| Resource::Role(input.role_name.as_deref()) =>
    DeleteRole,
    GetRole,
    GetRolePolicy,
    ListAttachedRolePolicies,
    ListInstanceProfilesForRole,
    ListRolePolicies,
    ListRoleTags,
    UpdateAssumeRolePolicy,
    UpdateRole,
    UpdateRoleDescription,
}

on! { |input| Resource::Policy(input.policy_arn.as_deref()) =>
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    GetPolicy,
    GetPolicyVersion,
    ListEntitiesForPolicy,
    ListPolicyTags,
    ListPolicyVersions,
    SetDefaultPolicyVersion,
}

on! { |input| Resource::Arn(input.open_id_connect_provider_arn.as_deref()) =>
    AddClientIDToOpenIDConnectProvider,
    DeleteOpenIDConnectProvider,
    GetOpenIDConnectProvider,
    ListOpenIDConnectProviderTags,
    RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint,
}

on! { |input| Resource::Arn(input.saml_provider_arn.as_deref()) =>
    DeleteSAMLProvider,
    GetSAMLProvider,
    ListSAMLProviderTags,
    UpdateSAMLProvider,
}

within_boundary! { |input| Resource::User(input.user_name.as_deref()) =>
    DeleteUserPermissionsBoundary,
    DeleteUserPolicy,
    PutUserPolicy,
}

within_boundary! { |input| Resource::Role(input.role_name.as_deref()) =>
    DeleteRolePermissionsBoundary,
    DeleteRolePolicy,
    PutRolePolicy,
}

with_policy! { |input| Resource::User(input.user_name.as_deref()) => AttachUserPolicy, DetachUserPolicy }
with_policy! { |input| Resource::Role(input.role_name.as_deref()) => AttachRolePolicy, DetachRolePolicy }

with_boundary! { |input| Resource::User(input.user_name.as_deref()) => PutUserPermissionsBoundary }
with_boundary! { |input| Resource::Role(input.role_name.as_deref()) => PutRolePermissionsBoundary }

tagging! { |input| Resource::User(input.user_name.as_deref()) => TagUser }
tagging! { |input| Resource::Role(input.role_name.as_deref()) => TagRole }
tagging! { |input| Resource::Policy(input.policy_arn.as_deref()) => TagPolicy }
tagging! { |input| Resource::Arn(input.open_id_connect_provider_arn.as_deref()) => TagOpenIDConnectProvider }
tagging! { |input| Resource::Arn(input.saml_provider_arn.as_deref()) => TagSAMLProvider }

untagging! { |input| Resource::User(input.user_name.as_deref()) => UntagUser }
untagging! { |input| Resource::Role(input.role_name.as_deref()) => UntagRole }
untagging! { |input| Resource::Policy(input.policy_arn.as_deref()) => UntagPolicy }
untagging! { |input| Resource::Arn(input.open_id_connect_provider_arn.as_deref()) => UntagOpenIDConnectProvider }
untagging! { |input| Resource::Arn(input.saml_provider_arn.as_deref()) => UntagSAMLProvider }

impl Authorized for iam::CreateUser {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let new = Resource::New {
            kind: "user",
            path: Some(input.path.as_deref().unwrap_or("/")),
            name: input.user_name.as_deref(),
        };
        created(new, "iam:TagUser", input.tags.as_deref(), input.permissions_boundary.as_deref())
    }
}

impl Authorized for iam::CreateRole {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let new = Resource::New {
            kind: "role",
            path: Some(input.path.as_deref().unwrap_or("/")),
            name: input.role_name.as_deref(),
        };
        created(new, "iam:TagRole", input.tags.as_deref(), input.permissions_boundary.as_deref())
    }
}

impl Authorized for iam::CreatePolicy {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let path = Some(input.path.as_deref().unwrap_or("/"));
        let new = Resource::New { kind: "policy", path, name: input.policy_name.as_deref() };
        created(new, "iam:TagPolicy", input.tags.as_deref(), None)
    }
}

impl Authorized for iam::CreateOpenIDConnectProvider {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let name = input.url.as_deref().map(|url| url.split_once("://").map_or(url, |(_, rest)| rest));
        let new = Resource::New { kind: "oidc-provider", path: None, name };
        created(new, "iam:TagOpenIDConnectProvider", input.tags.as_deref(), None)
    }
}

impl Authorized for iam::CreateSAMLProvider {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let new = Resource::New { kind: "saml-provider", path: None, name: input.name.as_deref() };
        created(new, "iam:TagSAMLProvider", input.tags.as_deref(), None)
    }
}

/// "The entity making the request must have appropriate permissions on both the source object and the target object" (IAM
/// API reference, `UpdateUser`).
impl Authorized for iam::UpdateUser {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let user = input.user_name.as_deref();
        let (path, name) = (input.new_path.as_deref(), input.new_user_name.as_deref());
        Asks::on(Resource::User(user)).and([Ask::own(Resource::Renamed { user, path, name })])
    }
}
