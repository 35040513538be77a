//! The traits the domain needs from outside. `store`, `server` and `testkit` implement them.

pub mod clock;
pub mod delivery;
pub mod rng;
pub mod store;
