//! The identity issuer as others see it: discovery, keys, and tokens that these keys verify.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

on_both_engines!(discovery_leads_to_the_keys);

async fn discovery_leads_to_the_keys(engine: EngineKind) {
    let world = World::new(engine).await;
    let document = world.users.server.get("/identity/.well-known/openid-configuration").await;
    assert_eq!(document.ok()["issuer"], "http://127.0.0.1:9229/identity");
    assert_eq!(document.body["jwks_uri"], "http://127.0.0.1:9229/identity/.well-known/jwks_uri");
    assert_eq!(document.body["id_token_signing_alg_values_supported"], json!(["RS512"]));
    let keys = world.users.server.get("/identity/.well-known/jwks_uri").await;
    assert_eq!(keys.ok()["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys.body["keys"][0]["alg"], "RS512");
    assert!(keys.body["keys"][0].get("d").is_none());
    // The issuer's keys are its own: a user pool's tokens are none of its.
    let pool = world.users.server.get(&format!("/{}/.well-known/jwks.json", world.users.id)).await;
    assert!(pool.ok()["keys"].as_array().unwrap().iter().all(|key| key["kid"] != keys.body["keys"][0]["kid"]));
}

/// The claims of a token that the published keys verify.
pub(crate) async fn verified(world: &World, token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    assert_eq!(header["alg"], "RS512");
    let keys = world.users.server.get("/identity/.well-known/jwks_uri").await;
    let key = keys.ok()["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap().clone();
    let (n, e) = (decode(key["n"].as_str().unwrap()), decode(key["e"].as_str().unwrap()));
    let message = token.rsplit_once('.').unwrap().0;
    RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA512, message.as_bytes(), &decode(parts[2])).unwrap();
    serde_json::from_slice(&decode(parts[1])).unwrap()
}
