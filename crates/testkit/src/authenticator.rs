//! A browser with a software authenticator: what `navigator.credentials` would answer, in the JSON form in which clients
//! send it (Web Authentication Level 3, sections 5.1.8, 5.10, 6.1, 6.5). Its fields make it misbehave.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// ECDSA on P-256 with SHA-256 (COSE).
const ES256: i64 = -7;
/// Ed25519.
const EDDSA: i64 = -8;
/// RSA with SHA-256.
const RS256: i64 = -257;

/// What the authenticator says of itself in the flags of authenticator data.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the standard has four flags")]
pub struct Flags {
    /// Somebody touched it.
    pub user_present: bool,
    /// It verified who.
    pub user_verified: bool,
    /// Its keys can be copied to other devices.
    pub backup_eligible: bool,
    /// They have been.
    pub backed_up: bool,
}

/// How an attestation is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestation {
    /// Not at all, which is what is asked for.
    None,
    /// `packed`, signed with the new key itself.
    PackedSelf,
    /// `packed`, signed wrong.
    PackedForged,
    /// A format nobody knows.
    Unknown,
}

/// The authenticator and the page that uses it. A field set to `Some` takes the place of what would be right.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// The page's origin.
    pub origin: String,
    /// True in a frame of another origin's page.
    pub cross_origin: bool,
    /// The flags.
    pub flags: Flags,
    /// True if it counts its signatures.
    pub counts: bool,
    /// The model.
    pub aaguid: [u8; 16],
    /// `authenticatorAttachment`.
    pub attachment: Option<&'static str>,
    /// `transports`.
    pub transports: Vec<&'static str>,
    /// The attestation.
    pub attestation: Attestation,
    /// The COSE algorithm of the new key: -7, -8 or -257. Of another, it is said, but the key is of -7.
    pub algorithm: i64,
    /// The domain whose hash goes into authenticator data.
    pub relying_party_id: Option<&'static str>,
    /// `clientDataJSON.type`.
    pub kind: Option<&'static str>,
    /// `clientDataJSON.challenge`.
    pub challenge: Option<String>,
    /// `userHandle`.
    pub user_handle: Option<Vec<u8>>,
    /// True if it signs something else.
    pub signs_wrong: bool,
}

impl Authenticator {
    /// A phone whose passkeys are copied between its owner's devices, used from a page of this origin.
    pub fn phone(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            cross_origin: false,
            flags: Flags { user_present: true, user_verified: true, backup_eligible: true, backed_up: true },
            counts: false,
            aaguid: [0; 16],
            attachment: Some("platform"),
            transports: vec!["hybrid", "internal"],
            attestation: Attestation::None,
            algorithm: ES256,
            relying_party_id: None,
            kind: None,
            challenge: None,
            user_handle: None,
            signs_wrong: false,
        }
    }

    /// A security key, whose passkeys stay in it, used from a page of this origin.
    pub fn security_key(origin: &str) -> Self {
        Self {
            flags: Flags { user_present: true, user_verified: true, backup_eligible: false, backed_up: false },
            counts: true,
            attachment: Some("cross-platform"),
            transports: vec!["usb"],
            ..Self::phone(origin)
        }
    }

    /// The same without verifying its user.
    #[must_use]
    pub fn without_verification(mut self) -> Self {
        self.flags.user_verified = false;
        self
    }

    /// `navigator.credentials.create()`: a new passkey, and the `RegistrationResponseJSON` about it. `options` are
    /// `PublicKeyCredentialCreationOptionsJSON`.
    pub fn create(&self, options: &Value) -> (SoftPasskey, Value) {
        let key = Key::generate(self.algorithm);
        let cose = key.cose(self.algorithm);
        let id = digest(&SHA256, &cose).as_ref()[..20].to_vec();
        let relying_party_id = options["rp"]["id"].as_str().unwrap().to_owned();
        let user_handle = unbase64(options["user"]["id"].as_str().unwrap());
        let counter = u32::from(self.counts);
        let mut data = self.authenticator_data(&relying_party_id, counter, 0x40);
        data.extend(self.aaguid);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(cose);
        let client_data = self.client_data("webauthn.create", options);
        let passkey = SoftPasskey { id, counter, relying_party_id, user_handle, key };
        let object = self.attestation_object(&passkey, &data, &client_data);
        let mut credential = json!({
            "id": base64(&passkey.id),
            "rawId": base64(&passkey.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&client_data),
                "attestationObject": base64(&object),
                "transports": self.transports,
                "publicKeyAlgorithm": self.algorithm,
                "authenticatorData": base64(&data),
            },
        });
        if let Some(attachment) = self.attachment {
            credential["authenticatorAttachment"] = json!(attachment);
        }
        (passkey, credential)
    }

    /// `navigator.credentials.get()` with this passkey: the `AuthenticationResponseJSON`. `options` are
    /// `PublicKeyCredentialRequestOptionsJSON`, as an object or as text.
    pub fn get(&self, passkey: &mut SoftPasskey, options: &Value) -> Value {
        let parsed = options.as_str().map(|text| serde_json::from_str::<Value>(text).unwrap());
        let options = parsed.as_ref().unwrap_or(options);
        passkey.counter += u32::from(self.counts);
        let data = self.authenticator_data(&passkey.relying_party_id, passkey.counter, 0);
        let client_data = self.client_data("webauthn.get", options);
        let signature = passkey.sign(&data, &client_data, self.signs_wrong);
        let handle = self.user_handle.as_deref().unwrap_or(&passkey.user_handle);
        json!({
            "id": base64(&passkey.id),
            "rawId": base64(&passkey.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&client_data),
                "authenticatorData": base64(&data),
                "signature": base64(&signature),
                "userHandle": base64(handle),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = self.challenge.as_deref().unwrap_or_else(|| options["challenge"].as_str().unwrap());
        let data = json!({
            "type": self.kind.unwrap_or(kind),
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, relying_party_id: &str, counter: u32, more_flags: u8) -> Vec<u8> {
        let id = self.relying_party_id.unwrap_or(relying_party_id);
        let mut data = digest(&SHA256, id.as_bytes()).as_ref().to_vec();
        let Flags { user_present, user_verified, backup_eligible, backed_up } = self.flags;
        let flags = u8::from(user_present)
            | u8::from(user_verified) << 2
            | u8::from(backup_eligible) << 3
            | u8::from(backed_up) << 4;
        data.push(flags | more_flags);
        data.extend(counter.to_be_bytes());
        data
    }

    fn attestation_object(&self, passkey: &SoftPasskey, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let (format, statement) = match self.attestation {
            Attestation::None => ("none", cbor_map(&[])),
            Attestation::Unknown => ("made-up", cbor_map(&[])),
            Attestation::PackedSelf | Attestation::PackedForged => {
                let forged = self.attestation == Attestation::PackedForged;
                let signature = passkey.sign(data, client_data, forged);
                let fields = [(cbor_text("alg"), cbor_int(self.algorithm)), (cbor_text("sig"), cbor_bytes(&signature))];
                ("packed", cbor_map(&fields))
            }
        };
        cbor_map(&[
            (cbor_text("fmt"), cbor_text(format)),
            (cbor_text("attStmt"), statement),
            (cbor_text("authData"), cbor_bytes(data)),
        ])
    }
}

/// A passkey as its authenticator keeps it.
#[derive(Debug)]
pub struct SoftPasskey {
    /// The credential id.
    pub id: Vec<u8>,
    /// Signatures so far.
    pub counter: u32,
    /// The domain it was made for.
    pub relying_party_id: String,
    /// `user.id`.
    pub user_handle: Vec<u8>,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Es256(EcdsaKeyPair),
    Eddsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

impl Key {
    fn generate(algorithm: i64) -> Self {
        match algorithm {
            EDDSA => Self::Eddsa(Ed25519KeyPair::generate().unwrap()),
            RS256 => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            _ => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
        }
    }

    /// The public key in COSE form (RFC 9053, sections 7.1 and 7.2; RFC 8230, section 4).
    fn cose(&self, algorithm: i64) -> Vec<u8> {
        let algorithm = (cbor_int(3), cbor_int(algorithm));
        match self {
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                cbor_map(&[
                    (cbor_int(1), cbor_int(2)),
                    algorithm,
                    (cbor_int(-1), cbor_int(1)),
                    (cbor_int(-2), cbor_bytes(&point[1..33])),
                    (cbor_int(-3), cbor_bytes(&point[33..65])),
                ])
            }
            Self::Eddsa(key) => cbor_map(&[
                (cbor_int(1), cbor_int(1)),
                algorithm,
                (cbor_int(-1), cbor_int(6)),
                (cbor_int(-2), cbor_bytes(key.public_key().as_ref())),
            ]),
            Self::Rs256(key) => {
                let public = key.public_key();
                cbor_map(&[
                    (cbor_int(1), cbor_int(3)),
                    algorithm,
                    (cbor_int(-1), cbor_bytes(public.modulus().big_endian_without_leading_zero())),
                    (cbor_int(-2), cbor_bytes(public.exponent().big_endian_without_leading_zero())),
                ])
            }
        }
    }

    fn sign(&self, signed: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => key.sign(&SystemRandom::new(), signed).unwrap().as_ref().to_vec(),
            Self::Eddsa(key) => key.sign(signed).as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).unwrap();
                signature
            }
        }
    }
}

impl SoftPasskey {
    /// The credential id as it stands in JSON.
    pub fn credential_id(&self) -> String {
        base64(&self.id)
    }

    fn sign(&self, data: &[u8], client_data: &[u8], wrong: bool) -> Vec<u8> {
        let mut signed = data.to_vec();
        signed.extend(digest(&SHA256, client_data).as_ref());
        if wrong {
            signed.push(0);
        }
        self.key.sign(&signed)
    }
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unbase64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The head of a CBOR item (RFC 8949, section 3): its major type and a number below 65,536.
fn cbor_head(major: u8, number: usize) -> Vec<u8> {
    let major = major << 5;
    match u16::try_from(number).unwrap() {
        number @ 0..=23 => vec![major | number.to_be_bytes()[1]],
        number @ 24..=255 => vec![major | 0x18, number.to_be_bytes()[1]],
        number => vec![major | 0x19, number.to_be_bytes()[0], number.to_be_bytes()[1]],
    }
}

fn cbor_int(number: i64) -> Vec<u8> {
    let (major, number) = if number < 0 { (1, -1 - number) } else { (0, number) };
    cbor_head(major, usize::try_from(number).unwrap())
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor_head(2, bytes.len()), bytes.to_vec()].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    [cbor_head(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn cbor_map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let items = entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()]);
    std::iter::once(cbor_head(5, entries.len())).chain(items).collect::<Vec<_>>().concat()
}
