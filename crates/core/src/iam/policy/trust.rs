//! Trust policies: who may assume a role, and what else is asked of them.
//!
//! Sources: "Policy evaluation logic" (resource-based policies), "AWS JSON policy elements: Principal", the Cognito
//! developer guide's "IAM roles".

use super::context::ContextKeys;
use super::document::{Effect, PolicyDocument};
use super::evaluate::{Decision, Evaluation, Layer, RequestContext, action};
use super::malformed::MalformedPolicy;
use super::principal::{Principal, TrustGrant};
use super::steps::Steps;

/// The provider under which identity pools' tokens are trusted.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// What a trust policy says of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustDecision {
    /// It allows, in this way.
    Allow(TrustGrant),
    /// A `Deny` applies.
    ExplicitDeny,
    /// Nothing allows.
    ImplicitDeny,
}

impl TrustDecision {
    /// The answer where the trust policy alone decides: for providers' tokens and for services.
    pub fn decision(self) -> Decision {
        match self {
            Self::Allow(_) => Decision::Allow,
            Self::ExplicitDeny => Decision::ExplicitDeny { layer: Layer::Trust },
            Self::ImplicitDeny => Decision::ImplicitDeny { layer: Layer::Trust },
        }
    }
}

/// Asks a trust policy alone. `action` is `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:AssumeRoleWithSAML`, and,
/// asked for besides, `sts:TagSession` and `sts:SetSourceIdentity`.
pub fn evaluate_trust(
    trust: &PolicyDocument,
    principal: &Principal,
    action_name: &str,
    keys: &ContextKeys,
) -> TrustDecision {
    let Some(action) = action(action_name) else { return TrustDecision::ImplicitDeny };
    let steps = Steps::for_one_question();
    let mut best = None;
    for statement in trust.statements() {
        let Some(element) = &statement.principal else { continue };
        let Some(grant) = element.grant(principal, statement.effect) else { continue };
        if !statement.covers_action(&action, &steps) || !statement.conditions_hold(keys, &steps) {
            continue;
        }
        match statement.effect {
            Effect::Deny => return TrustDecision::ExplicitDeny,
            Effect::Allow => best = best.max(Some(grant)),
        }
    }
    best.map_or(TrustDecision::ImplicitDeny, TrustDecision::Allow)
}

/// Decides whether a caller with AWS credentials may assume a role: the trust policy must allow it, nothing may deny it,
/// and the caller's own policies must allow it where the trust policy only delegates, or stands in another account.
/// `request.resources` holds the role's ARN.
pub fn evaluate_assume_role(
    trust: &PolicyDocument,
    principal: &Principal,
    role_account: &str,
    caller: &Evaluation<'_>,
    request: &RequestContext<'_>,
) -> Decision {
    let trusted = evaluate_trust(trust, principal, request.action, request.keys);
    let Some(account) = principal.account() else { return trusted.decision() };
    let (own, _) = caller.verdicts(request);
    if let denied @ Decision::ExplicitDeny { .. } = own.among(&[]) {
        return denied;
    }
    let TrustDecision::Allow(grant) = trusted else { return trusted.decision() };
    if account != role_account {
        return own.whole();
    }
    match grant {
        TrustGrant::Principal => Decision::Allow,
        // Who is not named must not step out of the limits of a session through a role that trusts everybody.
        TrustGrant::Role | TrustGrant::Everyone => own.among(&[Layer::Boundary, Layer::Session]),
        TrustGrant::Account => own.whole(),
    }
}

/// Refuses a trust policy that would let in the identities of any identity pool: a statement that allows
/// `cognito-identity.amazonaws.com`, or our own issuer (`own_issuer`: host and path, without scheme), must have a condition
/// on `…:aud` that names pools. AWS documents the rule and not the words.
pub fn trust_needs_audience(trust: &PolicyDocument, own_issuer: Option<&str>) -> Result<(), MalformedPolicy> {
    for statement in trust.statements().iter().filter(|statement| statement.effect == Effect::Allow) {
        let Some(element) = &statement.principal else { continue };
        for name in element.federated_names() {
            let provider = name.split_once(":oidc-provider/").map_or(name, |(_, provider)| provider);
            let is_ours = own_issuer.is_some_and(|own| provider.eq_ignore_ascii_case(own.trim_end_matches('/')));
            if !is_ours && !provider.eq_ignore_ascii_case(IDENTITY_POOLS) {
                continue;
            }
            let key = format!("{}:aud", provider.to_ascii_lowercase());
            if !statement.conditions.iter().any(|condition| condition.requires(&key, names_a_pool)) {
                return Err(MalformedPolicy::new(format!(
                    "A trust policy for {provider} must have a condition on {provider}:aud that names the identity pools \
                     whose identities may assume the role."
                )));
            }
        }
    }
    Ok(())
}

/// Whether a value of `…:aud` says more than "some pool in this Region": with wildcards it must begin with a Region and at
/// least the first eight digits of a pool's UUID, which nobody else's pool shares by chance.
fn names_a_pool(value: &str) -> bool {
    let Some((region, pool)) = value.split_once(':') else { return false };
    if value.contains("${") || region.is_empty() || region.contains(['*', '?']) {
        return false;
    }
    if pool.contains(['*', '?']) {
        return pool.bytes().take_while(u8::is_ascii_hexdigit).count() >= 8;
    }
    pool.bytes().any(|byte| byte.is_ascii_alphanumeric())
}
