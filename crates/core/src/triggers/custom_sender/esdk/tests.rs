//! The message format against a message that Amazon's own client made, and back through a reader of the test's own.
//! That Amazon's client reads ours is shown by `tests/python/test_custom_sender.py`.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

use super::*;
use crate::ports::rng::Counter;

const TAG_LEN: usize = 16;

/// Made by `aws-encryption-sdk` 4.0.7 for Python: suite 0x0378, frame length 4096, data key 00 01 … 1f, wrapped as
/// `wrapped data key`, encryption context `userpool-id` = `eu-west-1_AbCdEfGhI`, plaintext `123456`.
const MADE_BY_AMAZON: &str = "\
    01800378c3b0fc7d02bf6fe45d56a8267cf868f20081000200156177732d63727970746f2d7075626c69632d6b65790044416d756151363477\
    374278534f39766c6c6c3258716c6a67647851394d796a334a67344844526a52454e516a3068686e476b343261506e4e62393939524f577133\
    513d3d000b75736572706f6f6c2d6964001365752d776573742d315f416243644566476849000100076177732d6b6d73004b61726e3a617773\
    3a6b6d733a65752d776573742d313a3131313132323232333333333a6b65792f30613162326333642d303030302d343030302d383030302d30\
    30303030303030303030310010777261707065642064617461206b657902000000000c000010000000000000000000000000002e4c2ebeb3fa\
    38a09ca439c6b86308b6ffffffff0000000100000000000000000000000100000006382f40aa5335a97a312ed52e3d49654aaa79244565b200\
    6730650231008efedd4589320a19ea5f634664de7af5cfb651ebd4759ffcdfe6b28a50243d98333d1bed96344bd566acc5413f8adec4023070\
    4bc9bae81230455d40c1606123480924bf62f9c04d36b974a6cf5c20c100d989b80e09536c9face7cf477117c8094f";

fn data_key() -> DataKey {
    DataKey {
        key_arn: "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001".to_owned(),
        plaintext: Zeroizing::new(std::array::from_fn(|index| u8::try_from(index).unwrap())),
        ciphertext_blob: b"wrapped data key".to_vec(),
    }
}

fn pool() -> BTreeMap<String, String> {
    BTreeMap::from([("userpool-id".to_owned(), "eu-west-1_AbCdEfGhI".to_owned())])
}

/// What a message says, and the bytes its signature covers.
struct Read {
    message_id: [u8; MESSAGE_ID_LEN],
    context: BTreeMap<String, String>,
    key_arn: String,
    ciphertext_blob: Vec<u8>,
    plain: Vec<u8>,
    signed: usize,
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn length(&mut self) -> usize {
        usize::from(u16::from_be_bytes(self.take(2).try_into().unwrap()))
    }

    fn field(&mut self) -> &'a [u8] {
        let length = self.length();
        self.take(length)
    }
}

/// Reads a message of the one form that we write; none if its tags or its signature are wrong.
fn read(message: &[u8], key: &DataKey) -> Option<Read> {
    let mut bytes = Bytes(message);
    assert_eq!(bytes.take(4), [0x01, 0x80, 0x03, 0x78], "version, type, suite");
    let message_id: [u8; MESSAGE_ID_LEN] = bytes.take(MESSAGE_ID_LEN).try_into().unwrap();
    let mut pairs = Bytes(bytes.field());
    let mut context = BTreeMap::new();
    for _ in 0..pairs.length() {
        let text = |field: &[u8]| String::from_utf8(field.to_vec()).unwrap();
        let name = text(pairs.field());
        context.insert(name, text(pairs.field()));
    }
    assert!(pairs.0.is_empty());
    assert_eq!(bytes.length(), 1, "data keys");
    assert_eq!(bytes.field(), b"aws-kms");
    let key_arn = String::from_utf8(bytes.field().to_vec()).unwrap();
    let ciphertext_blob = bytes.field().to_vec();
    assert_eq!(bytes.take(10), [2, 0, 0, 0, 0, 12, 0, 0, 0x10, 0], "content type, reserved, IV length, frame length");
    let header = message.len() - bytes.0.len();

    let cipher = message_cipher(&message_id, key).unwrap();
    let open = |nonce: &[u8], associated: &[u8], sealed: &[u8]| {
        let mut opened = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
        cipher.open_in_place(nonce, Aad::from(associated), &mut opened).ok().map(|plain| plain.to_vec())
    };
    let (nonce, tag) = (bytes.take(NONCE_LEN), bytes.take(TAG_LEN));
    assert_eq!(nonce, [0; NONCE_LEN]);
    open(nonce, &message[..header], tag)?;

    assert_eq!(bytes.take(8), [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1], "final frame, number 1");
    let nonce = bytes.take(NONCE_LEN);
    let length = u32::from_be_bytes(bytes.take(4).try_into().unwrap()) as usize;
    let plain = open(nonce, &frame_data(&message_id, 1, length), bytes.take(length + TAG_LEN))?;

    let signed = message.len() - bytes.0.len();
    let public = STANDARD.decode(&context[PUBLIC_KEY]).unwrap();
    let signature = bytes.field();
    assert!(bytes.0.is_empty());
    UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, public).verify(&message[..signed], signature).ok()?;
    Some(Read { message_id, context, key_arn, ciphertext_blob, plain, signed })
}

#[test]
fn writes_what_amazon_writes() {
    let theirs = hex::decode(MADE_BY_AMAZON.replace(char::is_whitespace, "")).unwrap();
    let read = read(&theirs, &data_key()).unwrap();
    assert_eq!(read.plain, b"123456");
    let ours = header_and_body(&read.message_id, &read.context, &data_key(), b"123456").unwrap();
    assert_eq!(hex::encode(ours), hex::encode(&theirs[..read.signed]));
}

#[test]
fn what_is_sealed_opens_and_is_bound_to_the_pool() {
    let envelope = Envelope::new(pool()).unwrap();
    let message = envelope.seal(&Counter(0.into()), &data_key(), "Pässwörd &amp; 1".as_bytes()).unwrap();
    let read = read(&message, &data_key()).unwrap();
    assert_eq!(read.plain, "Pässwörd &amp; 1".as_bytes());
    assert_eq!((read.key_arn, read.ciphertext_blob), (data_key().key_arn, data_key().ciphertext_blob));
    assert_eq!(&read.context, envelope.context());
    assert_eq!(read.context["userpool-id"], "eu-west-1_AbCdEfGhI");
    assert_eq!(read.context.len(), 2);
}

#[test]
fn another_key_or_a_changed_message_does_not_open() {
    let envelope = Envelope::new(pool()).unwrap();
    let message = envelope.seal(&Counter(0.into()), &data_key(), b"123456").unwrap();
    let mut other = data_key();
    other.plaintext[31] ^= 1;
    assert!(read(&message, &other).is_none());
    // The last byte of the pool's id, of the frame's content and of the signature.
    let pool = message.windows(9).position(|window| window == b"AbCdEfGhI").unwrap() + 8;
    let signed = read(&message, &data_key()).unwrap().signed;
    for index in [pool, signed - TAG_LEN - 1, message.len() - 1] {
        let mut changed = message.clone();
        changed[index] ^= 1;
        assert!(read(&changed, &data_key()).is_none(), "byte {index}");
    }
}

#[test]
fn no_two_messages_share_key_or_id() {
    let rng = Counter(0.into());
    let seal = || {
        let envelope = Envelope::new(pool()).unwrap();
        read(&envelope.seal(&rng, &data_key(), b"123456").unwrap(), &data_key()).unwrap()
    };
    let (first, second) = (seal(), seal());
    assert_ne!(first.message_id, second.message_id);
    assert_ne!(first.context[PUBLIC_KEY], second.context[PUBLIC_KEY]);
}

#[test]
fn one_frame_and_no_more() {
    let envelope = Envelope::new(pool()).unwrap();
    assert!(envelope.seal(&Counter(0.into()), &data_key(), &[b'x'; 4096]).is_ok());
    assert!(envelope.seal(&Counter(0.into()), &data_key(), &[b'x'; 4097]).is_err());
}
