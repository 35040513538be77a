//! The traits the domain needs from outside. `store`, `server` and `testkit` implement them.

pub mod breaches;
pub mod clock;
pub mod delivery;
pub mod egress;
pub mod geo;
pub mod kms;
pub mod lambda;
pub mod outside;
pub mod rng;
pub mod store;
