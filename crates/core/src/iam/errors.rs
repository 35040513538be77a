//! IAM's refusals, in AWS's words.

use stepwell_model::ErrorCode;

use crate::error::Error;

pub(super) fn no_such_entity(message: String) -> Error {
    Error::new(ErrorCode::NoSuchEntity, message)
}

pub(super) fn user_not_found(name: &str) -> Error {
    no_such_entity(format!("The user with name {name} cannot be found."))
}

pub(super) fn role_not_found(name: &str) -> Error {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub(super) fn policy_not_found(arn: &str) -> Error {
    no_such_entity(format!("Policy {arn} was not found."))
}

pub(super) fn policy_not_attachable(arn: &str) -> Error {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

pub(super) fn boundary_not_attachable(arn: &str) -> Error {
    no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable."))
}

pub(super) fn exists(message: String) -> Error {
    Error::new(ErrorCode::EntityAlreadyExists, message)
}

pub(super) fn invalid_input(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidInput, message)
}

pub(super) fn delete_conflict(message: &'static str) -> Error {
    Error::new(ErrorCode::DeleteConflict, message)
}

pub(super) fn over_quota(quota: &str, limit: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::LimitExceeded, format!("Cannot exceed quota for {quota}: {limit}"))
}

pub(super) fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::MalformedPolicyDocument, message)
}
