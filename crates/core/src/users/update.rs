//! Changing a stored user: read, change, submit, and again if somebody else was faster.

use super::{User, aliases, find};
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::messaging::codes;
use crate::pools::UserPool;
use crate::ports::store::{Conflict, Write};
use stepwell_model::ErrorCode;

/// Tries before a user whom everybody changes at once is given up.
const TRIES: usize = 8;

/// Applies `change` to the user and submits the writes it returns, the result and its alias moves. If the record was
/// changed meanwhile, it is read again and `change` is applied to what is there now. An alias that another user holds
/// is `AliasExistsException`, a code that was used meanwhile `ExpiredCodeException`.
pub async fn apply(
    domain: &Domain,
    pool: &UserPool,
    user: User,
    mut change: impl FnMut(&mut User) -> Result<Vec<Write>>,
) -> Result<User> {
    let mut before = user;
    for _ in 0..TRIES {
        let mut after = before.clone();
        let first = change(&mut after)?;
        match submit_after(domain, pool, &before, &mut after, first).await? {
            Ok(()) => return Ok(after),
            Err(Conflict::Changed) => before = find::by_sub(domain, &pool.id, &before.sub).await?,
            Err(Conflict::AliasTaken) => return Err(alias_taken(domain, pool, &after).await?),
            Err(Conflict::Spent) => return Err(codes::expired()),
            Err(Conflict::Exists | Conflict::Full) => {
                return Err(Error::internal("changing a user was refused as if it were new"));
            }
        }
    }
    Err(contended())
}

/// Submits one changed user: `first` (a code or Session used up, so that its conflict is the one told; aliases that
/// other users give up), then the record and its alias moves. The conflict is the caller's to judge.
pub async fn submit_after(
    domain: &Domain,
    pool: &UserPool,
    before: &User,
    after: &mut User,
    first: Vec<Write>,
) -> Result<std::result::Result<(), Conflict>> {
    after.modified_at = domain.clock.now();
    let mut writes = first;
    writes.push(Write::UpdateUser(Box::new(after.clone())));
    writes.extend(aliases::moves(pool, before, after));
    domain.submit(writes).await
}

/// The error for an alias that another user holds, naming which where that can still be seen.
pub async fn alias_taken(domain: &Domain, pool: &UserPool, user: &User) -> Result<Error> {
    let attribute = aliases::taken(domain, pool, user).await?;
    Ok(attribute.map_or_else(super::attributes::alias_taken, |attribute| aliases::taken_error(pool, &attribute)))
}

/// The error where a user is changed by others without end.
pub fn contended() -> Error {
    Error::new(ErrorCode::TooManyRequests, "The user was changed by another request; try again.")
}
