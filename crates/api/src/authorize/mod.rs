//! What each operation asks of the policies of whoever signed it: the action, the resources, the condition keys.
//!
//! One row per operation, by AWS's Service Authorization Reference ("Actions, resources, and condition keys for Amazon
//! Cognito User Pools", "… Amazon Cognito Identity", "… AWS Identity and Access Management", "… AWS Security Token
//! Service"). A row reads the *typed* input that the operation is given, so that both always see the same request. An
//! operation without a row does not compile: the dispatchers register what is `Operation + Authorized`.

mod iam;
mod identity;
mod idp;
mod phase;
mod resource;
mod sts;

use std::collections::BTreeMap;

use stepwell_model::OperationShape;

pub use phase::phase;

/// An operation with its row.
pub trait Authorized: OperationShape {
    /// What it asks.
    fn asks(input: &Self::Input) -> Asks<'_>;
}

/// What an operation asks of the policies.
#[derive(Debug)]
pub enum Asks<'a> {
    /// Nothing: clients do not sign it, a token or the app client authorizes it.
    Unsigned,
    /// Nothing: AWS lets every principal call it, whatever policies say. The reason stands at the row.
    Free,
    /// The operation asks itself, because more than the caller's policies decide.
    Itself,
    /// All of these.
    These(Vec<Ask<'a>>),
}

impl<'a> Asks<'a> {
    /// The operation's own action on a resource.
    pub(crate) fn on(resource: Resource<'a>) -> Self {
        Self::These(vec![Ask::own(resource)])
    }

    /// And one more question.
    fn and(self, more: impl IntoIterator<Item = Ask<'a>>) -> Self {
        match self {
            Self::These(mut asks) => {
                asks.extend(more);
                Self::These(asks)
            }
            other => other,
        }
    }
}

/// One question.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The action, if it is not the operation's own.
    action: Option<&'static str>,
    resource: Resource<'a>,
    /// `aws:RequestTag/…` and `aws:TagKeys`.
    request_tags: Vec<(&'a str, &'a str)>,
    /// `aws:TagKeys` of a request that names keys only.
    tag_keys: Vec<&'a str>,
    /// The tags that take the place of the resource's: `aws:TagKeys` are those that it loses.
    replacing: Option<&'a BTreeMap<String, String>>,
    /// Further condition keys.
    keys: Vec<(&'static str, &'a str)>,
    /// Whether the boundary of the user or role is a condition key of this action.
    sees_boundary: bool,
}

impl<'a> Ask<'a> {
    /// The operation's own action.
    fn own(resource: Resource<'a>) -> Self {
        Self {
            action: None,
            resource,
            request_tags: Vec::new(),
            tag_keys: Vec::new(),
            replacing: None,
            keys: Vec::new(),
            sees_boundary: false,
        }
    }

    /// Another action.
    fn other(action: &'static str, resource: Resource<'a>) -> Self {
        Self { action: Some(action), ..Self::own(resource) }
    }

    /// `iam:PassRole` for handing a role to a service.
    fn pass_role(role_arn: &'a str, service: &'static str) -> Self {
        Self::other("iam:PassRole", Resource::Arn(Some(role_arn))).key("iam:PassedToService", Some(service))
    }

    fn request_tags(mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.request_tags.extend(tags);
        self
    }

    fn tag_keys(mut self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.tag_keys.extend(keys);
        self
    }

    fn replacing(mut self, tags: &'a BTreeMap<String, String>) -> Self {
        self.replacing = Some(tags);
        self
    }

    fn key(mut self, name: &'static str, value: Option<&'a str>) -> Self {
        self.keys.extend(value.map(|value| (name, value)));
        self
    }

    fn seeing_boundary(mut self) -> Self {
        self.sees_boundary = true;
        self
    }
}

/// The resource of a question, as the request names it.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// None: policies see `*`.
    Any,
    /// A user pool by its id.
    UserPool(Option<&'a str>),
    /// Whatever this ARN names. The tags of a pool or of an identity provider are looked up.
    Arn(Option<&'a str>),
    /// An identity pool by its id.
    IdentityPool(Option<&'a str>),
    /// `*`, and the identity pool of this identity as the key `cognito-identity:IdentityPoolArn`.
    Identity(Option<&'a str>),
    /// An IAM user by name; without a name the one who calls.
    User(Option<&'a str>),
    /// An IAM role by name.
    Role(Option<&'a str>),
    /// The IAM user of this name, as it will be called after the request: without a new path or name it keeps its own.
    Renamed {
        /// The user's name now; without one the caller.
        user: Option<&'a str>,
        /// The new path.
        path: Option<&'a str>,
        /// The new name.
        name: Option<&'a str>,
    },
    /// A managed policy by its ARN.
    Policy(Option<&'a str>),
    /// A service whose requests are to be verified (`VerifyRequest`).
    VerifiedService(Option<&'a str>),
    /// Something of IAM that is about to be made.
    New {
        /// `user`, `role`, `policy`, `oidc-provider` or `saml-provider`.
        kind: &'static str,
        /// `/` unless the request says otherwise; none for providers.
        path: Option<&'a str>,
        /// Its name, or a provider's host and path.
        name: Option<&'a str>,
    },
}

/// The tags of a map in a request.
fn tags_of(map: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = (&str, &str)> {
    map.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests;
