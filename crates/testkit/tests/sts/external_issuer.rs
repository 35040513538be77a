//! Tokens of an OpenID provider elsewhere: fetched keys, session tags, and nothing fetched for strangers.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use stepwell_core::ports::egress::{Answer as Fetched, Egress, EgressError, Outgoing};
use stepwell_core::ports::outside::Outside;
use stepwell_core::{HOUR, MINUTE, SECOND};

use super::web_identity::{federated, register, with_token};
use super::*;

const ISSUER: &str = "https://op.example/realm";
const NAME: &str = "op.example/realm";
const NOW: i64 = 1_800_000_000;

/// The provider: it signs, publishes its keys, and counts who asks.
struct Provider {
    pair: KeyPair,
    kid: Mutex<String>,
    documents: Mutex<Vec<String>>,
    /// What the discovery document says of the issuer; none while it is away.
    issuer: Mutex<Option<String>>,
}

impl Provider {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            pair: KeyPair::generate(KeySize::Rsa2048).unwrap(),
            kid: Mutex::new("k1".to_owned()),
            documents: Mutex::default(),
            issuer: Mutex::new(Some(ISSUER.to_owned())),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": "RS256", "kid": *self.kid.lock() }), claims)
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; 256];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn fetched(&self) -> usize {
        self.documents.lock().len()
    }
}

#[async_trait]
impl Egress for Provider {
    async fn send(&self, request: Outgoing) -> Result<Fetched, EgressError> {
        self.documents.lock().push(request.url.clone());
        let Some(issuer) = self.issuer.lock().clone() else { return Err(EgressError::Failed("away".to_owned())) };
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = self.pair.public_key();
        let body = match request.url.as_str() {
            "https://op.example/realm/.well-known/openid-configuration" => {
                json!({ "issuer": issuer, "jwks_uri": "https://keys.example/jwks" })
            }
            "https://keys.example/jwks" => json!({ "keys": [{
                "kty": "RSA", "kid": *self.kid.lock(), "use": "sig", "alg": "RS256",
                "n": encode(public.modulus().big_endian_without_leading_zero()),
                "e": encode(public.exponent().big_endian_without_leading_zero()),
            }] }),
            _ => return Ok(Fetched { status: 404, body: Vec::new() }),
        };
        Ok(Fetched { status: 200, body: body.to_string().into_bytes() })
    }
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "ann-1", "aud": "app", "iat": NOW, "exp": NOW + 3_600 })
}

#[expect(clippy::needless_pass_by_value, reason = "called with a `json!`")]
fn changed(change: Value) -> Value {
    let mut all = claims();
    all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    all
}

/// A server that the provider is registered at, and the role `app` that trusts it.
async fn trusting(actions: &[&str]) -> (TestServer, Arc<Provider>) {
    let provider = Provider::new();
    let outside = Outside { egress: Arc::clone(&provider) as _, ..Outside::default() };
    let test = DomainBuilder::default().outside(outside).build().await.unwrap();
    let server = TestServer::with(test, Mode::Dev { allow_remote: false });
    let condition = json!({ "StringEquals": { format!("{NAME}:aud"): "app" } });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "cognito-idp:ListUserPools", "Resource": "*",
            "Condition": { "StringEquals": { format!("{NAME}:sub"): "ann-1" } },
        },
    });
    role(&server.test, "app", &trust(&federated(NAME), actions, &condition), &policy, 3_600).await;
    register(&server.test, NAME, &["app"]).await;
    (server, provider)
}

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

#[tokio::test]
async fn a_providers_token_is_taken_and_its_keys_are_kept() {
    let (server, provider) = trusting(&[ACTION]).await;
    let answer = with_token(&server, "app", &provider.sign(&claims()), &json!({})).await;
    let session = given(&answer);
    assert_eq!(answer.element("Provider"), Some(ISSUER));
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), Some("ann-1"));
    let pools = server.signed(&session, Service::Idp, "ListUserPools", &json!({ "MaxResults": 1 })).await;
    assert_eq!(pools.status, 200, "{}", pools.text);
    for _ in 0..5 {
        given(&with_token(&server, "app", &provider.sign(&claims()), &json!({})).await);
    }
    assert_eq!(provider.fetched(), 2);
    // After an hour they are asked for again.
    server.test.advance(HOUR - SECOND).await.unwrap();
    let later = changed(json!({ "exp": NOW + 99_999 }));
    given(&with_token(&server, "app", &provider.sign(&later), &json!({})).await);
    assert_eq!(provider.fetched(), 2);
    server.test.advance(SECOND).await.unwrap();
    given(&with_token(&server, "app", &provider.sign(&later), &json!({})).await);
    assert_eq!(provider.fetched(), 4);
}

#[tokio::test]
async fn new_keys_are_looked_for_but_not_at_every_forged_name() {
    let (server, provider) = trusting(&[ACTION]).await;
    given(&with_token(&server, "app", &provider.sign(&claims()), &json!({})).await);
    let invalid = "InvalidIdentityToken";
    for kid in 0..20 {
        let token = provider.sign_with(&json!({ "alg": "RS256", "kid": format!("forged{kid}") }), &claims());
        assert_eq!(with_token(&server, "app", &token, &json!({})).await.query_refusal().0, invalid);
    }
    assert_eq!(provider.fetched(), 2);
    server.test.advance(MINUTE).await.unwrap();
    *provider.kid.lock() = "k2".to_owned();
    given(&with_token(&server, "app", &provider.sign(&claims()), &json!({})).await);
    assert_eq!(provider.fetched(), 4);
    let old = provider.sign_with(&json!({ "alg": "RS256", "kid": "k1" }), &claims());
    assert_eq!(with_token(&server, "app", &old, &json!({})).await.query_refusal().0, invalid);
}

#[tokio::test]
async fn nothing_is_fetched_for_a_stranger() {
    let (server, provider) = trusting(&[ACTION]).await;
    for issuer in ["https://evil.example", "https://op.example", "https://op.example/realm/", "http://169.254.169.254"]
    {
        let token = provider.sign(&changed(json!({ "iss": issuer })));
        let answer = with_token(&server, "app", &token, &json!({})).await;
        let words = format!("No OpenIDConnect provider found in your account for {issuer}");
        assert_eq!(answer.query_refusal(), ("InvalidIdentityToken", words.as_str()));
    }
    assert_eq!(provider.fetched(), 0);
}

#[tokio::test]
async fn the_issuer_is_the_registered_one_to_the_letter() {
    let (server, provider) = trusting(&[ACTION]).await;
    // Each would lead to the same provider by another way, be it without encryption or around what is remembered of it.
    for issuer in [&format!("http://{NAME}"), "https://OP.example/realm", &format!("x0://{NAME}"), NAME] {
        let token = provider.sign(&changed(json!({ "iss": issuer })));
        let answer = with_token(&server, "app", &token, &json!({})).await;
        let words = format!("No OpenIDConnect provider found in your account for {issuer}");
        assert_eq!(answer.query_refusal(), ("InvalidIdentityToken", words.as_str()));
    }
    assert_eq!(provider.fetched(), 0);
    given(&with_token(&server, "app", &provider.sign(&claims()), &json!({})).await);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let (server, provider) = trusting(&[ACTION]).await;
    let refused =
        async |token: String| with_token(&server, "app", &token, &json!({})).await.query_refusal().0.to_owned();
    let invalid = "InvalidIdentityToken";
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims()));
    assert_eq!(refused(none).await, invalid);
    let hs = format!("{}.{}.{}", part(&json!({ "alg": "HS256", "kid": "k1" })), part(&claims()), part(&json!("x")));
    assert_eq!(refused(hs).await, invalid);
    let critical = json!({ "alg": "RS256", "kid": "k1", "crit": ["b64"], "b64": false });
    assert_eq!(refused(provider.sign_with(&critical, &claims())).await, invalid);
    let other = Provider::new();
    assert_eq!(refused(other.sign(&claims())).await, invalid);
    for change in [
        json!({ "aud": "other" }),
        json!({ "azp": "other" }),
        json!({ "aud": 1 }),
        json!({ "sub": "" }),
        json!({ "nbf": NOW + 3_000 }),
        json!({ "iat": NOW + 3_000 }),
        json!({ "exp": "never" }),
    ] {
        assert_eq!(refused(provider.sign(&changed(change.clone()))).await, invalid, "{change}");
    }
    assert_eq!(refused(provider.sign(&changed(json!({ "exp": NOW })))).await, "ExpiredTokenException");
    // What is signed for another issuer by the same key.
    *provider.issuer.lock() = Some("https://op.example/other".to_owned());
    server.test.advance(HOUR).await.unwrap();
    let later = provider.sign(&changed(json!({ "exp": NOW + 99_999 })));
    assert_eq!(refused(later.clone()).await, "IDPCommunicationError");
    *provider.issuer.lock() = None;
    server.test.advance(MINUTE).await.unwrap();
    assert_eq!(refused(later.clone()).await, "IDPCommunicationError");
    *provider.issuer.lock() = Some(ISSUER.to_owned());
    // A failure is remembered for a moment.
    assert_eq!(refused(later.clone()).await, "IDPCommunicationError");
    server.test.advance(10 * SECOND).await.unwrap();
    assert_eq!(refused(later).await, "");
}

#[tokio::test]
async fn tags_and_source_identity_come_with_the_token_if_the_role_lets_them() {
    let told = changed(json!({
        "https://aws.amazon.com/tags": { "principal_tags": { "team": ["red"] }, "transitive_tag_keys": ["team"] },
        "https://aws.amazon.com/source_identity": "ann@example.com",
    }));
    let (server, provider) = trusting(&[ACTION]).await;
    let answer = with_token(&server, "app", &provider.sign(&told), &json!({})).await;
    assert_eq!(answer.query_refusal().0, "AccessDenied");
    let (server, provider) = trusting(&[ACTION, "sts:TagSession", "sts:SetSourceIdentity"]).await;
    let answer = with_token(&server, "app", &provider.sign(&told), &json!({})).await;
    assert_eq!(answer.element("SourceIdentity"), Some("ann@example.com"));
    let session = given(&answer);
    let opened = stepwell_core::sts::credentials::open(
        &server.test.domain,
        &session.access_key_id,
        session.session_token.as_deref().unwrap(),
    );
    let opened = opened.unwrap().signer.session.unwrap();
    assert_eq!(opened.tags.get("team").map(String::as_str), Some("red"));
    assert_eq!(opened.transitive, ["team"]);
    let reserved = changed(json!({ "https://aws.amazon.com/tags": { "principal_tags": { "aws:x": ["1"] } } }));
    let answer = with_token(&server, "app", &provider.sign(&reserved), &json!({})).await;
    assert_eq!(answer.query_refusal().0, "ValidationError");
}
