//! Delivery: how messages leave this machine, or, in `dev`, where they are kept to be looked at.

pub(crate) mod aws;
pub(crate) mod mailbox;
pub(crate) mod router;
mod ses;
mod smtp;
mod sns;
