//! Making, reading, changing and deleting identity pools. These reads bypass the cache: who administers sees what is.

use std::collections::BTreeMap;

use stepwell_model::ErrorCode;

use super::configuration::Configuration;
use super::pool::IdentityPool;
use super::{MAX_IDENTITY_POOLS, TRIES, changed_meanwhile, issuer, pool_not_found};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};

/// `CreateIdentityPool`.
pub async fn create(cx: &Context<'_>, configuration: &Configuration) -> Result<IdentityPool> {
    configuration.check()?;
    let mut pool = IdentityPool {
        id: cx.domain.identity_uuid(),
        name: String::new(),
        created_at: cx.now(),
        allow_guests: false,
        allow_classic_flow: false,
        social_providers: BTreeMap::new(),
        developer_provider: None,
        oidc_provider_arns: Vec::new(),
        user_pools: Vec::new(),
        saml_provider_arns: Vec::new(),
        tags: BTreeMap::new(),
        authenticated_role: None,
        guest_role: None,
        role_mappings: BTreeMap::new(),
        principal_tags: BTreeMap::new(),
        version: 0,
    };
    configuration.apply(&mut pool)?;
    // So that the first sign-in does not wait for prime numbers.
    issuer::ensure(cx.domain).await?;
    let writes = vec![Write::InsertIdentityPool(Box::new(pool.clone())), Write::BumpConfigVersion];
    match cx.domain.submit(writes).await? {
        Ok(()) => Ok(pool),
        Err(Conflict::Full) => Err(Error::new(
            ErrorCode::LimitExceeded,
            format!("An account can have at most {MAX_IDENTITY_POOLS} identity pools."),
        )),
        Err(conflict) => Err(Error::internal(format!("creating an identity pool: unexpected {conflict:?}"))),
    }
}

/// `DescribeIdentityPool`.
pub async fn read(cx: &Context<'_>, pool_id: &str) -> Result<IdentityPool> {
    cx.domain.stores.identity_pools.identity_pool(pool_id).await?.ok_or_else(|| pool_not_found(pool_id))
}

/// `ListIdentityPools`: one page, and the token of the next.
pub async fn list(cx: &Context<'_>, limit: u32, token: Option<&str>) -> Result<(Vec<IdentityPool>, Option<String>)> {
    let name = ["ListIdentityPools"];
    let after = paging::after(cx.domain, &name, token)?;
    let after = after.as_ref().map(|after| after.id.as_str());
    let pools = cx.domain.stores.identity_pools.list_identity_pools(after, limit + 1).await?;
    paging::page(cx.domain, &name, pools, limit, |pool| After { value: pool.id.clone(), id: pool.id.clone() })
}

/// `UpdateIdentityPool`.
pub async fn update(cx: &Context<'_>, pool_id: &str, configuration: &Configuration) -> Result<IdentityPool> {
    configuration.check()?;
    change(cx, pool_id, |pool| configuration.apply(pool)).await
}

/// `DeleteIdentityPool`: gone at once for every caller; its identities go in the background.
pub async fn delete(cx: &Context<'_>, pool_id: &str) -> Result<()> {
    for _ in 0..TRIES {
        let pool = read(cx, pool_id).await?;
        let writes = vec![
            Write::DeleteIdentityPool { pool_id: pool.id, version: pool.version, now: cx.now() },
            Write::BumpConfigVersion,
        ];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => {
                return Err(Error::internal(format!("deleting an identity pool: unexpected {conflict:?}")));
            }
        }
    }
    Err(changed_meanwhile())
}

/// Reads a pool, changes it and commits, again if another request was faster.
pub(super) async fn change(
    cx: &Context<'_>,
    pool_id: &str,
    decide: impl Fn(&mut IdentityPool) -> Result<()>,
) -> Result<IdentityPool> {
    for _ in 0..TRIES {
        let mut pool = read(cx, pool_id).await?;
        decide(&mut pool)?;
        let writes = vec![Write::UpdateIdentityPool(Box::new(pool.clone())), Write::BumpConfigVersion];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(pool),
            Err(Conflict::Changed) => {}
            Err(conflict) => {
                return Err(Error::internal(format!("changing an identity pool: unexpected {conflict:?}")));
            }
        }
    }
    Err(changed_meanwhile())
}
