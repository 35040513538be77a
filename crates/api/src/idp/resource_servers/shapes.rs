//! Resource servers on the wire.

use stepwell_core::resource_servers::{ResourceServer, ResourceServerScope};
use stepwell_model::idp::{ResourceServerScopeType, ResourceServerType};

/// The scopes of a request; none given is none.
pub(crate) fn scopes(given: Option<Vec<ResourceServerScopeType>>) -> Vec<ResourceServerScope> {
    let scope = |given: ResourceServerScopeType| ResourceServerScope {
        name: given.scope_name.unwrap_or_default(),
        description: given.scope_description.unwrap_or_default(),
    };
    given.unwrap_or_default().into_iter().map(scope).collect()
}

/// A resource server as `ResourceServerType`. `ManagedBy` marks those that Cognito itself made; here are none.
pub(crate) fn resource_server(server: ResourceServer) -> ResourceServerType {
    let scope = |scope: ResourceServerScope| ResourceServerScopeType {
        scope_name: Some(scope.name),
        scope_description: Some(scope.description),
    };
    ResourceServerType {
        user_pool_id: Some(server.pool_id),
        identifier: Some(server.identifier),
        name: Some(server.name),
        scopes: Some(server.scopes.into_iter().map(scope).collect()),
        managed_by: None,
    }
}
