//! The role that shall be assumed, and what its trust policy says.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::invalid;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::policy::{ContextKeys, PolicyDocument};
use crate::iam::{self, Identity, Role};

/// How many roles are kept, with their trust policies compiled.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// Roles with their compiled trust policies, by ARN, each with the version of IAM at which it was read. Whoever takes one has
/// read that version now, so nothing of this is ever stale.
pub(crate) struct TrustPolicies(Mutex<LruCache<String, (i64, Arc<Target>)>>);

impl Default for TrustPolicies {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

/// A role of this account, as it is now.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) role: Role,
    pub(super) arn: String,
    pub(super) trust: PolicyDocument,
}

/// Finds the role that an ARN names; none if there is none, or if it is another account's.
pub(super) async fn find(domain: &Domain, arn: &str) -> Result<Option<Arc<Target>>> {
    // A short row instead of a role with all its policies.
    let version = domain.stores.iam.iam_version().await?;
    find_at(domain, arn, version).await
}

/// As [`find`], for who has read the version of IAM during this request.
pub(super) async fn find_at(domain: &Domain, arn: &str, version: i64) -> Result<Option<Arc<Target>>> {
    if let Some((at, target)) = domain.trust_policies.0.lock().get(arn)
        && *at == version
    {
        return Ok(Some(Arc::clone(target)));
    }
    let (head, rest) = arn.split_once(":role/").ok_or_else(|| invalid("Request ARN is invalid"))?;
    let account = match head.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", account] if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) => {
            *account
        }
        _ => return Err(invalid("Request ARN is invalid")),
    };
    let name = rest.rsplit_once('/').map_or(rest, |(_, name)| name);
    if name.is_empty() {
        return Err(invalid("Request ARN is invalid"));
    }
    let account_id = &domain.settings.account_id;
    if account != account_id {
        return Ok(None);
    }
    // The role as it is at this version of IAM, or since. The whole ARN counts: the path is part of it.
    let role = domain.stores.iam.role(&iam::name_key(name)).await?;
    let Some(role) = role.filter(|role| role.arn(account_id) == arn) else { return Ok(None) };
    let trust = role.trust().map_err(|error| Error::internal(format!("a stored trust policy: {}", error.message())))?;
    let target = Arc::new(Target { role, arn: arn.to_owned(), trust });
    domain.trust_policies.0.lock().put(arn.to_owned(), (version, Arc::clone(&target)));
    Ok(Some(target))
}

impl Target {
    /// Whoever has assumed the role.
    pub(super) fn identity(&self, session_name: &str) -> Identity {
        Identity::Role {
            name: self.role.name.clone(),
            path: self.role.path.clone(),
            role_id: self.role.role_id.clone(),
            session_name: session_name.to_owned(),
        }
    }

    /// The condition keys that the role itself fills.
    pub(super) fn insert_keys(&self, keys: &mut ContextKeys) {
        for (key, value) in &self.role.tags {
            keys.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            keys.set(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
    }
}
