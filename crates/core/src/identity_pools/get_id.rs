//! `GetId`: the identity of who has signed in, or a new one for a guest.

use super::settle::{self, Wanted, settle};
use super::{Logins, login, no_guests};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// The id of the identity that the logins lead to; without logins, of a new guest.
pub async fn get_id(cx: &Context<'_>, pool_id: &str, logins: &Logins) -> Result<String> {
    let entry = cx.domain.identity_pool(pool_id).await?;
    if logins.is_empty() {
        if !entry.allow_guests {
            return Err(no_guests());
        }
        let guest = settle::fresh(cx, pool_id);
        return match cx.domain.submit(vec![Write::InsertIdentity(Box::new(guest.clone()))]).await? {
            Ok(()) => Ok(guest.id),
            Err(Conflict::Changed) => Err(super::pool_not_found(pool_id)),
            Err(conflict) => Err(Error::internal(format!("making a guest: unexpected {conflict:?}"))),
        };
    }
    let verified = login::verify_all(cx, &entry, logins).await?;
    let logins: Vec<_> = verified.into_iter().map(|verified| verified.login).collect();
    Ok(settle(cx, pool_id, entry.developer_provider.as_deref(), &logins, Wanted::Any).await?.id)
}
