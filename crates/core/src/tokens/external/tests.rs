//! Claims, key sets and signatures, without any issuer to fetch from (that is in the testkit's tests).

use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyUncompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
};
use serde_json::json;

use super::keys::KeySet;
use super::*;

const NOW: Millis = 1_800_000_000_000;
const ISSUER: &str = "https://op.example";

fn good() -> Value {
    let now = NOW / SECOND;
    json!({"iss": ISSUER, "sub": "ann", "aud": "app", "iat": now, "exp": now + 60})
}

fn judged(change: impl FnOnce(&mut Map<String, Value>)) -> Result<ExternalToken, ExternalTokenError> {
    let Value::Object(mut claims) = good() else { unreachable!() };
    change(&mut claims);
    judge(claims, ISSUER, NOW)
}

fn set(name: &'static str, value: Value) -> impl FnOnce(&mut Map<String, Value>) {
    move |claims| {
        claims.insert(name.to_owned(), value);
    }
}

#[test]
fn times_and_required_claims_are_checked() {
    let token = judged(|_| ()).unwrap();
    assert_eq!((token.subject.as_str(), token.expires_at), ("ann", NOW + 60 * SECOND));
    let now = NOW / SECOND;
    assert_eq!(judged(set("exp", json!(now))), Err(ExternalTokenError::Expired { at: NOW }));
    assert!(judged(set("exp", json!(now + 1))).is_ok());
    let refused = |change: (&'static str, Value)| {
        assert!(
            matches!(judged(set(change.0, change.1.clone())), Err(ExternalTokenError::Invalid(_))),
            "{}: {}",
            change.0,
            change.1
        );
    };
    refused(("exp", json!("tomorrow")));
    refused(("exp", json!(i64::MAX)));
    refused(("exp", json!(1e300)));
    refused(("nbf", json!(now + 301)));
    refused(("iat", json!(now + 301)));
    refused(("iat", json!([])));
    refused(("sub", json!("")));
    refused(("sub", json!(1)));
    refused(("aud", json!(1)));
    refused(("aud", json!(["app", 1])));
    refused(("azp", json!(["app"])));
    for claim in ["exp", "sub"] {
        let missing = judged(|claims| {
            claims.remove(claim);
        });
        assert!(matches!(missing, Err(ExternalTokenError::Invalid(_))), "{claim}");
    }
}

#[test]
fn the_authorized_party_counts_before_the_audience() {
    let accepted = BTreeSet::from(["app".to_owned(), "other".to_owned()]);
    let client = |change: (&'static str, Value)| {
        let token = judged(set(change.0, change.1)).unwrap();
        token.client_id_among(&accepted).map(str::to_owned)
    };
    assert_eq!(client(("aud", json!("app"))).as_deref(), Some("app"));
    assert_eq!(client(("aud", json!(["x", "other"]))).as_deref(), Some("other"));
    assert_eq!(client(("aud", json!("x"))), None);
    // An audience that is accepted does not help a token that was issued to somebody else.
    assert_eq!(client(("azp", json!("x"))), None);
    assert_eq!(client(("azp", json!("other"))).as_deref(), Some("other"));
}

fn rsa() -> (RsaKeyPair, Value) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = pair.public_key();
    let jwk = json!({
        "kty": "RSA", "kid": "r", "use": "sig",
        "n": encode(public.modulus().big_endian_without_leading_zero()),
        "e": encode(public.exponent().big_endian_without_leading_zero()),
    });
    (pair, jwk)
}

fn elliptic() -> (EcdsaKeyPair, Value) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point: EcPublicKeyUncompressedBin<'_> = pair.public_key().as_be_bytes().unwrap();
    let (x, y) = point.as_ref()[1..].split_at(32);
    let jwk = json!({
        "kty": "EC", "kid": "e", "crv": "P-256", "alg": "ES256",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    });
    (pair, jwk)
}

fn keys(list: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": list }).to_string().as_bytes()).unwrap()
}

#[test]
fn signatures_are_verified_by_the_key_and_algorithm_that_fit() {
    let (rsa, rsa_jwk) = rsa();
    let (elliptic, elliptic_jwk) = elliptic();
    let set = keys(&[json!({"kty": "oct", "kid": "o", "k": "AAAA"}), rsa_jwk.clone(), elliptic_jwk]);
    let message = b"header.payload";
    let rs = |parameters| {
        let mut signature = vec![0; 256];
        rsa.sign(parameters, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    };
    let rs256 = rs(&RSA_PKCS1_SHA256);
    let es256 = elliptic.sign(&SystemRandom::new(), message).unwrap();
    let verifies = |name: &str, kid: Option<&str>, signature: &[u8]| {
        set.verify(Algorithm::named(name).unwrap(), kid, message, signature)
    };
    assert!(verifies("RS256", Some("r"), &rs256) && verifies("RS256", None, &rs256));
    assert!(verifies("RS512", Some("r"), &rs(&RSA_PKCS1_SHA512)));
    assert!(verifies("ES256", Some("e"), es256.as_ref()) && verifies("ES256", None, es256.as_ref()));
    assert!(!verifies("RS256", Some("e"), &rs256) && !verifies("RS256", Some("unknown"), &rs256));
    assert!(!verifies("RS512", Some("r"), &rs256) && !verifies("ES384", Some("e"), es256.as_ref()));
    assert!(!verifies("RS256", Some("r"), &[]) && !verifies("RS256", Some("r"), &rs256[..255]));
    assert!(!set.verify(Algorithm::Rs256, Some("r"), b"header.other", &rs256));
    // A key that names its algorithm or another purpose is used for nothing else.
    let mut bound = rsa_jwk.clone();
    bound["alg"] = json!("RS512");
    assert!(!keys(&[bound]).verify(Algorithm::Rs256, Some("r"), message, &rs256));
    let mut encryption = rsa_jwk;
    encryption["use"] = json!("enc");
    assert!(!keys(&[encryption]).has(Some("r")));
}

#[test]
fn shared_secrets_and_none_are_no_algorithms() {
    for name in ["none", "None", "HS256", "HS512", "EdDSA", "RSA1_5", "", "rs256"] {
        assert_eq!(Algorithm::named(name), None, "{name}");
    }
}

#[test]
fn google_may_leave_out_the_scheme() {
    let claims = |issuer: &str| json!({"iss": issuer}).as_object().unwrap().clone();
    assert_eq!(issuer_of(&claims("accounts.google.com")), Some("https://accounts.google.com"));
    for other in
        ["https://accounts.google.com", "accounts.google.com.evil.example", "http://accounts.google.com", ISSUER]
    {
        assert_eq!(issuer_of(&claims(other)), Some(other));
    }
}

#[test]
fn what_is_no_token_is_not_taken_apart() {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = format!("{}.{}.{}", part(&json!({"alg": "RS256"})), part(&good()), "AAAA");
    assert_eq!(peek_issuer(&token).as_deref(), Some(ISSUER));
    for wrong in ["", ".", "..", "a.b.c", "x", &"a".repeat(LONGEST + 1), &token.replacen('.', "", 1)] {
        assert_eq!(peek_issuer(wrong), None);
    }
    let array = format!("{}.{}.AAAA", part(&json!({"alg": "RS256"})), part(&json!([1])));
    assert_eq!(peek_issuer(&array), None);
    let number = format!("{}.{}.AAAA", part(&json!({"alg": "RS256"})), part(&json!({"iss": 1})));
    assert_eq!(peek_issuer(&number), None);
}
