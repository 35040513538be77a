//! A Stepwell in the test's own process: a domain on SQLite or PostgreSQL, a clock that moves by hand, seeded
//! randomness, messages that are kept instead of sent, and the router of the doors without a socket.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this crate is test code: what goes wrong fails the test"
)]

pub mod authenticator;
mod clock;
mod database;
mod delivery;
mod lambda;
mod observed;
mod pool;
mod rng;
mod server;
mod signed;
pub mod srp;
pub mod totp;

pub use clock::ManualClock;
pub use database::{Database, EngineKind, Tables};
pub use delivery::KeptMessages;
pub use lambda::{Invocation, RecordingLambda};
pub use observed::Observer;
pub use pool::{PASSWORD, TestPool, Tokens};
pub use rng::SeededRng;
pub use server::{Answer, DomainBuilder, TestDomain, TestServer};
pub use signed::{Credentials, SignedCall};
