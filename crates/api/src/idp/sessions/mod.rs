//! Sessions: looking at them and ending them.

pub mod admin_list_user_sessions;
pub mod admin_revoke_user_session;
pub mod admin_user_global_sign_out;
pub mod global_sign_out;
pub mod list_user_sessions;
pub mod revoke_user_session;
pub(crate) mod shapes;
