//! An authenticator app, by itself: RFC 6238 from a base32 secret, independent of the server's code.

use aws_lc_rs::hmac;

/// The code that an app shows at `now` (milliseconds since the Unix epoch).
pub fn code(secret: &str, now: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(secret));
    let tag = hmac::sign(&key, &(now / 30_000).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 0xf);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The bytes that an app was given in base32.
pub fn from_base32(text: &str) -> Vec<u8> {
    let mut bits = 0_u32;
    let (mut held, mut out) = (0, Vec::new());
    for letter in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|&known| known == letter).unwrap();
        bits = (bits << 5) | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn shows_the_codes_of_the_rfc() {
        assert_eq!(super::code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1_111_111_109_000), "081804");
    }
}
