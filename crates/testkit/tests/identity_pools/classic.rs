//! The basic (classic) flow: an OpenID token, which STS takes.

use super::provider::verified;
use super::*;

on_both_engines!(
    the_classic_flow_must_be_on,
    a_refusal_links_nothing,
    a_token_counts_as_long_as_the_flow_is_open,
    the_token_says_who_it_is_for,
);

async fn the_classic_flow_must_be_on(engine: EngineKind) {
    let world = World::new(engine).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    let token = async || world.app("GetOpenIdToken", json!({"IdentityId": identity, "Logins": logins})).await;
    assert_eq!(
        token().await.refusal(),
        ("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow.")
    );
    let on = json!({
        "IdentityPoolId": world.id, "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": true,
        "AllowClassicFlow": true,
        "CognitoIdentityProviders": [{"ProviderName": world.provider(), "ClientId": world.users.client}],
    });
    assert_eq!(world.admin("UpdateIdentityPool", on).await.ok()["AllowClassicFlow"], true);
    token().await.ok();
    let mapping = json!({"graph.facebook.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}});
    world.set_roles(json!({}), mapping).await.ok();
    assert_eq!(
        token().await.refusal(),
        (
            "InvalidParameterException",
            "Basic (classic) flow is not supported with RoleMappings enabled, please use enhanced flow."
        )
    );
}

/// Whoever gets nothing has changed nothing.
async fn a_refusal_links_nothing(engine: EngineKind) {
    let world = World::new(engine).await;
    let guest = world.id_of(json!({})).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let before = world.users.server.test.tables().await;
    let input = json!({"IdentityId": guest, "Logins": logins});
    assert_eq!(world.app("GetOpenIdToken", input).await.error(), Some("InvalidParameterException"));
    let custom = json!({
        "IdentityId": guest, "Logins": logins, "CustomRoleArn": "arn:aws:iam::000000000000:role/elsewhere",
    });
    assert_eq!(world.app("GetCredentialsForIdentity", custom).await.error(), Some(FORBIDDEN));
    assert_eq!(world.users.server.test.tables().await, before);
    // The same logins link where something is given for them.
    world.credentials(&guest, logins).await.ok();
    let identity = world.admin("DescribeIdentity", json!({"IdentityId": guest})).await;
    assert_eq!(identity.ok()["Logins"], json!([world.provider()]));
}

/// A token by which the pool's role mappings could not be asked must not get around them.
async fn a_token_counts_as_long_as_the_flow_is_open(engine: EngineKind) {
    let world = World::with(engine, json!({"AllowClassicFlow": true})).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    let token = world.app("GetOpenIdToken", json!({"IdentityId": identity, "Logins": logins})).await;
    let token = json!({"cognito-identity.amazonaws.com": token.ok()["Token"]});
    world.credentials(&identity, token.clone()).await.ok();

    let mapping = json!({"graph.facebook.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}});
    let authenticated = json!({"authenticated": super::world::arn("authenticated")});
    world.set_roles(authenticated.clone(), mapping).await.ok();
    assert_eq!(world.credentials(&identity, token.clone()).await.error(), Some("InvalidParameterException"));
    world.set_roles(authenticated, json!({})).await.ok();
    world.credentials(&identity, token.clone()).await.ok();

    let update = async |settings: Value| {
        let mut input = json!({
            "IdentityPoolId": world.id, "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": true,
        });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        world.admin("UpdateIdentityPool", input).await.ok();
    };
    update(json!({"AllowClassicFlow": true})).await;
    assert_eq!(world.credentials(&identity, token.clone()).await.error(), Some(FORBIDDEN), "no such provider any more");
    let users = json!([{"ProviderName": world.provider(), "ClientId": world.users.client}]);
    update(json!({"CognitoIdentityProviders": users})).await;
    assert_eq!(world.credentials(&identity, token).await.error(), Some("InvalidParameterException"), "flow off");
}

async fn the_token_says_who_it_is_for(engine: EngineKind) {
    let world = World::with(engine, json!({"AllowClassicFlow": true})).await;
    let tokens = world.tokens("ann").await;
    let identity = world.id_of(world.logins(&tokens.id)).await;
    let input = json!({"IdentityId": identity, "Logins": world.logins(&tokens.id)});
    let answer = world.app("GetOpenIdToken", input).await;
    assert_eq!(answer.ok()["IdentityId"], identity.as_str());
    let claims = verified(&world, answer.body["Token"].as_str().unwrap()).await;
    let user = world.users.admin("AdminGetUser", json!({"Username": "ann"})).await;
    let sub =
        user.ok()["UserAttributes"].as_array().unwrap().iter().find(|a| a["Name"] == "sub").unwrap()["Value"].clone();
    let name = world.provider();
    assert_eq!(
        claims,
        json!({
            "sub": identity, "aud": world.id, "iss": "http://127.0.0.1:9229/identity",
            "amr": ["authenticated", name, format!("{name}:CognitoSignIn:{}", sub.as_str().unwrap())],
            "iat": 1_800_000_000, "exp": 1_800_000_600,
        })
    );
    let guest = world.id_of(json!({})).await;
    let answer = world.app("GetOpenIdToken", json!({"IdentityId": guest})).await;
    let claims = verified(&world, answer.ok()["Token"].as_str().unwrap()).await;
    assert_eq!(claims["amr"], json!(["unauthenticated"]));

    // A guest's token is no proof of a sign-in, also after the guest has become somebody.
    let guests = json!({"cognito-identity.amazonaws.com": answer.body["Token"]});
    world.credentials(&guest, guests.clone()).await.ok();
    let bob = world.logins(&world.tokens("bob").await.id);
    world.credentials(&guest, bob).await.ok();
    assert_eq!(world.credentials(&guest, guests.clone()).await.error(), Some(FORBIDDEN));
    assert_eq!(world.credentials(&identity, guests.clone()).await.refusal(), LOGINS);
    let again = json!({"IdentityId": guest, "Logins": guests});
    let refusal = (FORBIDDEN, "Invalid login token. Can't pass in a Cognito token.");
    assert_eq!(world.app("GetOpenIdToken", again).await.refusal(), refusal);
}
