//! A Stepwell in the test's own process: a domain on SQLite in a temporary folder, a clock that moves by hand, seeded
//! randomness, messages that are kept instead of sent, and the router of the doors without a socket.

mod clock;
mod delivery;
mod rng;
mod server;

pub use clock::ManualClock;
pub use delivery::KeptMessages;
pub use rng::SeededRng;
pub use server::{Answer, DomainBuilder, TestDomain, TestServer};
