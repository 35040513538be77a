//! Tags of user pools, addressed by the pool's Amazon Resource Name.

use std::collections::BTreeMap;

use stepwell_model::ErrorCode;

use super::{read, update};
use crate::context::Context;
use crate::domain::pool_not_found;
use crate::error::{Error, Result};

/// How many tags a resource may have (AWS General Reference, "Tag naming limits and requirements").
const MAX_TAGS: usize = 50;

/// `ListTagsForResource`.
pub async fn tags(cx: &Context<'_>, resource_arn: &str) -> Result<BTreeMap<String, String>> {
    let pool_id = pool_id(cx, resource_arn)?;
    Ok(read(cx, pool_id).await?.settings.tags)
}

/// `TagResource`: adds tags; one that is there gets the new value.
pub async fn tag(cx: &Context<'_>, resource_arn: &str, given: &BTreeMap<String, String>) -> Result<()> {
    check(given, ErrorCode::InvalidParameter)?;
    let pool_id = pool_id(cx, resource_arn)?;
    update::change(cx, pool_id, |pool| {
        pool.settings.tags.extend(given.iter().map(|(key, value)| (key.clone(), value.clone())));
        check(&pool.settings.tags, ErrorCode::InvalidParameter)
    })
    .await?;
    Ok(())
}

/// `UntagResource`: removes tags; one that is not there is no error.
pub async fn untag(cx: &Context<'_>, resource_arn: &str, keys: &[String]) -> Result<()> {
    let pool_id = pool_id(cx, resource_arn)?;
    update::change(cx, pool_id, |pool| {
        pool.settings.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    })
    .await?;
    Ok(())
}

/// Refuses names that are reserved, and too many tags; operations on pools and on tags have different errors for it.
pub(super) fn check(tags: &BTreeMap<String, String>, code: ErrorCode) -> Result<()> {
    if tags.keys().any(|key| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))) {
        return Err(Error::new(code, "aws: prefixed tag key names are not allowed for external use."));
    }
    if tags.len() > MAX_TAGS {
        return Err(Error::new(code, format!("A user pool can have at most {MAX_TAGS} tags.")));
    }
    Ok(())
}

/// The pool an ARN of this deployment names.
fn pool_id<'a>(cx: &Context<'_>, resource_arn: &'a str) -> Result<&'a str> {
    let prefix = cx.domain.pool_arn("");
    match resource_arn.strip_prefix(prefix.as_str()) {
        Some(pool_id) if !pool_id.is_empty() => Ok(pool_id),
        _ => Err(pool_not_found(resource_arn)),
    }
}
