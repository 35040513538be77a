//! Login tokens that are not what they should be, and identities that are not the caller's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_testkit::{DomainBuilder, TestPool, TestServer};

use super::*;

on_both_engines!(
    no_token_that_is_not_genuine_is_taken,
    an_expired_token_is_refused,
    another_deployments_token_is_refused,
    other_peoples_identities_are_refused,
    providers_that_the_pool_lacks_are_refused,
    a_derived_token_does_not_stand_for_another_clients,
);

fn invalid(why: &str) -> String {
    format!("Invalid login token. {why}")
}

/// Asks for an identity and for credentials of `identity`, and returns the one refusal of both.
async fn refused(world: &World, identity: &str, logins: Value) -> (String, String) {
    let one = world.get_id(logins.clone()).await;
    let other = world.credentials(identity, logins).await;
    assert_eq!(one.refusal(), other.refusal());
    let (name, message) = one.refusal();
    (name.to_owned(), message.to_owned())
}

/// An app client that exchanges tokens must not get what the identity pool gives to another one's users.
async fn a_derived_token_does_not_stand_for_another_clients(engine: EngineKind) {
    let world = World::new(engine).await;
    let listed = world.users.client.clone();
    let exchanging = world.users.another_client(json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["implicit"],
        "AllowedOAuthScopes": ["aws.cognito.signin.user.admin"], "CallbackURLs": ["https://app.example"],
    }));
    let exchanging = exchanging.await;
    let parameters = json!({"USERNAME": "ann", "PASSWORD": stepwell_testkit::PASSWORD});
    let signed_in = json!({"ClientId": exchanging, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let signed_in = world.users.server.app("InitiateAuth", &signed_in).await;
    let subject = signed_in.ok()["AuthenticationResult"]["IdToken"].clone();
    let derive = async |target: Value| {
        let mut input = json!({
            "ClientId": exchanging, "SubjectToken": subject, "SubjectTokenType": "ID_TOKEN",
            "RequestedTokenType": "ID_TOKEN",
        });
        input.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
        world.users.server.app("GetDerivedToken", &input).await
    };
    let server = json!({"UserPoolId": world.users.id, "Identifier": listed, "Name": "a service"});
    world.users.admin("CreateResourceServer", server).await.ok();
    for target in ["Audiences", "Resources"] {
        let refused = derive(json!({target: [listed]})).await;
        let message = format!("{target} cannot name another app client.");
        assert_eq!(refused.refusal(), ("InvalidParameterException", message.as_str()));
    }
    // The identity pool still lists a client that is gone.
    world.users.admin("DeleteUserPoolClient", json!({"ClientId": listed})).await.ok();
    let derived = derive(json!({"Audiences": [listed]})).await;
    let logins = world.logins(derived.ok()["IssuedToken"].as_str().unwrap());
    assert_eq!(world.get_id(logins).await.refusal(), UNSUPPORTED);
}

async fn no_token_that_is_not_genuine_is_taken(engine: EngineKind) {
    let world = World::new(engine).await;
    let tokens = world.tokens("ann").await;
    let identity = world.id_of(world.logins(&tokens.id)).await;
    let parts: Vec<&str> = tokens.id.split('.').collect();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let changed = |name: &str, value: Value| {
        let mut payload = payload.clone();
        payload[name] = value;
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(payload.to_string()), parts[2])
    };
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let not_a_token = "Not a valid OpenId Connect identity token.";
    let bad_signature = "Token signature invalid.";
    let access_header = tokens.access.split('.').next().unwrap();
    for (token, why) in [
        ("arbitrary".to_owned(), not_a_token),
        ("a.b.c".to_owned(), not_a_token),
        ("..".to_owned(), not_a_token),
        (format!("{}.{}", parts[0], parts[1]), not_a_token),
        (format!("{}.x", tokens.id), not_a_token),
        (tokens.access.clone(), "Missing a required claim: aud"),
        (changed("sub", json!("somebody")), bad_signature),
        (changed("cognito:roles", json!([super::world::arn("authenticated")])), bad_signature),
        (changed("iss", json!("https://evil.example")), "Issuer doesn't match providerName"),
        (format!("{none}.{}.", parts[1]), bad_signature),
        (format!("{}.{}.", parts[0], parts[1]), bad_signature),
        (format!("{}.{}.{}", parts[0], parts[1], "A".repeat(342)), bad_signature),
        (format!("{access_header}.{}.{}", parts[1], parts[2]), bad_signature),
    ] {
        let refusal = refused(&world, &identity, world.logins(&token)).await;
        assert_eq!(refusal, (FORBIDDEN.to_owned(), invalid(why)), "{token}");
    }

    // The other client's token is genuine, and not one that the pool accepts.
    let other = world.users.another_client(json!({})).await;
    let parameters = json!({"USERNAME": "ann", "PASSWORD": stepwell_testkit::PASSWORD});
    let input = json!({"ClientId": other, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let theirs = stepwell_testkit::Tokens::of(&world.users.server.app("InitiateAuth", &input).await);
    let refusal = refused(&world, &identity, world.logins(&theirs.id)).await;
    assert_eq!(refusal, (UNSUPPORTED.0.to_owned(), UNSUPPORTED.1.to_owned()));
    // One bad token spoils good ones.
    let both = json!({world.provider(): tokens.id, "graph.facebook.com": "x"});
    assert_eq!(refused(&world, &identity, both).await.0, FORBIDDEN);
}

async fn an_expired_token_is_refused(engine: EngineKind) {
    let world = World::new(engine).await;
    let tokens = world.tokens("ann").await;
    let identity = world.id_of(world.logins(&tokens.id)).await;
    world.users.advance(stepwell_core::HOUR - 1).await;
    world.credentials(&identity, world.logins(&tokens.id)).await.ok();
    world.users.advance(1).await;
    let (name, message) = refused(&world, &identity, world.logins(&tokens.id)).await;
    let expired = 1_800_000_000 + 3_600;
    assert_eq!((name.as_str(), message), (FORBIDDEN, invalid(&format!("Token expired: {expired} >= {expired}"))));
}

/// The same seed makes the same ids: a token of the very pool and client, of a server with other keys.
async fn another_deployments_token_is_refused(engine: EngineKind) {
    let world = World::new(engine).await;
    let identity = world.id_of(world.logins(&world.tokens("ann").await.id)).await;
    for (public_url, why) in [
        ("http://127.0.0.1:9229", "Token signature invalid."),
        ("https://elsewhere.example", "Issuer doesn't match providerName"),
    ] {
        let mut domain = DomainBuilder::default();
        if public_url.starts_with("https") {
            domain = domain.settings(|settings| "https://elsewhere.example".clone_into(&mut settings.public_url));
        }
        let mode = stepwell_api::Mode::Dev { allow_remote: true };
        let server = TestServer::with(domain.build().await.unwrap(), mode);
        let foreign = TestPool::at(server, json!({}), json!({})).await;
        assert_eq!((&foreign.id, &foreign.client), (&world.users.id, &world.users.client));
        foreign.user("ann").await;
        let token = foreign.tokens("ann").await.id;
        let refusal = refused(&world, &identity, world.logins(&token)).await;
        assert_eq!(refusal, (FORBIDDEN.to_owned(), invalid(why)));
    }
}

async fn other_peoples_identities_are_refused(engine: EngineKind) {
    let world = World::new(engine).await;
    let (ann, bob) = (world.tokens("ann").await, world.tokens("bob").await);
    let anns = world.id_of(world.logins(&ann.id)).await;
    let bobs = world.id_of(world.logins(&bob.id)).await;
    assert_ne!(anns, bobs);
    assert_eq!(world.id_of(world.logins(&world.tokens("ann").await.id)).await, anns);
    assert_eq!(world.credentials(&anns, world.logins(&bob.id)).await.refusal(), LOGINS);
    // Bob's own identity did not suffer.
    world.credentials(&bobs, world.logins(&bob.id)).await.ok();
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        let forbidden = format!("Access to Identity '{anns}' is forbidden.");
        let answer = world.app(operation, json!({"IdentityId": anns})).await;
        assert_eq!(answer.refusal(), (FORBIDDEN, forbidden.as_str()));
        let answer = world.app(operation, json!({"IdentityId": anns, "Logins": {}})).await;
        assert_eq!(answer.refusal(), (FORBIDDEN, forbidden.as_str()));
        let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
        let answer = world.app(operation, json!({"IdentityId": unknown})).await;
        assert_eq!(
            answer.refusal(),
            ("ResourceNotFoundException", format!("Identity '{unknown}' not found.").as_str())
        );
    }
    // An identity of another pool, to whose client the token belongs as well, is not this pool's.
    let other_pool = world.create(json!({})).await;
    let input = json!({"IdentityPoolId": other_pool, "Logins": world.logins(&ann.id)});
    let there = world.app("GetId", input).await.ok()["IdentityId"].as_str().unwrap().to_owned();
    assert_ne!(there, anns);
    assert_eq!(world.credentials(&there, world.logins(&ann.id)).await.refusal(), ROLES);
}

async fn providers_that_the_pool_lacks_are_refused(engine: EngineKind) {
    let world = World::with(engine, json!({"DeveloperProviderName": "login.example"})).await;
    let token = world.tokens("ann").await.id;
    for name in [
        "graph.facebook.com",
        "accounts.google.com",
        "op.example",
        "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abcdefghi",
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_other",
        &world.users.id,
        "x",
    ] {
        assert_eq!(world.get_id(json!({name: token})).await.refusal(), UNSUPPORTED, "{name}");
    }
    let own = world.get_id(json!({"login.example": "ann"})).await;
    assert_eq!(own.refusal(), ("InvalidParameterException", "Please provide a valid public provider."));
    let cognito = world.get_id(json!({"cognito-identity.amazonaws.com": token})).await;
    assert_eq!(cognito.refusal(), (FORBIDDEN, "Invalid login token. Can't pass in a Cognito token."));
    // The user pool under both of its names is one provider, and named once.
    assert_eq!(
        world.id_of(json!({world.own_provider(): token})).await,
        world.id_of(json!({world.provider(): token})).await
    );
    let twice = world.get_id(json!({world.own_provider(): token, world.provider(): token})).await;
    assert_eq!(twice.error(), Some("InvalidParameterException"));
    // A pool for guests alone.
    let guests = world.create(json!({"CognitoIdentityProviders": []})).await;
    let input = json!({"IdentityPoolId": guests, "Logins": world.logins(&token)});
    assert_eq!(world.app("GetId", input).await.refusal(), LOGINS);
    // Known by name, and not verified by this build: refused, not waved through.
    let social = world
        .create(json!({"SupportedLoginProviders": {
            "graph.facebook.com": "1", "www.amazon.com": "amzn1", "api.twitter.com": "a;b", "www.digits.com": "c;d",
        }}))
        .await;
    for name in ["graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com"] {
        let input = json!({"IdentityPoolId": social, "Logins": {name: "opaque"}});
        let answer = world.app("GetId", input).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{name}");
        assert!(answer.refusal().1.contains("not supported by this build"), "{}", answer.body);
    }
    let saml = "arn:aws:iam::000000000000:saml-provider/corp";
    let pool = world.create(json!({"SamlProviderARNs": [saml]})).await;
    let answer = world.app("GetId", json!({"IdentityPoolId": pool, "Logins": {saml: "PHNhbWw+"}})).await;
    assert_eq!(answer.error(), Some("InvalidParameterException"));
}
