//! Delivery: how messages leave this machine, or, in `dev`, where they are kept to be looked at.

mod aws;
pub(crate) mod mailbox;
pub(crate) mod router;
mod ses;
mod smtp;
mod sns;
