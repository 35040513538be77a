//! Resource servers and their custom scopes.

pub mod create_resource_server;
pub mod delete_resource_server;
pub mod describe_resource_server;
pub mod list_resource_servers;
pub(crate) mod shapes;
pub mod update_resource_server;
