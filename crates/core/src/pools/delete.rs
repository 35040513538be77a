//! Deleting a user pool: gone at once for every caller, emptied by a background job.

use stepwell_model::ErrorCode;

use super::read;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ports::store::{Conflict, Write};

/// How often a deletion is tried again when somebody else changed the pool in between.
const TRIES: usize = 5;

/// `DeleteUserPool`.
pub async fn delete(cx: &Context<'_>, pool_id: &str) -> Result<()> {
    for _ in 0..TRIES {
        let pool = read(cx, pool_id).await?;
        if pool.settings.deletion_protection {
            return Err(Error::invalid_parameter(
                "The user pool cannot be deleted because deletion protection is activated. \
                 Deletion protection must be inactivated first.",
            ));
        }
        let writes = vec![
            Write::DeletePool { pool_id: pool.id, version: pool.version, now: cx.now() },
            Write::BumpConfigVersion,
        ];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(()),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("deleting a pool: unexpected {conflict:?}"))),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The user pool was changed by other requests; try again."))
}
