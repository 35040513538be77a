//! Sign-out everywhere: each user has a generation number, and each token says in which generation it was made.
//!
//! Cognito's tokens have no claim for it, and clients see every claim. So the number travels inside the token's `jti`: a
//! UUID of which 32 bits are the generation under a mask derived from the other bits and a key of the pool. Tokens that
//! were made of other tokens have a mask of their own: they can be told apart here, and nowhere else.

use crate::keyring::PoolKeys;
use crate::ports::rng::Rng;

/// What a token was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A sign-in, or the refresh of one.
    BySignIn,
    /// Another token (`GetDerivedToken`).
    ByExchange,
}

impl Made {
    fn label(self) -> &'static str {
        match self {
            Self::BySignIn => "generation",
            Self::ByExchange => "generation of a derived token",
        }
    }
}

/// A fresh `jti` that carries the generation.
pub fn jti(rng: &dyn Rng, keys: &PoolKeys, generation: i64, made: Made) -> String {
    let mut bytes = *uuid::Builder::from_random_bytes(rng.bytes()).as_uuid().as_bytes();
    let mask = mask(keys, &bytes, made);
    let number = generation_bits(generation) ^ mask;
    for (target, source) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *target = source;
    }
    uuid::Uuid::from_bytes(bytes).to_string()
}

/// How the token with this `jti` was made, if it was made in this generation.
pub fn made(keys: &PoolKeys, jti: &str, generation: i64) -> Option<Made> {
    let id = uuid::Uuid::parse_str(jti).ok()?;
    let bytes = id.as_bytes();
    let head = u32::from_be_bytes(*bytes.first_chunk::<4>()?);
    let number = generation_bits(generation);
    [Made::BySignIn, Made::ByExchange].into_iter().find(|made| head ^ mask(keys, bytes, *made) == number)
}

fn mask(keys: &PoolKeys, id: &[u8; 16], made: Made) -> u32 {
    let tail = hex::encode(id.get(4..).unwrap_or_default());
    let mac = keys.name_mac(&[made.label(), &tail]);
    mac.first_chunk::<4>().map_or(0, |chunk| u32::from_be_bytes(*chunk))
}

/// The low 32 bits: a user is not signed out everywhere four billion times.
fn generation_bits(generation: i64) -> u32 {
    let [.., a, b, c, d] = generation.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}
