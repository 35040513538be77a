//! App clients and their secrets.

pub mod add_user_pool_client_secret;
pub mod create_user_pool_client;
pub mod delete_user_pool_client;
pub mod delete_user_pool_client_secret;
pub mod describe_user_pool_client;
pub mod list_user_pool_client_secrets;
pub mod list_user_pool_clients;
pub(crate) mod shapes;
pub mod update_user_pool_client;
