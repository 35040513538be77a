//! What each command does.

pub(crate) mod check_config;
pub(crate) mod dev;
pub(crate) mod keys;
pub(crate) mod master_key;
pub(crate) mod serve;
