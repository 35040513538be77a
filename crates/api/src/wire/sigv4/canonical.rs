//! The canonical request, the string to sign, and the signature over it.
//!
//! Everything here is total: any bytes have a canonical form, and what AWS would call malformed merely fails to match.

use aws_lc_rs::{digest, hmac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use zeroize::Zeroizing;

use super::{ALGORITHM, TERMINATOR, parameter};

/// What AWS's `UriEncode` escapes: everything but RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same for a path, where slashes stay.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The canonical path: dot segments and repeated slashes removed, then encoded once more than it is on the wire (the rule
/// of every service but S3). Empty is `/`.
pub(super) fn path(raw: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut normalized = String::with_capacity(raw.len() + 1);
    for segment in &segments {
        normalized.push('/');
        normalized.push_str(segment);
    }
    // As botocore and the JavaScript SDK do it: a trailing slash survives only after a segment and only if literal.
    if segments.is_empty() || raw.ends_with('/') {
        normalized.push('/');
    }
    percent_encode(normalized.as_bytes(), PATH).to_string()
}

/// The canonical path of S3 and its kin, which sign paths as they are: nothing is removed, and each segment is encoded once. A
/// slash that came encoded stays encoded, so that no two paths on the wire have one form.
pub(super) fn literal_path(raw: &str) -> String {
    let segments = raw.split('/').map(|segment| {
        let decoded: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&decoded, QUERY).to_string()
    });
    let path = segments.collect::<Vec<_>>().join("/");
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// The canonical query string: each key and value decoded and encoded again, sorted by key and then by value. `+` is a plus
/// sign, a key without `=` has an empty value. In the presigned form the signature itself is left out.
pub(super) fn query(raw: &str, presigned: bool) -> String {
    let mut pairs: Vec<(String, String)> = query_pairs(raw)
        .filter(|(key, _)| !(presigned && key == parameter::SIGNATURE.as_bytes()))
        .map(|(key, value)| (percent_encode(&key, QUERY).to_string(), percent_encode(&value, QUERY).to_string()))
        .collect();
    pairs.sort_unstable();
    let mut canonical = String::with_capacity(raw.len() + pairs.len());
    for (key, value) in &pairs {
        if !canonical.is_empty() {
            canonical.push('&');
        }
        canonical.push_str(key);
        canonical.push('=');
        canonical.push_str(value);
    }
    canonical
}

/// The decoded keys and values of a query string, in order; empty pairs are skipped, a `%` that introduces no escape stays.
pub(super) fn query_pairs(raw: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode_str(key).collect(), percent_decode_str(value).collect())
    })
}

/// Appends a header value without surrounding white space and with inner runs of it as one space, even within quotes.
pub(super) fn fold_into(canonical: &mut Vec<u8>, value: &[u8]) {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let mut first = true;
    for word in value.split(is_space).filter(|word| !word.is_empty()) {
        if !first {
            canonical.push(b' ');
        }
        canonical.extend_from_slice(word);
        first = false;
    }
}

/// The pieces of a canonical request, each already canonical.
pub(super) struct Canonical<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Lower-case names in order, each with its joined value.
    pub(super) headers: &'a [(String, Vec<u8>)],
    /// The SHA-256 of the body, in lower-case hex.
    pub(super) payload_hash: &'a str,
}

impl Canonical<'_> {
    /// The canonical request, as bytes because header values need not be UTF-8.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        for line in [self.method, self.path, self.query] {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
        for (name, value) in self.headers {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(value);
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(self.signed_headers().as_bytes());
        out.push(b'\n');
        out.extend_from_slice(self.payload_hash.as_bytes());
        out
    }

    /// The names of the signed headers, as they stand in `SignedHeaders`.
    pub(super) fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.join(";")
    }
}

/// Where and when a signature is valid.
pub(super) struct Scope<'a> {
    /// `YYYYMMDDTHHMMSSZ`; its first eight characters are the scope's date.
    pub(super) timestamp: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

impl Scope<'_> {
    fn date(&self) -> &str {
        super::timestamp::date_of(self.timestamp)
    }

    /// `date/region/service/aws4_request`.
    pub(super) fn credential_scope(&self) -> String {
        format!("{}/{}/{}/{TERMINATOR}", self.date(), self.region, self.service)
    }

    /// The string to sign.
    pub(super) fn string_to_sign(&self, canonical_request: &[u8]) -> String {
        let hash = sha256_hex(canonical_request);
        format!("{ALGORITHM}\n{}\n{}\n{hash}", self.timestamp, self.credential_scope())
    }

    /// The signature in lower-case hex.
    pub(super) fn signature(&self, secret: &str, string_to_sign: &str) -> String {
        let secret = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
        let date_key = hmac(&secret, self.date());
        let region_key = hmac(date_key.as_ref(), self.region);
        let service_key = hmac(region_key.as_ref(), self.service);
        let signing_key = hmac(service_key.as_ref(), TERMINATOR);
        hex::encode(hmac(signing_key.as_ref(), string_to_sign))
    }
}

fn hmac(key: &[u8], message: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes())
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}
