//! The client's side of Cognito's SRP, as app libraries do it (see `stepwell_core::auth::srp` for the formulas).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_bignum::{EXPONENT_LEN, Element, MODULUS, exp_g};

/// The `TIMESTAMP` of all claims.
pub const TIMESTAMP: &str = "Fri Jan 15 08:00:00 UTC 2027";

/// A client with its secret for one exchange.
#[derive(Debug)]
pub struct Client {
    secret: [u8; EXPONENT_LEN],
    public: Element,
}

impl Client {
    /// With a secret made of this seed.
    pub fn new(seed: u64) -> Self {
        let secret = hash(&[&seed.to_be_bytes()]);
        Self { public: exp_g(&secret).unwrap(), secret }
    }

    /// `SRP_A`.
    pub fn srp_a(&self) -> String {
        hex::encode(self.public.as_bytes())
    }

    /// `ChallengeResponses` that prove a password: to `parameters`, the `ChallengeParameters` of `PASSWORD_VERIFIER`, in
    /// a pool with this id.
    pub fn answer(&self, pool_id: &str, parameters: &Value, password: &str) -> Value {
        let parameter = |name: &str| parameters[name].as_str().unwrap().to_owned();
        let name = parameter("USER_ID_FOR_SRP");
        let block = parameter("SECRET_BLOCK");
        let signature = self.sign(
            pool_id.split_once('_').unwrap().1,
            &name,
            password,
            &unhex(&parameter("SALT")),
            &unhex(&parameter("SRP_B")),
            &STANDARD.decode(&block).unwrap(),
        );
        json!({
            "USERNAME": name,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
            "TIMESTAMP": TIMESTAMP,
        })
    }

    /// `ChallengeResponses` that prove a device's secret: to `parameters`, the `ChallengeParameters` of
    /// `DEVICE_PASSWORD_VERIFIER`.
    pub fn device_answer(&self, device: &Device, parameters: &Value) -> Value {
        let parameter = |name: &str| parameters[name].as_str().unwrap().to_owned();
        let block = parameter("SECRET_BLOCK");
        let signature = self.sign(
            &device.group_key,
            &device.key,
            &device.secret,
            &unhex(&parameter("SALT")),
            &unhex(&parameter("SRP_B")),
            &STANDARD.decode(&block).unwrap(),
        );
        json!({
            "USERNAME": parameter("USERNAME"),
            "DEVICE_KEY": device.key,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
            "TIMESTAMP": TIMESTAMP,
        })
    }

    fn sign(&self, realm: &str, name: &str, password: &str, salt: &[u8], srp_b: &[u8], block: &[u8]) -> Vec<u8> {
        let server_public = Element::from_bytes(srp_b).unwrap();
        let k = Element::from_hash(&hash(&[&pad(&MODULUS), &pad(&[2])]));
        let x = hash(&[&pad(salt), &hash(&[format!("{realm}{name}:{password}").as_bytes()])]);
        let u = hash(&[&pad(self.public.as_bytes()), &pad(server_public.as_bytes())]);
        let base = server_public.sub(&k.mul(&exp_g(&x).unwrap()).unwrap()).unwrap();
        let shared = base.pow(&self.secret).unwrap().mul(&base.pow(&u).unwrap().pow(&x).unwrap()).unwrap();
        let extracted = mac(&pad(&u), &pad(shared.as_bytes()));
        let key = mac(&extracted, b"Caldera Derived Key\x01");
        mac(&key[..16], &[realm.as_bytes(), name.as_bytes(), block, TIMESTAMP.as_bytes()].concat())
    }
}

/// A device as its app keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// `DeviceKey`.
    pub key: String,
    /// `DeviceGroupKey`.
    pub group_key: String,
    /// The secret that never leaves it.
    pub secret: String,
}

impl Device {
    /// From the `AuthenticationResult` of a sign-in that made a device key.
    pub fn of(result: &Value) -> Self {
        let made = |name: &str| result["NewDeviceMetadata"][name].as_str().expect("no new device").to_owned();
        Self { key: made("DeviceKey"), group_key: made("DeviceGroupKey"), secret: "correct horse".to_owned() }
    }

    /// `DeviceSecretVerifierConfig`.
    pub fn verifier(&self) -> Value {
        let salt = hash(&[self.key.as_bytes()])[..16].to_vec();
        let identity = format!("{}{}:{}", self.group_key, self.key, self.secret);
        let x = hash(&[&pad(&salt), &hash(&[identity.as_bytes()])]);
        let verifier = exp_g(&x).unwrap();
        json!({
            "Salt": STANDARD.encode(pad(&salt)),
            "PasswordVerifier": STANDARD.encode(pad(verifier.as_bytes())),
        })
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    digest(&SHA256, &parts.concat()).as_ref().try_into().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(format!("{}{text}", "0".repeat(text.len() % 2))).unwrap()
}

/// Minimal big-endian two's complement.
fn pad(bytes: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign = if significant.first().is_none_or(|first| *first >= 0x80) { &[0_u8][..] } else { &[] };
    [sign, &significant].concat()
}
