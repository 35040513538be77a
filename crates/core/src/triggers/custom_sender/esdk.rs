//! The encrypting side of the AWS Encryption SDK's message format, version 1, as Cognito writes it: algorithm suite
//! 0x0378 (AES-256-GCM, HKDF with SHA-384, ECDSA on P-384), one data key from KMS, framed, one frame.
//!
//! Source: "AWS Encryption SDK message format reference", "… algorithms reference", "… body additional authenticated
//! data reference". Why this suite: `docs/decisions/0014-custom-senders.md`.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyCompressedBin};
use aws_lc_rs::hkdf::{HKDF_SHA384, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ports::kms::DataKey;
use crate::ports::rng::Rng;

const VERSION: u8 = 0x01;
/// Customer authenticated encrypted data.
const TYPE: u8 = 0x80;
/// `AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384`.
const SUITE: [u8; 2] = [0x03, 0x78];
const PROVIDER: &[u8] = b"aws-kms";
const FRAMED: u8 = 0x02;
/// [`NONCE_LEN`].
const IV_LENGTH: u8 = 12;
const FRAME_LENGTH: u32 = 4096;
/// The entry of the encryption context that holds the public key of the signature.
const PUBLIC_KEY: &str = "aws-crypto-public-key";
const FINAL_FRAME: &[u8] = b"AWSKMSEncryptionClient Final Frame";
const FINAL_FRAME_MARK: [u8; 4] = [0xff; 4];
const MESSAGE_ID_LEN: usize = 16;

/// One message to be: the key pair that signs it, and the encryption context that names its public half.
pub(super) struct Envelope {
    signer: EcdsaKeyPair,
    context: BTreeMap<String, String>,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope").field("context", &self.context).finish_non_exhaustive()
    }
}

impl Envelope {
    /// Makes the key pair of one message that is bound to `context`. As with the RSA keys, its randomness is the crypto
    /// library's own.
    pub(super) fn new(mut context: BTreeMap<String, String>) -> Result<Self> {
        let signer = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map_err(Error::internal)?;
        let point: EcPublicKeyCompressedBin<'_> = signer.public_key().as_be_bytes().map_err(Error::internal)?;
        context.insert(PUBLIC_KEY.to_owned(), STANDARD.encode(point.as_ref()));
        Ok(Self { signer, context })
    }

    /// What the data key has to be bound to.
    pub(super) fn context(&self) -> &BTreeMap<String, String> {
        &self.context
    }

    /// The message that holds `secret`, at most one frame (4096 bytes) of it.
    pub(super) fn seal(&self, rng: &dyn Rng, key: &DataKey, secret: &[u8]) -> Result<Vec<u8>> {
        let mut message = header_and_body(&rng.bytes(), &self.context, key, secret)?;
        let signature = self.signer.sign(&SystemRandom::new(), &message).map_err(Error::internal)?;
        put_field(&mut message, signature.as_ref())?;
        Ok(message)
    }
}

/// Everything that the signature covers.
fn header_and_body(
    message_id: &[u8; MESSAGE_ID_LEN],
    context: &BTreeMap<String, String>,
    key: &DataKey,
    secret: &[u8],
) -> Result<Vec<u8>> {
    if u32::try_from(secret.len()).is_ok_and(|length| length > FRAME_LENGTH) {
        return Err(Error::internal("the secret does not fit into one frame"));
    }
    let cipher = message_cipher(message_id, key)?;
    let mut message = header(message_id, context, key)?;
    // The header's own IV is zero; frames count from one, so that none comes twice under this key.
    let authentication = encrypt(&cipher, 0, &message, &mut [])?;
    message.extend_from_slice(&iv(0));
    message.extend_from_slice(&authentication);

    let sequence: u32 = 1;
    let mut frame = Zeroizing::new(secret.to_vec());
    let associated = frame_data(message_id, sequence, secret.len());
    let tag = encrypt(&cipher, sequence, &associated, frame.as_mut_slice())?;
    message.extend_from_slice(&FINAL_FRAME_MARK);
    message.extend_from_slice(&sequence.to_be_bytes());
    message.extend_from_slice(&iv(sequence));
    message.extend_from_slice(&u32::try_from(frame.len()).map_err(Error::internal)?.to_be_bytes());
    message.extend_from_slice(&frame);
    message.extend_from_slice(&tag);
    Ok(message)
}

fn header(message_id: &[u8; MESSAGE_ID_LEN], context: &BTreeMap<String, String>, key: &DataKey) -> Result<Vec<u8>> {
    let mut out = vec![VERSION, TYPE];
    out.extend_from_slice(&SUITE);
    out.extend_from_slice(message_id);
    put_field(&mut out, &context_data(context)?)?;
    put_length(&mut out, 1)?;
    put_field(&mut out, PROVIDER)?;
    put_field(&mut out, key.key_arn.as_bytes())?;
    put_field(&mut out, &key.ciphertext_blob)?;
    out.push(FRAMED);
    out.extend_from_slice(&[0; 4]);
    out.push(IV_LENGTH);
    out.extend_from_slice(&FRAME_LENGTH.to_be_bytes());
    Ok(out)
}

/// The encryption context: sorted pairs, as a `BTreeMap` has them. Never empty here.
fn context_data(context: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put_length(&mut out, context.len())?;
    for (name, value) in context {
        put_field(&mut out, name.as_bytes())?;
        put_field(&mut out, value.as_bytes())?;
    }
    Ok(out)
}

/// What a frame's tag covers besides its content.
fn frame_data(message_id: &[u8; MESSAGE_ID_LEN], sequence: u32, length: usize) -> Vec<u8> {
    [&message_id[..], FINAL_FRAME, &sequence.to_be_bytes(), &(length as u64).to_be_bytes()].concat()
}

/// The key of one message: from the data key, bound to suite and message.
fn message_cipher(message_id: &[u8; MESSAGE_ID_LEN], key: &DataKey) -> Result<LessSafeKey> {
    let mut derived = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA384, &[])
        .extract(&*key.plaintext)
        .expand(&[&SUITE, message_id], CipherKeyLength)
        .and_then(|okm| okm.fill(derived.as_mut_slice()))
        .map_err(Error::internal)?;
    UnboundKey::new(&AES_256_GCM, derived.as_slice()).map(LessSafeKey::new).map_err(Error::internal)
}

struct CipherKeyLength;

impl KeyType for CipherKeyLength {
    fn len(&self) -> usize {
        AES_256_GCM.key_len()
    }
}

fn encrypt(cipher: &LessSafeKey, sequence: u32, associated: &[u8], content: &mut [u8]) -> Result<Vec<u8>> {
    let nonce = Nonce::assume_unique_for_key(iv(sequence));
    let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(associated), content).map_err(Error::internal)?;
    Ok(tag.as_ref().to_vec())
}

fn iv(sequence: u32) -> [u8; NONCE_LEN] {
    let mut out = [0; NONCE_LEN];
    if let Some(last) = out.last_chunk_mut::<4>() {
        *last = sequence.to_be_bytes();
    }
    out
}

fn put_field(out: &mut Vec<u8>, field: &[u8]) -> Result<()> {
    put_length(out, field.len())?;
    out.extend_from_slice(field);
    Ok(())
}

fn put_length(out: &mut Vec<u8>, length: usize) -> Result<()> {
    out.extend_from_slice(&u16::try_from(length).map_err(Error::internal)?.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests;
