//! A device's secret at rest: the SRP salt and verifier that the app made, sealed and bound to user and device.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stepwell_model::idp::DeviceSecretVerifierConfigType;
use zeroize::Zeroizing;

use super::Device;
use crate::auth::srp::{Salt, Verifier};
use crate::error::{Error, Result};
use crate::keyring::PoolKeys;
use crate::ports::rng::Rng;
use crate::seal::Purpose;
use crate::users::credential::Credential;

/// Longer texts are not decoded. A verifier is 512 characters of base64, 516 with a byte of sign.
const LONGEST_TEXT: usize = 1024;

/// Reads what `ConfirmDevice` brings: both or none.
pub(super) fn parse(given: &DeviceSecretVerifierConfigType) -> Result<Option<Credential>> {
    let (salt, verifier) = match (given.salt.as_deref(), given.password_verifier.as_deref()) {
        (None | Some(""), None | Some("")) => return Ok(None),
        (salt, verifier) => (salt.unwrap_or_default(), verifier.unwrap_or_default()),
    };
    let salt = decode(salt).filter(|bytes| !bytes.is_empty()).and_then(|bytes| Salt::from_bytes(&bytes));
    let salt = salt.ok_or_else(|| Error::invalid_parameter("Invalid Salt in DeviceSecretVerifierConfig."))?;
    let verifier =
        decode(verifier).and_then(|bytes| Verifier::from_bytes(&bytes)).filter(|verifier| !is_weak(verifier));
    let verifier =
        verifier.ok_or_else(|| Error::invalid_parameter("Invalid PasswordVerifier in DeviceSecretVerifierConfig."))?;
    Ok(Some(Credential { salt, verifier }))
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() > LONGEST_TEXT { None } else { STANDARD.decode(text).ok().map(Zeroizing::new) }
}

/// The two numbers that make the shared secret independent of any password: 1, and -1.
fn is_weak(verifier: &Verifier) -> bool {
    let mut minus_one = stepwell_bignum::MODULUS;
    let [.., last] = &mut minus_one;
    // The modulus is odd.
    *last ^= 1;
    [Verifier::from_bytes(&[1]), Verifier::from_bytes(&minus_one)].contains(&Some(verifier.clone()))
}

/// Seals it for one device of one user.
pub(super) fn seal(rng: &dyn Rng, keys: &PoolKeys, sub: &str, key: &str, secret: &Credential) -> Result<Vec<u8>> {
    let verifier = secret.verifier.to_stored();
    let mut plain = Zeroizing::new(Vec::with_capacity(verifier.len() + secret.salt.as_bytes().len()));
    plain.extend_from_slice(&*verifier);
    plain.extend_from_slice(secret.salt.as_bytes());
    keys.seal(rng, Purpose::DeviceVerifier, &[sub, key], &plain)
}

/// Opens it; `None` if the device has none.
pub(crate) fn open(keys: &PoolKeys, device: &Device) -> Result<Option<Credential>> {
    let Some(sealed) = device.sealed_verifier.as_deref() else { return Ok(None) };
    let plain = keys.unseal(Purpose::DeviceVerifier, &[&device.sub, &device.key], sealed).map_err(Error::internal)?;
    let broken = || Error::internal("a stored device verifier is malformed");
    let (verifier, salt) = plain.split_at_checked(Verifier::STORED_LEN).ok_or_else(broken)?;
    Ok(Some(Credential {
        salt: Salt::from_bytes(salt).ok_or_else(broken)?,
        verifier: Verifier::from_stored(verifier).ok_or_else(broken)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_bignum::MODULUS;

    fn given(salt: &[u8], verifier: &[u8]) -> DeviceSecretVerifierConfigType {
        DeviceSecretVerifierConfigType {
            salt: Some(STANDARD.encode(salt)),
            password_verifier: Some(STANDARD.encode(verifier)),
        }
    }

    fn with_last(mut bytes: [u8; 384], change: i8) -> Vec<u8> {
        bytes[383] = bytes[383].wrapping_add_signed(change);
        bytes.to_vec()
    }

    #[test]
    fn salt_and_verifier_must_be_what_srp_can_use() {
        let minus_two = with_last(MODULUS, -2);
        for good in [given(&[1; 16], &[2]), given(&[0, 0x80, 7], &[&[0][..], &minus_two].concat())] {
            let secret = parse(&good).unwrap().unwrap();
            assert!(secret.salt.as_bytes()[0] != 0);
        }
        for bad in [
            given(&[0; 16], &[2]),
            given(&[1; 65], &[2]),
            given(&[1; 16], &[0]),
            given(&[1; 16], &[]),
            given(&[1; 16], &[1]),
            given(&[1; 16], &[0, 0, 1]),
            given(&[1; 16], &with_last(MODULUS, -1)),
            given(&[1; 16], &MODULUS),
            given(&[1; 16], &[0xFF; 384]),
            given(&[1; 16], &[1; 385]),
            given(&[1; 16], &[0; 900]),
            DeviceSecretVerifierConfigType { salt: None, ..given(&[1; 16], &[2]) },
            DeviceSecretVerifierConfigType { password_verifier: None, ..given(&[1; 16], &[2]) },
            DeviceSecretVerifierConfigType { salt: Some("%".into()), ..given(&[1; 16], &[2]) },
        ] {
            assert!(parse(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_app_may_confirm_a_device_without_a_secret() {
        assert!(parse(&DeviceSecretVerifierConfigType::default()).unwrap().is_none());
    }
}
