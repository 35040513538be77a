//! Sign-out everywhere: each user has a generation number, and each access token says in which generation it was made.
//!
//! Cognito's access tokens have no claim for it, and clients see every claim. So the number travels inside the token's
//! `jti`: a UUID of which 32 bits are the generation under a mask derived from the other bits and a key of the pool.

use crate::keyring::PoolKeys;
use crate::ports::rng::Rng;

/// A fresh `jti` that carries the generation.
pub fn jti(rng: &dyn Rng, keys: &PoolKeys, generation: i64) -> String {
    let mut bytes = *uuid::Builder::from_random_bytes(rng.bytes()).as_uuid().as_bytes();
    let mask = mask(keys, &bytes);
    let number = generation_bits(generation) ^ mask;
    for (target, source) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *target = source;
    }
    uuid::Uuid::from_bytes(bytes).to_string()
}

/// True if the token with this `jti` was made in this generation.
pub fn matches(keys: &PoolKeys, jti: &str, generation: i64) -> bool {
    let Ok(id) = uuid::Uuid::parse_str(jti) else { return false };
    let bytes = id.as_bytes();
    let Some(head) = bytes.first_chunk::<4>() else { return false };
    u32::from_be_bytes(*head) ^ mask(keys, bytes) == generation_bits(generation)
}

fn mask(keys: &PoolKeys, id: &[u8; 16]) -> u32 {
    let tail = hex::encode(id.get(4..).unwrap_or_default());
    let mac = keys.name_mac(&["generation", &tail]);
    mac.first_chunk::<4>().map_or(0, |chunk| u32::from_be_bytes(*chunk))
}

/// The low 32 bits: a user is not signed out everywhere four billion times.
fn generation_bits(generation: i64) -> u32 {
    let [.., a, b, c, d] = generation.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}
