//! `AssumeRole`: a user or session that may assume a role gets temporary credentials of it (STS API reference; IAM User Guide,
//! "Methods to assume a role").

use stepwell_model::ErrorCode;

use super::invalid;
use super::role::{self, Target};
use super::session_request::{Assumed, Inherited, SessionRequest};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::iam::authorize;
use crate::iam::policy::{RequestContext, evaluate_assume_role};
use crate::iam::{Identity, Signer, TemporarySession};

const ACTION: &str = "sts:AssumeRole";

/// What is asked besides the session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleRequest {
    /// `RoleArn`.
    pub role_arn: String,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// Whether `SerialNumber` or `TokenCode` was given.
    pub mfa: bool,
    /// Whether `ProvidedContexts` was given.
    pub contexts: bool,
}

/// Assumes a role.
pub async fn assume_role(cx: &Context<'_>, asked: &RoleRequest, request: &SessionRequest) -> Result<Assumed> {
    let domain = cx.domain;
    let signer = cx.signer()?;
    refuse_what_is_not_there(asked)?;
    let Some(target) = role::find(domain, &asked.role_arn).await? else {
        return Err(denied(cx, signer, ACTION, &asked.role_arn));
    };
    let chained = matches!(signer.identity, Identity::Role { .. });
    let inherited = Inherited { chained, session: signer.session.as_ref() };
    // Permission first: what is wrong with the request is not told to whoever has none.
    if let Some(action) = not_allowed(cx, asked, request, &target, signer).await? {
        return Err(denied(cx, signer, action, &target.arn));
    }
    let session = request.session(domain, &target, inherited).await?;
    request.issue(domain, &target, session, None)
}

/// IAM users have no MFA devices here, and there are no context providers: a request that relies on them must not get less
/// than it asked for.
fn refuse_what_is_not_there(asked: &RoleRequest) -> Result<()> {
    if asked.mfa {
        return Err(invalid("MFA devices of IAM users are not supported by this build of Stepwell yet"));
    }
    if asked.contexts {
        return Err(invalid("ProvidedContexts is not supported by this build of Stepwell yet"));
    }
    Ok(())
}

/// `AccessDenied`. As AWS has it for this operation without a reason, so that who may not assume a role does not learn
/// whether it exists.
fn denied(cx: &Context<'_>, signer: &Signer, action: &str, role_arn: &str) -> Error {
    let who = signer.arn(&cx.domain.settings);
    let message = format!("User: {who} is not authorized to perform: {action} on resource: {role_arn}");
    Error::new(ErrorCode::AccessDenied, message)
}

/// The first action that is not allowed, if any.
async fn not_allowed(
    cx: &Context<'_>,
    asked: &RoleRequest,
    request: &SessionRequest,
    target: &Target,
    signer: &Signer,
) -> Result<Option<&'static str>> {
    if signer.identity == Identity::Anyone {
        return Ok(None);
    }
    let permissions = authorize::permissions(cx.domain, signer).await?;
    if !permissions.exists() {
        // The trust policy may name a user who is gone.
        return Ok(Some(ACTION));
    }
    let mut keys = authorize::keys(cx, signer, &permissions);
    target.insert_keys(&mut keys);
    let before = signer.session.as_ref();
    let source = request.source_identity.clone().or_else(|| before.and_then(|session| session.source_identity.clone()));
    let coming = TemporarySession {
        transitive: before.map(|session| session.transitive.clone()).unwrap_or_default(),
        source_identity: source,
        ..TemporarySession::default()
    };
    request.insert_keys(&coming, &mut keys);
    if let Some(id) = &asked.external_id {
        keys.set("sts:ExternalId", id.as_str());
    }
    let principal = authorize::principal(&cx.domain.settings, signer, &permissions);
    let account = &cx.domain.settings.account_id;
    let actions = [
        (true, ACTION),
        (request.passes_tags(&coming), "sts:TagSession"),
        (coming.source_identity.is_some(), "sts:SetSourceIdentity"),
    ];
    for (_, action) in actions.into_iter().filter(|(asked, _)| *asked) {
        let context = RequestContext { action, resources: &[&target.arn], keys: &keys };
        let decision =
            permissions.with(|caller| evaluate_assume_role(&target.trust, &principal, account, caller, &context));
        if !decision.is_allowed() {
            return Ok(Some(action));
        }
    }
    Ok(None)
}
