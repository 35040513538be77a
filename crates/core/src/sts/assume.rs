//! Roles for identities of our own identity pools: the enhanced flow, in which the pool itself assumes the role.

use std::collections::BTreeMap;

use super::credentials::{self, Grant, TemporaryCredentials};
use super::role;
use super::session_request::{Inherited, SessionRequest};
use super::web_identity;
use crate::context::Context;
use crate::error::Result;
use crate::iam::policy::ContextKeys;
use crate::iam::{Federated, SessionPolicy};

/// The session name of every such session, as AWS has it.
const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// Which role for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityGrant<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The identity, as trust policies ask for it.
    pub federated: Federated,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Layers of session policies.
    pub session_policies: Vec<Vec<SessionPolicy>>,
    /// The version of IAM, read during this request.
    pub iam_version: i64,
}

/// Assumes the role for one hour, if its trust policy lets in the identity. `AccessDeniedException` if there is no such role
/// or it does not. The pool is who calls STS here, so conditions on addresses find none.
pub async fn for_identity(cx: &Context<'_>, grant: IdentityGrant<'_>) -> Result<TemporaryCredentials> {
    let domain = cx.domain;
    let target =
        role::find_at(domain, grant.role_arn, grant.iam_version).await?.ok_or_else(web_identity::not_authorized)?;
    let request = SessionRequest {
        session_name: SESSION_NAME.to_owned(),
        tags: grant.tags.into_iter().collect(),
        ..SessionRequest::default()
    };
    let keys = web_identity::keys(domain, ContextKeys::new());
    web_identity::judge(&target, &request, &grant.federated, keys)?;
    let mut session = request.session(domain, &target, Inherited::default()).await?;
    session.session_policies = grant.session_policies;
    session.identity_pool = true;
    session.federated = Some(grant.federated);
    credentials::packed_percent(&session)?;
    credentials::issue(domain, Grant { identity: target.identity(SESSION_NAME), session })
}
