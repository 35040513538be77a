//! `SecretString`: text that the model marks sensitive (tokens, passwords, codes, client secrets, user names).

use std::borrow::Borrow;
use std::fmt;
use std::hint::black_box;
use std::ops::Deref;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::zeroize_bytes;

/// Sensitive text: `Debug` prints `[redacted]`, it is wiped when dropped, and it is compared in constant time.
///
/// It goes over the wire as a plain JSON string and dereferences to `str`. There is no `Display`, so that it does not
/// slip into a message by accident.
#[derive(Clone, Default, Eq)]
pub struct SecretString(String);

impl SecretString {
    /// Takes the text out; from here on the caller keeps it secret.
    #[must_use]
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for SecretString {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        // What lies beyond the text may have been part of it. All at once: `Vec::zeroize` goes byte by byte.
        bytes.resize(bytes.capacity(), 0);
        zeroize_bytes(&mut bytes);
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Deref for SecretString {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SecretString {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SecretString {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SecretString {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Compares without stopping at the first difference; only the lengths can be told apart by time.
fn constant_time_eq(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let difference = a.bytes().zip(b.bytes()).fold(0_u8, |acc, (x, y)| black_box(acc | (x ^ y)));
    black_box(difference) == 0
}

impl PartialEq for SecretString {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl PartialEq<str> for SecretString {
    fn eq(&self, other: &str) -> bool {
        constant_time_eq(&self.0, other)
    }
}

impl PartialEq<&str> for SecretString {
    fn eq(&self, other: &&str) -> bool {
        constant_time_eq(&self.0, other)
    }
}

impl Serialize for SecretString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own message would quote the offending value ("invalid type: integer `123`"); a secret must not be.
        String::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("expected a string"))
    }
}
