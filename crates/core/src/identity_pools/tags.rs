//! Tags of identity pools, addressed by the pool's Amazon Resource Name.

use std::collections::BTreeMap;

use super::{manage, pool_not_found};
use crate::context::Context;
use crate::error::{Error, Result};

/// How many tags a pool may have (API, `TagResource`).
const MAX_TAGS: usize = 50;

/// `ListTagsForResource`.
pub async fn tags(cx: &Context<'_>, resource_arn: &str) -> Result<BTreeMap<String, String>> {
    Ok(manage::read(cx, pool_id(cx, resource_arn)?).await?.tags)
}

/// `TagResource`: adds tags; one that is there gets the new value.
pub async fn tag(cx: &Context<'_>, resource_arn: &str, given: &BTreeMap<String, String>) -> Result<()> {
    check(given)?;
    let change = manage::change(cx, pool_id(cx, resource_arn)?, |pool| {
        pool.tags.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
        check(&pool.tags)
    });
    change.await.map(drop)
}

/// `UntagResource`: removes tags; one that is not there is no error.
pub async fn untag(cx: &Context<'_>, resource_arn: &str, keys: &[String]) -> Result<()> {
    let change = manage::change(cx, pool_id(cx, resource_arn)?, |pool| {
        pool.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    });
    change.await.map(drop)
}

pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.keys().any(|key| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))) {
        return Err(Error::invalid_parameter("aws: prefixed tag key names are not allowed for external use."));
    }
    if tags.len() > MAX_TAGS {
        return Err(Error::invalid_parameter(format!("An identity pool can have at most {MAX_TAGS} tags.")));
    }
    Ok(())
}

/// The pool an ARN of this deployment names.
fn pool_id<'a>(cx: &Context<'_>, resource_arn: &'a str) -> Result<&'a str> {
    let prefix = cx.domain.identity_pool_arn("");
    match resource_arn.strip_prefix(prefix.as_str()) {
        Some(pool_id) if !pool_id.is_empty() => Ok(pool_id),
        _ => Err(pool_not_found(resource_arn)),
    }
}
