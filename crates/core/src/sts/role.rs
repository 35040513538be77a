//! The role that shall be assumed, and what its trust policy says.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use lru::LruCache;
use parking_lot::Mutex;

use super::invalid;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::policy::{ContextKeys, PolicyDocument};
use crate::iam::{self, Role};

/// How many trust policies are kept compiled.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// Compiled trust policies by the role's unique id, with what they were compiled from: what does not equal the role's own is
/// not taken, so nothing of this is ever stale.
pub(crate) struct TrustPolicies(Mutex<LruCache<String, Compiled>>);

struct Compiled {
    text: String,
    principals: BTreeMap<String, String>,
    document: PolicyDocument,
}

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
pub(super) async fn find(domain: &Domain, arn: &str) -> Result<Option<Target>> {
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
    // The whole ARN counts: the path is part of it.
    let found = domain.stores.iam.role(&iam::name_key(name)).await?.filter(|role| role.arn(account_id) == arn);
    found.map(|role| Ok(Target { trust: compile(domain, &role)?, arn: arn.to_owned(), role })).transpose()
}

fn compile(domain: &Domain, role: &Role) -> Result<PolicyDocument> {
    if let Some(known) = domain.trust_policies.0.lock().get(&role.role_id)
        && known.text == role.trust_policy
        && known.principals == role.trust_principals
    {
        return Ok(known.document.clone());
    }
    let document =
        role.trust().map_err(|error| Error::internal(format!("a stored trust policy: {}", error.message())))?;
    let compiled = Compiled {
        text: role.trust_policy.clone(),
        principals: role.trust_principals.clone(),
        document: document.clone(),
    };
    domain.trust_policies.0.lock().put(role.role_id.clone(), compiled);
    Ok(document)
}

impl Target {
    /// The condition keys that the role itself fills.
    pub(super) fn insert_keys(&self, keys: &mut ContextKeys) {
        for (key, value) in &self.role.tags {
            keys.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            keys.set(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
    }
}
