//! Authorization: whether the policies of whoever signed a request allow what it asks for.
//!
//! Nothing here is remembered longer than it is true: every question reads the one version row of IAM first, and compiled
//! policies are kept under that version. So a detached policy, a deleted role and a new Deny take effect with the next
//! request, on every node.

mod cache;
mod denial;
mod keys;
mod permissions;
mod session;

use std::collections::BTreeMap;

use super::policy::{ContextKeys, Decision, KeyValue, RequestContext};
use super::{Identity, Signer};
use crate::context::{Context, Principal};
use crate::domain::Domain;
use crate::error::{Error, Result};

pub(crate) use cache::Cache;
pub use denial::denied;
pub use keys::{Origin, keys, keys_of, principal};
pub use permissions::{Permissions, permissions};
pub use session::{may_call, never_calls};

const PASS_ROLE: &str = "iam:PassRole";

/// One question to the policies.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    action: &'a str,
    resources: Vec<String>,
    named: Option<String>,
    keys: ContextKeys,
}

impl<'a> Request<'a> {
    /// Asks for an action (`iam:CreateRole`) that has no resource, which policies see as `*`.
    pub fn new(action: &'a str) -> Self {
        Self { action, resources: Vec::new(), named: None, keys: ContextKeys::new() }
    }

    /// On this resource. Of several, all must be allowed.
    #[must_use]
    pub fn on(mut self, arn: impl Into<String>) -> Self {
        self.resources.push(arn.into());
        self
    }

    /// How a refusal names the resource. IAM says `user bob` rather than the ARN, which would tell the path of a user who
    /// exists.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.named = Some(name.into());
        self
    }

    /// A condition key of the request.
    #[must_use]
    pub fn key(mut self, key: &str, value: impl Into<KeyValue>) -> Self {
        self.keys.set(key, value);
        self
    }

    /// A condition key of which nothing is known but that the request has it.
    #[must_use]
    pub fn ambiguous_key(mut self, key: &str) -> Self {
        self.keys.set_ambiguous(key);
        self
    }

    /// A condition key of several values.
    #[must_use]
    pub fn key_many(mut self, key: &str, values: Vec<String>) -> Self {
        self.keys.set_many(key, values);
        self
    }

    /// The tags of the resource (`aws:ResourceTag/…`).
    #[must_use]
    pub fn resource_tags(mut self, tags: &BTreeMap<String, String>) -> Self {
        self.keys.set_tags("aws:ResourceTag/", tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        self
    }

    /// The tags that the resource loses when others take their place (`aws:TagKeys`). Without any there is no such key.
    #[must_use]
    pub fn replaced_tags(self, tags: &BTreeMap<String, String>, by: &BTreeMap<String, String>) -> Self {
        let lost = lost(tags, by);
        if lost.is_empty() { self } else { self.key_many("aws:TagKeys", lost) }
    }

    /// The tags that the request passes (`aws:RequestTag/…`, `aws:TagKeys`). Without any there are no such keys.
    #[must_use]
    pub fn request_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let tags: Vec<_> = tags.into_iter().collect();
        let names: Vec<_> = tags.iter().map(|(key, _)| (*key).to_owned()).collect();
        self.keys.set_tags("aws:RequestTag/", tags);
        if names.is_empty() { self } else { self.key_many("aws:TagKeys", names) }
    }

    /// Where the resource is another account's, or the service has one Region ("IAM calls are always made to the us-east-1
    /// Region"), that, instead of this deployment's.
    fn placed(mut self) -> Self {
        // Passing a role is no call of IAM but part of one to the service that gets it.
        if self.action.starts_with("iam:") && self.action != PASS_ROLE {
            self.keys.set("aws:RequestedRegion", "us-east-1");
        }
        if let [resource] = self.resources.as_slice()
            && let Some(account) = account_of(resource)
        {
            self.keys.set("aws:ResourceAccount", account);
        }
        self
    }
}

/// The account of an ARN that names one.
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// The keys of tags that are lost when others take their place: taken away, or given another value.
fn lost(tags: &BTreeMap<String, String>, replaced_by: &BTreeMap<String, String>) -> Vec<String> {
    tags.iter().filter(|(key, value)| replaced_by.get(*key) != Some(*value)).map(|(key, _)| key.clone()).collect()
}

/// Refuses with `AccessDeniedException`, in AWS's words, what the policies of whoever signed do not allow. Whoever signed
/// in `dev` with credentials that mean nothing passes, and so does a caller who did not have to sign.
pub async fn authorize(cx: &Context<'_>, request: Request<'_>) -> Result<()> {
    authorize_all(cx, vec![request]).await
}

/// As [`authorize`], of several questions of which all must be answered with yes. The first no is told.
pub async fn authorize_all(cx: &Context<'_>, requests: Vec<Request<'_>>) -> Result<()> {
    let Principal::Signed(signer) = &cx.caller.principal else { return Ok(()) };
    if signer.identity == Identity::Anyone {
        return Ok(());
    }
    let permissions = permissions(cx.domain, signer).await?;
    let common = keys(cx, signer, &permissions);
    for (index, request) in requests.into_iter().map(Request::placed).enumerate() {
        if index > 0 {
            // One question takes four milliseconds at worst. Many are no reason for other requests to wait.
            tokio::task::yield_now().await;
        }
        let (decision, resource) = decide(&permissions, signer, &common, &request);
        if !decision.is_allowed() {
            let resource = request.named.as_deref().unwrap_or(resource.as_deref().unwrap_or("*"));
            return Err(denied(&cx.domain.settings, signer, request.action, resource, decision));
        }
    }
    Ok(())
}

/// Asks for `iam:PassRole`: whoever hands a role to a service must be allowed to (IAM User Guide, "Grant a user
/// permissions to pass a role to an AWS service"). `service` is the name of the service, `cognito-identity.amazonaws.com`.
pub async fn pass_role(cx: &Context<'_>, role_arn: &str, service: &str) -> Result<()> {
    authorize(cx, pass_role_request(role_arn, service)).await
}

/// The question of [`pass_role`].
pub fn pass_role_request<'a>(role_arn: &str, service: &str) -> Request<'a> {
    Request::new(PASS_ROLE).on(role_arn).key("iam:PassedToService", service)
}

/// The decision about a question of somebody who need not be the caller: who signed another request (see the
/// verification endpoint). `common` are the keys of [`keys_of`]. Returns the resource that was refused beside a refusal.
pub fn decide(
    permissions: &Permissions,
    signer: &Signer,
    common: &ContextKeys,
    request: &Request<'_>,
) -> (Decision, Option<String>) {
    // The account itself: `dev` gives such sessions to whoever asks, and `serve` takes none of them.
    if signer.identity == Identity::Anyone {
        return (Decision::Allow, None);
    }
    if let Some(never) = never_calls(signer, request.action) {
        return (never, request.resources.first().cloned());
    }
    let mut all = common.clone();
    all.extend(&request.keys);
    let resources: Vec<&str> = request.resources.iter().map(String::as_str).collect();
    let context = RequestContext { action: request.action, resources: &resources, keys: &all };
    permissions.with(|evaluation| {
        let (decision, resource) = evaluation.explain(&context);
        (decision, resource.map(str::to_owned))
    })
}

/// Who signed a request of an operation that must be signed.
pub fn signer_of<'a>(cx: &Context<'a>) -> Result<&'a Signer> {
    cx.signer().map(AsRef::as_ref)
}

/// The version of IAM's records now: every change of any of them raises it.
async fn version(domain: &Domain) -> Result<i64> {
    domain.stores.iam.iam_version().await.map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::policy::Values;

    fn map(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn tags_that_differ_only_in_case_say_nothing() {
        let tags = map(&[("Team", "red"), ("team", "blue"), ("stage", "test")]);
        let request = Request::new("s3:GetObject")
            .resource_tags(&tags)
            .request_tags(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        for prefix in ["aws:ResourceTag", "aws:RequestTag"] {
            assert_eq!(request.keys.get(&format!("{prefix}/team")), Some(&Values::Ambiguous));
            assert_eq!(request.keys.text(&format!("{prefix}/stage")).as_deref(), Some("test"));
        }
        assert_eq!(request.keys.get("aws:TagKeys").map(|values| values.as_slice().len()), Some(3));
    }

    #[test]
    fn account_and_region_are_the_resources() {
        let keys = |action, resource: &str| Request::new(action).on(resource).placed().keys;
        let foreign = keys(PASS_ROLE, "arn:aws:iam::999999999999:role/x");
        assert_eq!(foreign.text("aws:ResourceAccount").as_deref(), Some("999999999999"));
        assert!(!foreign.contains("aws:RequestedRegion"));
        let managed = keys("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess");
        assert!(!managed.contains("aws:ResourceAccount"));
        assert_eq!(managed.text("aws:RequestedRegion").as_deref(), Some("us-east-1"));
    }

    #[test]
    fn replaced_tags_are_those_lost_or_changed() {
        let now = map(&[("kept", "1"), ("changed", "1"), ("gone", "1")]);
        assert_eq!(lost(&now, &map(&[("kept", "1"), ("changed", "2"), ("new", "1")])), ["changed", "gone"]);
        assert_eq!(lost(&now, &BTreeMap::new()).len(), 3);
        assert!(!Request::new("x:Y").replaced_tags(&now, &now).keys.contains("aws:TagKeys"));
    }
}
