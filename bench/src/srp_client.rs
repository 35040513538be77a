//! The client's side of SRP, as amazon-cognito-identity-js does it. What it computes is not measured.

use aws_lc_rs::{digest, hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_bignum::{EXPONENT_LEN, Element, MODULUS, exp_g};

use crate::Failure;

/// The client's secret exponent. It protects nothing here, and one that is the same in every run makes runs alike.
const SECRET: [u8; EXPONENT_LEN] = [0x5a; EXPONENT_LEN];
/// What clients send as `TIMESTAMP`.
const TIMESTAMP: &str = "Mon Nov 23 06:00:00 UTC 2026";

/// One client: its secret and its public value.
#[derive(Debug)]
pub(crate) struct SrpClient {
    public: Element,
}

impl SrpClient {
    /// A client.
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self { public: exp_g(&SECRET)? })
    }

    /// `SRP_A`.
    pub(crate) fn public_hex(&self) -> String {
        hex_of(&self.public)
    }

    /// The verifier of a password: what `ConfirmDevice` takes.
    pub(crate) fn verifier(realm: &str, name: &str, password: &str, salt: &[u8]) -> Result<Vec<u8>, Failure> {
        let identity = sha256(&[realm.as_bytes(), name.as_bytes(), b":", password.as_bytes()]);
        let x = sha256(&[&pad(salt), &identity]);
        Ok(pad(exp_g(&x)?.as_bytes()))
    }

    /// `ChallengeResponses` for the `ChallengeParameters` of a `PASSWORD_VERIFIER` challenge. `realm` is the pool's id after
    /// the underscore.
    pub(crate) fn claim(&self, realm: &str, password: &str, challenge: &Value) -> Result<Value, Failure> {
        let text = |name: &str| {
            let value = challenge.get(name).and_then(Value::as_str);
            value.ok_or_else(|| Failure::from(format!("a challenge without {name}")))
        };
        let (name, block) = (text("USER_ID_FOR_SRP")?, text("SECRET_BLOCK")?);
        let server = element(text("SRP_B")?)?;
        let u = sha256(&[&pad(self.public.as_bytes()), &pad(server.as_bytes())]);
        let identity = sha256(&[realm.as_bytes(), name.as_bytes(), b":", password.as_bytes()]);
        let x = sha256(&[&pad(&from_hex(text("SALT")?)?), &identity]);
        let k = Element::from_hash(&sha256(&[&pad(&MODULUS), &pad(&[2])]));
        let base = server.sub(&k.mul(&exp_g(&x)?)?)?;
        // base^(a + u·x)
        let shared = base.pow(&SECRET)?.mul(&base.pow(&u)?.pow(&x)?)?;
        let mut key = [0; 16];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &pad(&u))
            .extract(&pad(shared.as_bytes()))
            .expand(&[b"Caldera Derived Key"], Sixteen)
            .and_then(|okm| okm.fill(&mut key))
            .map_err(|_| "HKDF")?;
        let message = [realm.as_bytes(), name.as_bytes(), &STANDARD.decode(block)?, TIMESTAMP.as_bytes()].concat();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
        Ok(json!({
            "USERNAME": name,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
            "TIMESTAMP": TIMESTAMP,
        }))
    }
}

/// Tells HKDF to make 16 bytes.
struct Sixteen;

impl hkdf::KeyType for Sixteen {
    fn len(&self) -> usize {
        16
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// A non-negative integer as clients hash it: minimal big-endian two's complement.
fn pad(bytes: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign = significant.first().is_none_or(|first| *first >= 0x80).then_some(0);
    sign.into_iter().chain(significant).collect()
}

fn hex_of(element: &Element) -> String {
    hex::encode(element.as_bytes()).trim_start_matches('0').to_owned()
}

fn from_hex(text: &str) -> Result<Vec<u8>, Failure> {
    let even = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
    Ok(hex::decode(even)?)
}

fn element(text: &str) -> Result<Element, Failure> {
    Element::from_bytes(&from_hex(text)?).ok_or_else(|| "SRP_B is not in the group".into())
}
