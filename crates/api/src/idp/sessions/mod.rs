//! Ending sign-ins.

pub mod admin_user_global_sign_out;
pub mod global_sign_out;
