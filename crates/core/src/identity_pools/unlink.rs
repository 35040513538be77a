//! Taking logins from an identity.

use std::collections::BTreeSet;

use super::identity::{Identity, Login};
use super::{
    Logins, TRIES, changed_meanwhile, forbidden, identity_not_found, login, logins_do_not_match, provider, settle,
};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// `UnlinkIdentity`: takes the logins of these providers. The caller proves one of the identity's logins; who has no login
/// left has an identity that nobody can use any more.
pub async fn unlink(cx: &Context<'_>, identity_id: &str, logins: &Logins, remove: &[String]) -> Result<()> {
    let found = cx.domain.stores.identity_pools.identity(identity_id).await?;
    let asked = found.ok_or_else(|| identity_not_found(identity_id))?;
    if logins.is_empty() {
        return Err(forbidden(identity_id));
    }
    let entry = cx.domain.identity_pool(&asked.pool_id).await?;
    let verified = login::verify_all(cx, &entry, logins).await?;
    let remove: BTreeSet<String> = remove.iter().map(|name| provider::canonical(&cx.domain.settings, name)).collect();
    change(cx, &asked.pool_id, identity_id, |identity| {
        if !verified.iter().any(|verified| identity.has(&verified.login)) {
            return Err(logins_do_not_match());
        }
        if let Some(missing) = remove.iter().find(|name| !identity.logins.iter().any(|login| login.provider == **name))
        {
            return Err(Error::invalid_parameter(format!("The identity has no login of {missing}.")));
        }
        Ok(identity.logins.iter().filter(|login| remove.contains(&login.provider)).cloned().collect())
    })
    .await
}

/// Reads an identity, asks which of its logins go, and commits, again if another request was faster.
pub(super) async fn change(
    cx: &Context<'_>,
    pool_id: &str,
    identity_id: &str,
    decide: impl Fn(&Identity) -> Result<Vec<Login>>,
) -> Result<()> {
    for _ in 0..TRIES {
        let mut identity = settle::read(cx, pool_id, identity_id).await?;
        let gone = decide(&identity)?;
        if gone.is_empty() {
            return Ok(());
        }
        identity.logins.retain(|login| !gone.contains(login));
        identity.modified_at = cx.now();
        let releases = gone.into_iter().map(|login| Write::ReleaseLogin {
            pool_id: pool_id.to_owned(),
            login,
            identity_id: identity_id.to_owned(),
        });
        let writes = std::iter::once(Write::UpdateIdentity(Box::new(identity))).chain(releases).collect();
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("unlinking a login: unexpected {conflict:?}"))),
        }
    }
    Err(changed_meanwhile())
}
