//! Shapes that several operations share.

use stepwell_core::sts::credentials::{TemporaryCredentials, packed_percent_of_token};
use stepwell_core::sts::{Assumed, SessionRequest};
use stepwell_model::Timestamp;
use stepwell_model::sts::{AssumedRoleUser, Credentials, PolicyDescriptorType, Tag};

pub(crate) fn credentials(credentials: &TemporaryCredentials) -> Credentials {
    Credentials {
        access_key_id: Some(credentials.access_key_id.clone()),
        secret_access_key: Some(credentials.secret_access_key.clone()),
        session_token: Some(credentials.session_token.to_string()),
        expiration: Some(Timestamp(credentials.expires_at)),
    }
}

pub(crate) fn assumed_role_user(assumed: &Assumed) -> AssumedRoleUser {
    AssumedRoleUser { arn: Some(assumed.arn.clone()), assumed_role_id: Some(assumed.assumed_role_id.clone()) }
}

/// The size of a session token in bytes, and how much of the longest it takes, in percent.
pub(crate) fn token_size(credentials: &TemporaryCredentials) -> (Option<i32>, Option<i32>) {
    let length = credentials.session_token.len();
    (i32::try_from(length).ok(), i32::try_from(packed_percent_of_token(length)).ok())
}

pub(crate) fn packed(assumed: &Assumed) -> Option<i32> {
    assumed.packed_percent.and_then(|percent| i32::try_from(percent).ok())
}

pub(crate) fn policy_arns(arns: Option<Vec<PolicyDescriptorType>>) -> Vec<String> {
    arns.unwrap_or_default().into_iter().filter_map(|policy| policy.arn).collect()
}

pub(crate) fn tags(tags: Option<Vec<Tag>>) -> Vec<(String, String)> {
    tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect()
}

/// What every request for a role has in common.
pub(crate) fn session_request(
    session_name: Option<String>,
    duration_seconds: Option<i32>,
    policy: Option<String>,
    arns: Option<Vec<PolicyDescriptorType>>,
    minimum_token_size: Option<i32>,
) -> SessionRequest {
    SessionRequest {
        session_name: session_name.unwrap_or_default(),
        duration_seconds,
        policy,
        policy_arns: policy_arns(arns),
        minimum_token_size: minimum_size(minimum_token_size),
        ..SessionRequest::default()
    }
}

pub(crate) fn minimum_size(bytes: Option<i32>) -> usize {
    bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default()
}
