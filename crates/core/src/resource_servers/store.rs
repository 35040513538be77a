//! Making, changing and listing resource servers. These reads bypass the cache: who administers sees what is.

use std::collections::BTreeSet;

use stepwell_model::ErrorCode;

use super::{MAX_RESOURCE_SERVERS, ResourceServer, ResourceServerScope};
use crate::context::Context;
use crate::domain::pool_not_found;
use crate::error::{Error, Result};
use crate::paging;
use crate::pools;
use crate::ports::store::{After, Conflict, Write};

/// A page where the caller names no size: the most the API allows, and more than a pool can have.
const DEFAULT_PAGE: u32 = 50;
/// How often a change is tried again when somebody else changed the resource server in between.
const TRIES: usize = 5;

/// `CreateResourceServer`; `InvalidParameterException` if the identifier is taken (the operation has no error of its own
/// for that), `LimitExceededException` beyond 25.
pub async fn create(
    cx: &Context<'_>,
    pool_id: &str,
    identifier: &str,
    name: &str,
    scopes: Vec<ResourceServerScope>,
) -> Result<ResourceServer> {
    let pool = pools::read(cx, pool_id).await?;
    check_scopes(&scopes)?;
    // Looked at first, so that the limit is told only to who would exceed it.
    if cx.domain.stores.resource_servers.resource_server(&pool.id, identifier).await?.is_some() {
        return Err(taken(&pool.id, identifier));
    }
    let server = ResourceServer {
        pool_id: pool.id,
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        scopes,
        version: 0,
    };
    let writes = vec![Write::InsertResourceServer(Box::new(server.clone())), Write::BumpConfigVersion];
    match cx.domain.submit(writes).await? {
        Ok(()) => Ok(server),
        Err(Conflict::Exists) => Err(taken(&server.pool_id, identifier)),
        Err(Conflict::Changed) => Err(pool_not_found(&server.pool_id)),
        Err(Conflict::Full) => Err(Error::new(
            ErrorCode::LimitExceeded,
            format!("A user pool can have at most {MAX_RESOURCE_SERVERS} resource servers."),
        )),
        Err(conflict) => Err(unexpected(conflict)),
    }
}

/// `DescribeResourceServer`; `ResourceNotFoundException` if there is none.
pub async fn describe(cx: &Context<'_>, pool_id: &str, identifier: &str) -> Result<ResourceServer> {
    pools::read(cx, pool_id).await?;
    let server = cx.domain.stores.resource_servers.resource_server(pool_id, identifier).await?;
    server.ok_or_else(|| not_found(identifier))
}

/// `UpdateResourceServer`: replaces name and scopes. Scopes that are left out are gone, all of them where none is given
/// ("If you don't provide a value for an attribute, it is set to the default value").
pub async fn update(
    cx: &Context<'_>,
    pool_id: &str,
    identifier: &str,
    name: &str,
    scopes: Vec<ResourceServerScope>,
) -> Result<ResourceServer> {
    check_scopes(&scopes)?;
    for _ in 0..TRIES {
        let mut server = describe(cx, pool_id, identifier).await?;
        name.clone_into(&mut server.name);
        server.scopes.clone_from(&scopes);
        let writes = vec![Write::UpdateResourceServer(Box::new(server.clone())), Write::BumpConfigVersion];
        match cx.domain.submit(writes).await? {
            Ok(()) => return Ok(server),
            Err(Conflict::Changed) => {}
            Err(conflict) => return Err(unexpected(conflict)),
        }
    }
    Err(Error::new(ErrorCode::TooManyRequests, "The resource server was changed by other requests; try again."))
}

/// `DeleteResourceServer`. Clients keep its scopes on their lists, inactive.
pub async fn delete(cx: &Context<'_>, pool_id: &str, identifier: &str) -> Result<()> {
    pools::read(cx, pool_id).await?;
    let write = Write::DeleteResourceServer { pool_id: pool_id.to_owned(), identifier: identifier.to_owned() };
    // The only precondition is that the resource server is there.
    cx.domain.submit(vec![write, Write::BumpConfigVersion]).await?.map_err(|_| not_found(identifier))
}

/// `ListResourceServers`: one page, ordered by identifier, and where the next begins.
pub async fn list(
    cx: &Context<'_>,
    pool_id: &str,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<ResourceServer>, Option<String>)> {
    pools::read(cx, pool_id).await?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(DEFAULT_PAGE);
    let name = ["ListResourceServers", pool_id];
    let after = paging::after(cx.domain, &name, token)?.map(|after| after.id);
    let servers = cx.domain.stores.resource_servers.list(pool_id, after.as_deref(), limit + 1).await?;
    paging::page(cx.domain, &name, servers, limit, |server| After {
        value: server.identifier.clone(),
        id: server.identifier.clone(),
    })
}

/// No name twice: two descriptions of one scope would leave open which one holds.
fn check_scopes(scopes: &[ResourceServerScope]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match scopes.iter().find(|scope| !seen.insert(scope.name.as_str())) {
        Some(twice) => Err(Error::invalid_parameter(format!("The scope name {} is given more than once.", twice.name))),
        None => Ok(()),
    }
}

fn taken(pool_id: &str, identifier: &str) -> Error {
    Error::invalid_parameter(format!("{identifier} already exists in user pool {pool_id}."))
}

fn not_found(identifier: &str) -> Error {
    Error::not_found(format!("Resource server {identifier} does not exist."))
}

fn unexpected(conflict: Conflict) -> Error {
    Error::internal(format!("changing a resource server was refused: {conflict:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_one_description() {
        let scope = |name: &str| ResourceServerScope { name: name.to_owned(), description: "d".to_owned() };
        assert!(check_scopes(&[]).is_ok());
        assert!(check_scopes(&[scope("read"), scope("Read"), scope("write")]).is_ok());
        let error = check_scopes(&[scope("read"), scope("write"), scope("read")]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidParameter);
        assert_eq!(error.message(), "The scope name read is given more than once.");
    }
}
