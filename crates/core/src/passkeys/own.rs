//! What users do with their passkeys: see them and remove them.

use super::Passkey;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::paging;
use crate::ports::store::{After, Conflict, Write};

/// `ListWebAuthnCredentials` returns no more at once (API, `WebAuthnCredentialsQueryLimitType`).
const LARGEST_PAGE: u32 = 20;

/// `ListWebAuthnCredentials`: one page ordered by credential id, and where the next begins.
pub async fn list(cx: &Context<'_>, limit: Option<i32>, next: Option<&str>) -> Result<(Vec<Passkey>, Option<String>)> {
    let token = cx.access_token()?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|&limit| limit > 0);
    let limit = limit.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
    let list = ["ListWebAuthnCredentials", token.pool_id.as_str(), token.sub.as_str()];
    let after = paging::after(cx.domain, &list, next)?.map(|after| after.id);
    let passkeys = cx.domain.stores.passkeys.of_user(&token.pool_id, &token.sub, after.as_deref(), limit + 1).await?;
    paging::page(cx.domain, &list, passkeys, limit, |passkey| After {
        value: passkey.credential_id.clone(),
        id: passkey.credential_id.clone(),
    })
}

/// `DeleteWebAuthnCredential`. Another user's passkey does not exist here.
pub async fn delete(cx: &Context<'_>, credential_id: &str) -> Result<()> {
    let token = cx.access_token()?;
    let write = Write::DeletePasskey {
        pool_id: token.pool_id.clone(),
        sub: token.sub.clone(),
        credential_id: credential_id.to_owned(),
    };
    match cx.domain.submit(vec![write]).await? {
        Ok(()) => Ok(()),
        Err(Conflict::Changed) => Err(Error::not_found("Passkey does not exist.")),
        Err(conflict) => Err(Error::internal(format!("deleting a passkey: unexpected {conflict:?}"))),
    }
}
