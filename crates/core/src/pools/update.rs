//! Changing a user pool's settings: what is left out goes back to its default.

use stepwell_model::ErrorCode;

use super::{PoolConfiguration, UserPool, mfa, read};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// How often a change is tried again when somebody else changed the pool in between.
const TRIES: usize = 5;

/// `UpdateUserPool`. Name, tags and issuer are kept where the request does not give them.
pub async fn update(
    cx: &Context<'_>,
    pool_id: &str,
    name: Option<String>,
    configuration: PoolConfiguration,
) -> Result<UserPool> {
    change(cx, pool_id, |pool| {
        let resolved = configuration.resolve(&cx.domain.settings, pool.temporary_password_validity_given)?;
        let tags = std::mem::take(&mut pool.settings.tags);
        let mfa = std::mem::take(&mut pool.settings.mfa);
        let webauthn = pool.settings.webauthn.take();
        pool.settings = resolved.settings;
        pool.settings.webauthn = webauthn;
        pool.temporary_password_validity_given = resolved.temporary_password_validity_given;
        if configuration.user_pool_tags.is_none() {
            pool.settings.tags = tags;
        }
        if configuration.issuer_configuration.is_some() {
            pool.issuer.clone_from(&configuration.issuer_configuration);
        }
        if let Some(name) = &name {
            pool.name.clone_from(name);
        }
        pool.settings.mfa = mfa::of_pool(configuration.mfa_configuration.as_ref(), &mfa, &pool.settings)?;
        mfa::check(&pool.settings, cx.domain.settings.all_features)
    })
    .await
}

/// Reads a pool, changes it and commits, again if another request was faster.
pub(crate) async fn change(
    cx: &Context<'_>,
    pool_id: &str,
    decide: impl Fn(&mut UserPool) -> Result<()>,
) -> Result<UserPool> {
    for _ in 0..TRIES {
        let mut pool = read(cx, pool_id).await?;
        decide(&mut pool)?;
        pool.modified_at = cx.now();
        let writes = vec![Write::UpdatePool(Box::new(pool.clone())), Write::BumpConfigVersion];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(pool),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("changing a pool: unexpected {conflict:?}"))),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The user pool was changed by other requests; try again."))
}
