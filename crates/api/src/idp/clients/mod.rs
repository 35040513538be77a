//! App clients and their secrets.

pub mod add_user_pool_client_secret;
pub mod create_user_pool_client;
pub mod delete_user_pool_client;
pub mod delete_user_pool_client_secret;
pub mod describe_user_pool_client;
pub mod get_user_pool_client_session_configuration;
pub mod list_user_pool_client_secrets;
pub mod list_user_pool_clients;
pub mod set_user_pool_client_session_configuration;
pub(crate) mod shapes;
pub mod update_user_pool_client;
