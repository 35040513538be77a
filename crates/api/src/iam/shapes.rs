//! IAM's records on the wire.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use stepwell_core::iam::access_key::NewAccessKey;
use stepwell_core::iam::attachments::{Attached, UsedBy};
use stepwell_core::iam::listing::Paging;
use stepwell_core::iam::policies::{Described, Managed, Scope};
use stepwell_core::iam::policy_versions::VersionOf;
use stepwell_core::iam::{self, EntityKind, PolicyUsage, users};
use stepwell_core::keyring;
use stepwell_core::{Context, Error, ErrorCode, Millis, Result};
use stepwell_model::Timestamp;
use stepwell_model::iam::{
    AccessKey, AccessKeyMetadata, AttachedPermissionsBoundary, AttachedPolicy, EntityType,
    PermissionsBoundaryAttachmentType, Policy, PolicyRole, PolicyScopeType, PolicyUsageType, PolicyUser, PolicyVersion,
    Role, StatusType, Tag, User,
};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A policy document as responses carry it: URL-encoded (IAM API reference, "`GetRolePolicy`").
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A point in time.
pub(crate) fn date(at: Millis) -> Timestamp {
    Timestamp::from_millis(at)
}

/// Which page is asked for.
pub(crate) fn paging(marker: Option<&str>, max_items: Option<i32>) -> Paging<'_> {
    Paging { marker, max_items }
}

/// The user whom a request means: the one it names, or whoever signed it.
pub(crate) fn user_name<'a>(cx: &Context<'a>, given: Option<&'a str>) -> Result<&'a str> {
    given.map_or_else(|| users::own_name(cx), Ok)
}

/// The refusal of whoever asks for a user's console password: there is no console. An error of its own if there is no user.
pub(crate) async fn no_login_profile(cx: &Context<'_>, given: Option<&str>) -> Result<Error> {
    let name = user_name(cx, given)?;
    users::get(cx.domain, name).await?;
    Ok(Error::new(ErrorCode::NoSuchEntity, format!("Login Profile for User {name} cannot be found.")))
}

/// Tags of a request.
pub(crate) fn tag_pairs(tags: Option<Vec<Tag>>) -> Vec<(String, String)> {
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    tags.unwrap_or_default().into_iter().map(pair).collect()
}

/// Tags of a response.
pub(crate) fn tags(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect()
}

/// Tags where a response leaves out what is empty.
fn some_tags(pairs: std::collections::BTreeMap<String, String>) -> Option<Vec<Tag>> {
    (!pairs.is_empty()).then(|| tags(pairs))
}

/// What AWS answers is what its guide says ("can only have a value of `Policy`"), not what its model does.
const BOUNDARY_TYPE: &str = "Policy";

fn boundary(arn: String) -> AttachedPermissionsBoundary {
    AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn),
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::from(BOUNDARY_TYPE)),
    }
}

/// A user as lists tell it: without boundary and tags.
pub(crate) fn listed_user(cx: &Context<'_>, user: iam::User) -> User {
    User {
        arn: Some(user.arn(&cx.domain.settings.account_id)),
        create_date: Some(date(user.created_at)),
        path: Some(user.path),
        user_id: Some(user.user_id),
        user_name: Some(user.name),
        ..User::default()
    }
}

/// A user.
pub(crate) fn user(cx: &Context<'_>, mut user: iam::User) -> User {
    let tags = some_tags(std::mem::take(&mut user.tags));
    let permissions_boundary = user.permissions_boundary.take().map(boundary);
    User { tags, permissions_boundary, ..listed_user(cx, user) }
}

/// The account itself, which is who calls with credentials that mean nothing (`stepwell dev`).
pub(crate) fn root(cx: &Context<'_>) -> User {
    let account = &cx.domain.settings.account_id;
    User { arn: Some(format!("arn:aws:iam::{account}:root")), user_id: Some(account.clone()), ..User::default() }
}

/// A role as lists tell it: without boundary and tags.
pub(crate) fn listed_role(cx: &Context<'_>, role: iam::Role) -> Role {
    Role {
        arn: Some(role.arn(&cx.domain.settings.account_id)),
        assume_role_policy_document: Some(encoded(&role.trust_policy)),
        create_date: Some(date(role.created_at)),
        description: role.description,
        max_session_duration: Some(role.max_session_duration),
        path: Some(role.path),
        role_id: Some(role.role_id),
        role_name: Some(role.name),
        ..Role::default()
    }
}

/// A role.
pub(crate) fn role(cx: &Context<'_>, mut role: iam::Role) -> Role {
    let tags = some_tags(std::mem::take(&mut role.tags));
    let permissions_boundary = role.permissions_boundary.take().map(boundary);
    Role { tags, permissions_boundary, ..listed_role(cx, role) }
}

/// A managed policy as lists tell it: without description and tags.
pub(crate) fn listed_policy(cx: &Context<'_>, described: Described) -> Policy {
    Policy { description: None, tags: None, ..policy(cx, described) }
}

/// A managed policy.
pub(crate) fn policy(cx: &Context<'_>, described: Described) -> Policy {
    let count = |count: i64| Some(i32::try_from(count).unwrap_or(i32::MAX));
    let common = Policy {
        arn: Some(described.policy.arn(&cx.domain.settings.account_id)),
        attachment_count: count(described.attachments),
        permissions_boundary_usage_count: count(described.boundaries),
        is_attachable: Some(true),
        ..Policy::default()
    };
    match described.policy {
        Managed::Own(policy) => Policy {
            create_date: Some(date(policy.created_at)),
            default_version_id: Some(policy.default_version),
            description: policy.description,
            path: Some(policy.path),
            policy_id: Some(policy.policy_id),
            policy_name: Some(policy.name),
            tags: Some(tags(policy.tags)),
            update_date: Some(date(policy.updated_at)),
            ..common
        },
        Managed::Aws(policy) => Policy {
            create_date: Some(date(policy.created_at)),
            default_version_id: Some(policy.version.to_owned()),
            description: Some(policy.description.to_owned()),
            path: Some("/".to_owned()),
            policy_id: Some(policy.policy_id.to_owned()),
            policy_name: Some(policy.name.to_owned()),
            tags: Some(Vec::new()),
            update_date: Some(date(policy.updated_at)),
            ..common
        },
    }
}

/// A version of a managed policy.
pub(crate) fn version(of: VersionOf) -> PolicyVersion {
    let document = Some(encoded(&of.version.text));
    PolicyVersion { document, ..listed_version(of) }
}

/// A version of a managed policy without its text.
pub(crate) fn listed_version(of: VersionOf) -> PolicyVersion {
    PolicyVersion {
        create_date: Some(date(of.version.created_at)),
        document: None,
        is_default_version: Some(of.is_default),
        version_id: Some(of.version.id),
    }
}

/// An attached policy.
pub(crate) fn attached(policy: Attached) -> AttachedPolicy {
    AttachedPolicy { policy_arn: Some(policy.arn), policy_name: Some(policy.name) }
}

/// A role that uses a policy.
pub(crate) fn policy_role(used: UsedBy) -> PolicyRole {
    PolicyRole { role_id: Some(used.id), role_name: Some(used.name) }
}

/// A user that uses a policy.
pub(crate) fn policy_user(used: UsedBy) -> PolicyUser {
    PolicyUser { user_id: Some(used.id), user_name: Some(used.name) }
}

/// Whose policies a request asks for.
pub(crate) fn scope(given: Option<&PolicyScopeType>) -> Scope {
    match given {
        Some(PolicyScopeType::Aws) => Scope::Aws,
        Some(PolicyScopeType::Local) => Scope::Local,
        _ => Scope::All,
    }
}

/// How policies are to be used that a request asks for.
pub(crate) fn usage(given: Option<&PolicyUsageType>) -> Option<PolicyUsage> {
    given.map(|usage| match usage {
        PolicyUsageType::PermissionsBoundary => PolicyUsage::Boundary,
        _ => PolicyUsage::Permissions,
    })
}

/// What a request asks for among those who use a policy. Of kinds that use none, nothing is found.
pub(crate) fn entity_kind(given: Option<&EntityType>) -> Option<EntityKind> {
    given.map(|kind| match kind {
        EntityType::User => EntityKind::User,
        EntityType::Role => EntityKind::Role,
        _ => EntityKind::Policy,
    })
}

fn status(active: bool) -> StatusType {
    if active { StatusType::Active } else { StatusType::Inactive }
}

/// Whether an access key is to be used. `Expired` is nothing that a request may set.
pub(crate) fn is_active(status: Option<&StatusType>) -> Result<bool> {
    match status {
        Some(StatusType::Active) => Ok(true),
        Some(StatusType::Inactive) => Ok(false),
        _ => Err(Error::new(ErrorCode::InvalidInput, "Status must be Active or Inactive.")),
    }
}

/// An access key without its secret.
pub(crate) fn access_key(key: keyring::AccessKey) -> AccessKeyMetadata {
    AccessKeyMetadata {
        user_name: Some(key.owner().to_owned()),
        create_date: Some(date(key.created_at)),
        status: Some(status(key.active)),
        access_key_id: Some(key.access_key_id),
    }
}

/// A new access key: the only time its secret is told.
pub(crate) fn new_access_key(new: NewAccessKey) -> AccessKey {
    AccessKey {
        user_name: Some(new.key.owner().to_owned()),
        create_date: Some(date(new.key.created_at)),
        status: Some(status(new.key.active)),
        access_key_id: Some(new.key.access_key_id),
        secret_access_key: Some(new.secret),
    }
}

/// Refuses encrypted assertions, which nothing here could decrypt yet.
pub(crate) fn no_encryption(asked_for: bool) -> Result<()> {
    if asked_for {
        return Err(Error::new(
            ErrorCode::InvalidInput,
            "Encryption of SAML assertions is not supported by this build of Stepwell yet",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_documents_are_encoded_as_rfc_3986_says() {
        let text = "{\"Action\": \"s3:*\",\n \"Sid\":\"A-b_c.d~é+/\"}";
        assert_eq!(
            encoded(text),
            "%7B%22Action%22%3A%20%22s3%3A%2A%22%2C%0A%20%22Sid%22%3A%22A-b_c.d~%C3%A9%2B%2F%22%7D"
        );
    }
}
