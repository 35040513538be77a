//! A user's password at rest: an SRP salt and verifier, sealed and bound to the user.

use crate::auth::srp::{self, Salt, Verifier};
use crate::cache::PoolEntry;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::keyring::PoolKeys;
use crate::pools::UserPool;
use crate::ports::rng::Rng;
use crate::seal::Purpose;
use crate::users::{User, password_history};

/// The bound name of the decoy: no sub looks like it.
const DECOY: &str = "decoy";

/// An unsealed salt and verifier.
pub struct Credential {
    /// The salt.
    pub salt: Salt,
    /// The verifier.
    pub verifier: Verifier,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

/// Derives and seals the verifier of a password.
pub fn seal(
    rng: &dyn Rng,
    keys: &PoolKeys,
    srp_name: &str,
    user_id: &str,
    sub: &str,
    password: &str,
) -> Result<Vec<u8>> {
    let salt = Salt::generate(&mut |out| rng.fill(out));
    let verifier = srp::verifier(srp_name, user_id, password, &salt).map_err(Error::internal)?;
    seal_parts(rng, keys, sub, &salt, &verifier)
}

/// Gives the user a new password, which the caller has checked against the policy: the old one stops working, and so
/// does the end of an administrator-made one.
pub fn set_password(domain: &Domain, entry: &PoolEntry, user: &mut User, password: &str) -> Result<()> {
    let sealed = seal_for(domain, entry, user, password)?;
    install(entry, user, sealed);
    Ok(())
}

/// Derives and seals the verifier of this user's next password.
pub fn seal_for(domain: &Domain, entry: &PoolEntry, user: &User, password: &str) -> Result<Vec<u8>> {
    seal(&*domain.rng, &entry.keys, entry.srp_name(), &user.username, &user.sub, password)
}

/// Puts a sealed verifier in force. The password that was in force is remembered where the pool looks at old ones.
pub fn install(pool: &UserPool, user: &mut User, sealed: Vec<u8>) {
    password_history::remember(pool, user);
    user.sealed_verifier = Some(sealed);
    user.temporary_password_expires_at = None;
}

/// Opens a user's credential; `None` for a user without a password.
pub fn open(keys: &PoolKeys, user: &User) -> Result<Option<Credential>> {
    user.sealed_verifier.as_deref().map(|sealed| open_parts(keys, &user.sub, sealed)).transpose()
}

/// Opens one sealed verifier of a user.
pub(super) fn open_sealed(keys: &PoolKeys, sub: &str, sealed: &[u8]) -> Result<Credential> {
    open_parts(keys, sub, sealed)
}

fn seal_parts(rng: &dyn Rng, keys: &PoolKeys, sub: &str, salt: &Salt, verifier: &Verifier) -> Result<Vec<u8>> {
    let verifier = verifier.to_stored();
    let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(verifier.len() + salt.as_bytes().len()));
    plain.extend_from_slice(&*verifier);
    plain.extend_from_slice(salt.as_bytes());
    keys.seal(rng, Purpose::Verifier, &[sub], &plain)
}

fn open_parts(keys: &PoolKeys, sub: &str, sealed: &[u8]) -> Result<Credential> {
    let plain = keys.unseal(Purpose::Verifier, &[sub], sealed).map_err(Error::internal)?;
    let broken = || Error::internal("a stored verifier is malformed");
    let (verifier, salt) = plain.split_at_checked(Verifier::STORED_LEN).ok_or_else(broken)?;
    Ok(Credential {
        salt: Salt::from_bytes(salt).ok_or_else(broken)?,
        verifier: Verifier::from_stored(verifier).ok_or_else(broken)?,
    })
}

/// What stands in for a user who does not exist, so that refusing one takes the same steps as refusing a wrong
/// password.
#[derive(Debug)]
pub struct Decoy {
    sealed: Vec<u8>,
}

impl Decoy {
    /// Makes a decoy: a random verifier, of no password.
    pub fn new(rng: &dyn Rng, keys: &PoolKeys) -> Result<Self> {
        let mut fill = |out: &mut [u8]| rng.fill(out);
        let verifier = Verifier::decoy(&mut fill).map_err(Error::internal)?;
        let salt = Salt::generate(&mut fill);
        Ok(Self { sealed: seal_parts(rng, keys, DECOY, &salt, &verifier)? })
    }

    /// Opens the decoy as a user's credential is opened, but with a salt that is always the same for the same name.
    pub fn open(&self, keys: &PoolKeys, name: &str) -> Result<Credential> {
        let mut credential = open_parts(keys, DECOY, &self.sealed)?;
        let mac = keys.name_mac(&["salt", name]);
        credential.salt = Salt::generate(&mut |out| {
            for (target, source) in out.iter_mut().zip(&mac) {
                *target = *source;
            }
        });
        Ok(credential)
    }
}
