//! Access tokens that are none: another algorithm, another key, another kind, edited, or signed by us and wrong.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use stepwell_core::keyring::SigningUse;
use stepwell_testkit::{TestPool, Tokens};

use crate::token_snapshots::{part, payload};

const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid Access Token");

async fn setup() -> (TestPool, Tokens) {
    let pool = TestPool::new(json!({}), json!({})).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    (pool, tokens)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Signs claims with a key of the pool, as only the server can.
async fn signed(pool: &TestPool, signs: SigningUse, claims: &Value) -> String {
    let entry = pool.server.test.domain.pool(&pool.id).await.unwrap();
    entry.signers.signer(signs).unwrap().sign(claims.to_string().as_bytes()).unwrap()
}

async fn get_user(pool: &TestPool, token: &str) -> (String, String) {
    let answer = pool.own("GetUser", token, json!({})).await;
    let (name, text) = answer.refusal();
    (name.to_owned(), text.to_owned())
}

async fn refused(pool: &TestPool, case: &str, token: &str) {
    let (name, text) = get_user(pool, token).await;
    assert_eq!((name.as_str(), text.as_str()), INVALID, "{case}");
}

#[tokio::test]
async fn another_algorithm() {
    let (pool, tokens) = setup().await;
    let (header, claims) = (part(&tokens.access, 0), payload(&tokens.access));
    for algorithm in ["none", "None", "NONE", ""] {
        for header in [json!({"alg": algorithm}), json!({"alg": algorithm, "kid": header["kid"], "typ": "JWT"})] {
            for signature in ["", ".", ".AAAA"] {
                let token = format!("{}.{}{signature}", encode(&header), encode(&claims));
                refused(&pool, "alg none", &token).await;
            }
        }
    }
    // The public key as the secret of an HMAC, in every form that it is found in.
    let keys = pool.server.get(&format!("/{}/.well-known/jwks.json", pool.id)).await;
    let key = keys.ok()["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap().clone();
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&modulus));
    let message = format!("{}.{}", encode(&json!({"alg": "HS256", "kid": header["kid"]})), encode(&claims));
    for secret in [modulus, pem.into_bytes(), key["n"].to_string().into_bytes(), key.to_string().into_bytes()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
        refused(&pool, "HS256", &format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))).await;
    }
    // Our own signature under a header that is not ours.
    let signature = tokens.access.rsplit_once('.').unwrap().1;
    for algorithm in ["RS512", "PS256", "ES256", "HS256"] {
        let header = encode(&json!({"alg": algorithm, "kid": header["kid"]}));
        refused(&pool, algorithm, &format!("{header}.{}.{signature}", encode(&claims))).await;
    }
}

#[tokio::test]
async fn another_key() {
    let (pool, tokens) = setup().await;
    let claims = payload(&tokens.access);
    // Another pool of the same server signs this pool's claims: under its own header, and under this pool's.
    let other = TestPool::at(pool.server, json!({}), json!({})).await;
    let foreign = signed(&other, SigningUse::Access, &claims).await;
    let pool = TestPool { server: other.server, id: pool.id, client: pool.client };
    refused(&pool, "another pool's key", &foreign).await;
    let (_, rest) = foreign.split_once('.').unwrap();
    let header = tokens.access.split_once('.').unwrap().0;
    refused(&pool, "another pool's signature", &format!("{header}.{rest}")).await;
    let id = signed(&pool, SigningUse::Id, &claims).await;
    refused(&pool, "the key for ID tokens", &id).await;
    pool.own("GetUser", &tokens.access, json!({})).await.ok();
}

#[tokio::test]
async fn another_kind() {
    let (pool, tokens) = setup().await;
    refused(&pool, "an ID token", &tokens.id).await;
    refused(&pool, "a refresh token", &tokens.refresh).await;
    for nonsense in ["x", "a.b", "a.b.c", "..", "a.b.c.d", "e30.e30.e30", "null"] {
        refused(&pool, nonsense, nonsense).await;
    }
    let id_claims = payload(&tokens.id);
    refused(&pool, "an ID token's claims", &signed(&pool, SigningUse::Access, &id_claims).await).await;
}

#[tokio::test]
async fn edited() {
    let (pool, tokens) = setup().await;
    let token = &tokens.access;
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    for (name, value) in [
        ("exp", json!(4_000_000_000_i64)),
        ("sub", json!("00000000-0000-4000-8000-000000000000")),
        ("username", json!("mallory")),
        ("scope", json!("aws.cognito.signin.user.admin openid")),
        ("client_id", json!("another")),
    ] {
        let mut claims = payload(token);
        claims[name] = value;
        refused(&pool, name, &format!("{header}.{}.{signature}", encode(&claims))).await;
    }
    for index in (0..token.len()).step_by(11) {
        refused(&pool, "cut", &token[..index.max(1)]).await;
        let edit = if token.as_bytes()[index] == b'A' { "B" } else { "A" };
        refused(&pool, "edited", &[&token[..index], edit, &token[index + 1..]].concat()).await;
    }
    for more in ["A", "=", "==", ".", ".AAAA"] {
        refused(&pool, "longer", &[token.as_str(), more].concat()).await;
    }
    pool.own("GetUser", token, json!({})).await.ok();
}

#[tokio::test]
async fn signed_by_us_and_wrong() {
    let (pool, tokens) = setup().await;
    pool.user("joe").await;
    let good = payload(&tokens.access);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let no_scope = ("NotAuthorizedException", "Access Token does not have required scopes");
    let gone = ("UserNotFoundException", "User does not exist.");
    let revoked = ("NotAuthorizedException", "Access Token has been revoked");
    let expired = ("NotAuthorizedException", "Access Token has expired");
    let other_jti = json!("00000000-0000-4000-8000-000000000000");
    for (claims, expected) in [
        (with("token_use", json!("id")), INVALID),
        (with("iss", json!("https://elsewhere.example/us-east-1_aaaaaaaaa")), INVALID),
        (with("scope", json!("openid email")), no_scope),
        (with("scope", json!("")), no_scope),
        (with("scope", json!("aws.cognito.signin.user.admins")), no_scope),
        (with("exp", good["iat"].clone()), expired),
        (with("exp", json!(-1)), expired),
        (with("exp", json!("9999999999")), INVALID),
        (with("sub", other_jti.clone()), gone),
        (with("jti", other_jti), revoked),
        (with("jti", json!("nonsense")), revoked),
        (with("client_id", json!("nobody")), INVALID),
    ] {
        let (name, text) = get_user(&pool, &signed(&pool, SigningUse::Access, &claims).await).await;
        assert_eq!((name.as_str(), text.as_str()), expected, "{claims}");
    }
    // Without one of its claims it is no access token; but a client may have revocation, and with it origin_jti, off.
    for name in ["sub", "client_id", "username", "iss", "token_use", "jti", "exp", "auth_time", "scope"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        let (error, _) = get_user(&pool, &signed(&pool, SigningUse::Access, &claims).await).await;
        assert_eq!(error, "NotAuthorizedException", "without {name}");
    }
    // A control: the same way of signing makes a token that works.
    let again = signed(&pool, SigningUse::Access, &good).await;
    pool.own("GetUser", &again, json!({})).await.ok();
}
