//! The exact claims of tokens, the key set and the discovery document.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_core::settings::IssuerMode;
use stepwell_testkit::{DomainBuilder, TestPool, TestServer, Tokens};

/// What a JWT says, unverified.
pub(crate) fn payload(token: &str) -> Value {
    part(token, 1)
}

/// A part of a JWT: 0 is the header.
pub(crate) fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// Replaces what is random by its kind, having looked at its form.
fn redacted(mut value: Value, pool: &TestPool) -> Value {
    for name in ["sub", "jti", "origin_jti", "event_id"] {
        if let Some(claim) = value.get_mut(name) {
            let text = claim.as_str().unwrap();
            let hyphens: Vec<usize> = text.match_indices('-').map(|(index, _)| index).collect();
            assert!(text.len() == 36 && hyphens == [8, 13, 18, 23], "{name} is no UUID: {text}");
            *claim = json!("[uuid]");
        }
    }
    if let Some(kid) = value.get_mut("kid") {
        assert_eq!(kid.as_str().unwrap().len(), 44);
        *kid = json!("[kid]");
    }
    if let Some(modulus) = value.get_mut("n") {
        assert_eq!(modulus.as_str().unwrap().len(), 342);
        *modulus = json!("[modulus]");
    }
    let text = value.to_string().replace(&pool.id, "[pool]").replace(&pool.client, "[client]");
    serde_json::from_str(&text).unwrap()
}

fn snapshot(name: &str, tokens: &Tokens, pool: &TestPool) {
    let shown = [&tokens.id, &tokens.access]
        .map(|token| json!({"header": redacted(part(token, 0), pool), "payload": redacted(payload(token), pool)}));
    assert_ne!(part(&tokens.id, 0)["kid"], part(&tokens.access, 0)["kid"]);
    assert_eq!(payload(&tokens.id)["origin_jti"], payload(&tokens.access)["origin_jti"]);
    assert_eq!(payload(&tokens.id)["event_id"], payload(&tokens.access)["event_id"]);
    insta::assert_json_snapshot!(name, shown);
}

#[tokio::test]
async fn a_plain_user() {
    let pool = TestPool::new(json!({}), json!({})).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    snapshot("tokens_of_a_plain_user", &tokens, &pool);
    pool.advance(90_000).await;
    let refreshed = Tokens::of(&pool.refresh(&tokens.refresh).await);
    snapshot("tokens_refreshed_after_90_seconds", &refreshed, &pool);
}

#[tokio::test]
async fn groups_attributes_and_a_client_without_revocation() {
    let schema = json!([
        {"Name": "team", "AttributeDataType": "String", "Mutable": true},
        {"Name": "level", "AttributeDataType": "Number", "Mutable": true},
    ]);
    let acr = json!({"Level1": {"AcrValue": "urn:example:password"}});
    let client = json!({"EnableTokenRevocation": false, "IdTokenValidity": 5, "AccessTokenValidity": 10,
        "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "minutes"}});
    let pool = TestPool::new(json!({"Schema": schema, "AcrConfiguration": acr}), client).await;
    pool.user("jane").await;
    let attributes = json!([
        {"Name": "custom:team", "Value": "blue"}, {"Name": "custom:level", "Value": "7"},
        {"Name": "phone_number", "Value": "+15551234567"}, {"Name": "phone_number_verified", "Value": "false"},
        {"Name": "address", "Value": "1 Main Street"}, {"Name": "updated_at", "Value": "1800000000"},
        {"Name": "birthdate", "Value": "1990-02-03"},
    ]);
    let update = json!({"Username": "jane", "UserAttributes": attributes});
    pool.admin("AdminUpdateUserAttributes", update).await.ok();
    for (group, precedence, role) in [("staff", 2, "reader"), ("admins", 1, "writer"), ("everyone", 3, "")] {
        let mut input = json!({"GroupName": group, "Precedence": precedence});
        if !role.is_empty() {
            input["RoleArn"] = json!(format!("arn:aws:iam::000000000000:role/{role}"));
        }
        pool.admin("CreateGroup", input).await.ok();
        pool.admin("AdminAddUserToGroup", json!({"GroupName": group, "Username": "jane"})).await.ok();
    }
    snapshot("tokens_with_groups_and_attributes", &pool.tokens("jane").await, &pool);
}

#[tokio::test]
async fn a_client_that_reads_little() {
    let pool = TestPool::new(json!({}), json!({"ReadAttributes": ["name"]})).await;
    pool.user("jane").await;
    snapshot("tokens_of_a_client_that_reads_little", &pool.tokens("jane").await, &pool);
}

#[tokio::test]
async fn key_set_and_discovery() {
    for (name, issuer) in [("public_url", IssuerMode::PublicUrl), ("aws", IssuerMode::Aws)] {
        let domain = DomainBuilder::default().issuer(issuer).build().await.unwrap();
        let server = TestServer::with(domain, stepwell_api::Mode::Dev { allow_remote: false });
        let pool = TestPool::at(server, json!({}), json!({})).await;
        pool.user("jane").await;
        let discovery = pool.server.get(&format!("/{}/.well-known/openid-configuration", pool.id)).await;
        let tokens = pool.tokens("jane").await;
        assert_eq!(payload(&tokens.id)["iss"], discovery.ok()["issuer"]);
        assert_eq!(payload(&tokens.access)["iss"], discovery.body["issuer"]);
        insta::assert_json_snapshot!(format!("discovery_{name}"), redacted(discovery.body, &pool));
        let keys = pool.server.get(&format!("/{}/.well-known/jwks.json", pool.id)).await;
        assert_eq!(keys.headers["access-control-allow-origin"], "*");
        let kids: Vec<&Value> = keys.ok()["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
        assert!(kids.contains(&&part(&tokens.id, 0)["kid"]) && kids.contains(&&part(&tokens.access, 0)["kid"]));
        let keys: Vec<Value> =
            keys.body["keys"].as_array().unwrap().iter().map(|key| redacted(key.clone(), &pool)).collect();
        insta::assert_json_snapshot!("jwks", keys);
        let unknown = pool.server.get("/us-east-1_unknown00/.well-known/jwks.json").await;
        assert_eq!(unknown.status, 404);
    }
}
