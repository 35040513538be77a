//! Changing an app client: what is left out goes back to its default.

use stepwell_model::ErrorCode;

use super::permissions::Doing;
use super::{AppClient, ClientConfiguration, oauth, read};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pools;
use crate::ports::store::{Conflict, Write};

/// How often a change is tried again when somebody else changed the client in between.
const TRIES: usize = 5;

/// `UpdateUserPoolClient`. The name is kept where the request does not give one; secrets are not touched.
pub async fn update(
    cx: &Context<'_>,
    pool_id: &str,
    client_id: &str,
    name: Option<String>,
    configuration: &ClientConfiguration,
) -> Result<AppClient> {
    let pool = pools::read(cx, pool_id).await?;
    oauth::check_scopes(cx.domain, &pool.id, configuration.allowed_oauth_scopes.as_deref()).await?;
    change(cx, pool_id, client_id, |client| {
        client.settings = configuration.resolve(&cx.domain.settings, &pool, client.has_secret(), Doing::Updating)?;
        if let Some(name) = &name {
            client.name.clone_from(name);
        }
        Ok(())
    })
    .await
}

/// Reads a client, changes it and commits, again if another request was faster.
pub(crate) async fn change(
    cx: &Context<'_>,
    pool_id: &str,
    client_id: &str,
    decide: impl Fn(&mut AppClient) -> Result<()>,
) -> Result<AppClient> {
    for _ in 0..TRIES {
        let mut client = read(cx, pool_id, client_id).await?;
        decide(&mut client)?;
        client.modified_at = cx.now();
        let writes = vec![Write::UpdateClient(Box::new(client.clone())), Write::BumpConfigVersion];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(client),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(Error::internal(format!("changing a client: unexpected {conflict:?}"))),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The app client was changed by other requests; try again."))
}
