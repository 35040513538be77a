//! The rows of identity pools.

use stepwell_model::{OperationInput as _, identity};

use super::{Ask, Asks, Authorized, Resource, tags_of};

/// Operations on the identity pool that the request names.
macro_rules! on_identity_pool {
    ($($operation:ident),* $(,)?) => {
        $( impl Authorized for identity::$operation {
            fn asks(input: &Self::Input) -> Asks<'_> {
                Asks::on(Resource::IdentityPool(input.identity_pool_id()))
            }
        } )*
    };
}

/// Operations that clients call unsigned.
macro_rules! unsigned {
    ($($operation:ident),* $(,)?) => {
        $( impl Authorized for identity::$operation {
            fn asks(_: &Self::Input) -> Asks<'_> {
                Asks::Unsigned
            }
        } )*
    };
}

on_identity_pool! {
    DeleteIdentityPool,
    DescribeIdentityPool,
    GetIdentityPoolRoles,
    GetOpenIdTokenForDeveloperIdentity,
    GetPrincipalTagAttributeMap,
    ListIdentities,
    LookupDeveloperIdentity,
    MergeDeveloperIdentities,
    UnlinkDeveloperIdentity,
}

unsigned! {
    GetCredentialsForIdentity,
    GetId,
    GetOpenIdToken,
    UnlinkIdentity,
}

impl Authorized for identity::ListIdentityPools {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Any)
    }
}

/// The reference gives it no resource, so that it can only be allowed on `*`.
impl Authorized for identity::SetPrincipalTagAttributeMap {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Any)
    }
}

/// As [`identity::SetPrincipalTagAttributeMap`]. The operation itself asks for `iam:PassRole` for each role, because Cognito
/// refuses that in words of its own.
impl Authorized for identity::SetIdentityPoolRoles {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Any)
    }
}

impl Authorized for identity::CreateIdentityPool {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let tags = input.identity_pool_tags.as_ref().filter(|tags| !tags.is_empty());
        Asks::These(vec![Ask::own(Resource::Any).request_tags(tags_of(tags))])
            .and(tags.map(|_| Ask::other("cognito-identity:TagResource", Resource::Any).request_tags(tags_of(tags))))
    }
}

impl Authorized for identity::UpdateIdentityPool {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let pool = Resource::IdentityPool(input.identity_pool_id.as_deref());
        let tags = input.identity_pool_tags.as_ref();
        Asks::These(vec![Ask::own(pool).request_tags(tags_of(tags))])
            .and(tags.map(|_| Ask::other("cognito-identity:TagResource", pool).request_tags(tags_of(tags))))
            .and(tags.map(|tags| Ask::other("cognito-identity:UntagResource", pool).replacing(tags)))
    }
}

impl Authorized for identity::DescribeIdentity {
    fn asks(input: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Identity(input.identity_id.as_deref()))
    }
}

/// Asked for each identity: they may be of different identity pools.
impl Authorized for identity::DeleteIdentities {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let each = input.identity_ids_to_delete.iter().flatten();
        let asks: Vec<Ask<'_>> = each.map(|id| Ask::own(Resource::Identity(Some(id)))).collect();
        if asks.is_empty() { Asks::on(Resource::Any) } else { Asks::These(asks) }
    }
}

impl Authorized for identity::ListTagsForResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Arn(input.resource_arn.as_deref()))
    }
}

impl Authorized for identity::TagResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let resource = Resource::Arn(input.resource_arn.as_deref());
        Asks::These(vec![Ask::own(resource).request_tags(tags_of(input.tags.as_ref()))])
    }
}

impl Authorized for identity::UntagResource {
    fn asks(input: &Self::Input) -> Asks<'_> {
        let resource = Resource::Arn(input.resource_arn.as_deref());
        let keys = input.tag_keys.iter().flatten().map(String::as_str);
        Asks::These(vec![Ask::own(resource).tag_keys(keys)])
    }
}
