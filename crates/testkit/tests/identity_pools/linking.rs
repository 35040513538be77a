//! Linking, merging and unlinking logins; what administrators see and delete of identities.

use super::world::given;
use super::*;

on_both_engines!(
    a_guest_becomes_who_signs_in,
    two_providers_become_one_identity,
    who_is_two_users_of_one_provider_is_refused,
    the_last_login_unlinked_leaves_nobody,
    many_first_sign_ins_at_once_make_one_identity,
    administrators_see_and_delete_identities,
);

/// A world whose identity pool accepts the tokens of a second user pool, too.
async fn two_providers(engine: EngineKind) -> (World, String, String) {
    let world = World::new(engine).await;
    let created = world.users.server.admin("CreateUserPool", &json!({"PoolName": "second"})).await;
    let pool = created.ok()["UserPool"]["Id"].as_str().unwrap().to_owned();
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let input = json!({"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": flows});
    let created = world.users.server.admin("CreateUserPoolClient", &input).await;
    let client = created.ok()["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
    let input = json!({
        "IdentityPoolId": world.id, "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": true,
        "CognitoIdentityProviders": [
            {"ProviderName": world.provider(), "ClientId": world.users.client},
            {"ProviderName": provider, "ClientId": client},
        ],
    });
    world.admin("UpdateIdentityPool", input).await.ok();
    for name in ["ann", "bob"] {
        let user = json!({"UserPoolId": pool, "Username": name, "Password": stepwell_testkit::PASSWORD});
        let new = json!({"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS"});
        world.users.server.admin("AdminCreateUser", &new).await.ok();
        let mut user = user;
        user["Permanent"] = json!(true);
        world.users.server.admin("AdminSetUserPassword", &user).await.ok();
    }
    (world, provider, client)
}

async fn second_token(world: &World, client: &str, name: &str) -> String {
    let parameters = json!({"USERNAME": name, "PASSWORD": stepwell_testkit::PASSWORD});
    let input = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    stepwell_testkit::Tokens::of(&world.users.server.app("InitiateAuth", &input).await).id
}

async fn described(world: &World, identity: &str) -> Vec<String> {
    let answer = world.admin("DescribeIdentity", json!({"IdentityId": identity})).await;
    let logins = answer.ok()["Logins"].as_array().cloned().unwrap_or_default();
    logins.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

async fn a_guest_becomes_who_signs_in(engine: EngineKind) {
    let world = World::new(engine).await;
    let guest = world.id_of(json!({})).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let answer = world.credentials(&guest, logins.clone()).await;
    assert_eq!(answer.ok()["IdentityId"], guest.as_str(), "the guest's identity is ann's from now on");
    world.describe(&given(&answer)).await.ok();
    assert_eq!(described(&world, &guest).await, [world.provider()]);
    assert_eq!(world.id_of(logins.clone()).await, guest);
    let forbidden = format!("Access to Identity '{guest}' is forbidden.");
    assert_eq!(world.credentials(&guest, json!({})).await.refusal(), (FORBIDDEN, forbidden.as_str()));

    // Another guest who turns out to be ann: her identity goes on, the guest's is disabled.
    let second = world.id_of(json!({})).await;
    assert_eq!(world.credentials(&second, logins.clone()).await.ok()["IdentityId"], guest.as_str());
    let forbidden = format!("Access to Identity '{second}' is forbidden.");
    assert_eq!(world.credentials(&second, json!({})).await.refusal(), (FORBIDDEN, forbidden.as_str()));
    // The client has not noticed, and goes on with the old id.
    assert_eq!(world.credentials(&second, logins).await.ok()["IdentityId"], guest.as_str());
    let bobs = world.logins(&world.tokens("bob").await.id);
    assert_eq!(world.credentials(&second, bobs).await.refusal(), (FORBIDDEN, forbidden.as_str()));
    let list = json!({"IdentityPoolId": world.id, "MaxResults": 60});
    assert_eq!(world.admin("ListIdentities", list.clone()).await.ok()["Identities"].as_array().unwrap().len(), 2);
    let mut enabled = list;
    enabled["HideDisabled"] = json!(true);
    let left = world.admin("ListIdentities", enabled).await;
    assert_eq!(left.ok()["Identities"].as_array().unwrap().len(), 1);
    assert_eq!(left.body["Identities"][0]["IdentityId"], guest.as_str());
}

async fn two_providers_become_one_identity(engine: EngineKind) {
    let (world, second, client) = two_providers(engine).await;
    let one = world.tokens("ann").await.id;
    let other = second_token(&world, &client, "ann").await;
    let first_identity = world.id_of(json!({world.provider(): one})).await;
    world.users.advance(1_000).await;
    let second_identity = world.id_of(json!({&second: other})).await;
    assert_ne!(first_identity, second_identity);
    // Both prove both: one identity is left, the one that was asked for.
    let both = json!({world.provider(): one, &second: other});
    let answer = world.credentials(&second_identity, both.clone()).await;
    assert_eq!(answer.ok()["IdentityId"], second_identity.as_str());
    for logins in [json!({world.provider(): one}), json!({&second: other}), both] {
        assert_eq!(world.id_of(logins).await, second_identity);
    }
    assert_eq!(described(&world, &second_identity).await.len(), 2);
    assert_eq!(described(&world, &first_identity).await.len(), 0);

    // GetId keeps the older of two.
    let one = world.tokens("bob").await.id;
    let other = second_token(&world, &client, "bob").await;
    let older = world.id_of(json!({world.provider(): one})).await;
    world.users.advance(1_000).await;
    world.id_of(json!({&second: other})).await;
    assert_eq!(world.id_of(json!({world.provider(): one, &second: other})).await, older);
    // One login is enough to link a new one.
    world.users.user("eve").await;
    let eve = world.tokens("eve").await.id;
    let eves = world.id_of(json!({world.provider(): eve})).await;
    let stolen = json!({world.provider(): eve, &second: other});
    assert_eq!(
        world.credentials(&eves, stolen).await.error(),
        Some("ResourceConflictException"),
        "bob's second login leads to bob, who is another user of the first provider"
    );
}

async fn who_is_two_users_of_one_provider_is_refused(engine: EngineKind) {
    let (world, second, client) = two_providers(engine).await;
    let ann = world.tokens("ann").await.id;
    let identity =
        world.id_of(json!({world.provider(): ann, &second: second_token(&world, &client, "ann").await})).await;
    let other = json!({world.provider(): ann, &second: second_token(&world, &client, "bob").await});
    for answer in [world.get_id(other.clone()).await, world.credentials(&identity, other).await] {
        assert_eq!(answer.refusal(), ("ResourceConflictException", "Login is already linked to another account."));
    }
    assert_eq!(described(&world, &identity).await.len(), 2);
}

async fn the_last_login_unlinked_leaves_nobody(engine: EngineKind) {
    let (world, second, client) = two_providers(engine).await;
    let (ann, other) = (world.tokens("ann").await.id, second_token(&world, &client, "ann").await);
    let identity = world.id_of(json!({world.provider(): ann, &second: other})).await;
    let unlink = async |logins: Value, remove: Value| {
        world.app("UnlinkIdentity", json!({"IdentityId": identity, "Logins": logins, "LoginsToRemove": remove})).await
    };
    let bob = world.logins(&world.tokens("bob").await.id);
    assert_eq!(unlink(bob, json!([second])).await.refusal(), LOGINS);
    assert_eq!(unlink(json!({}), json!([second])).await.error(), Some(FORBIDDEN));
    assert_eq!(unlink(world.logins(&ann), json!(["op.example"])).await.error(), Some("InvalidParameterException"));
    unlink(world.logins(&ann), json!([second])).await.ok();
    assert_eq!(described(&world, &identity).await, [world.provider()]);
    let elsewhere = world.id_of(json!({&second: other})).await;
    assert_ne!(elsewhere, identity, "an unlinked login is a new identity");
    // By the pool's other name.
    unlink(world.logins(&ann), json!([world.own_provider()])).await.ok();
    let forbidden = format!("Access to Identity '{identity}' is forbidden.");
    assert_eq!(world.credentials(&identity, json!({})).await.refusal(), (FORBIDDEN, forbidden.as_str()));
    assert_eq!(world.credentials(&identity, world.logins(&ann)).await.refusal(), LOGINS);
}

async fn many_first_sign_ins_at_once_make_one_identity(engine: EngineKind) {
    let world = World::new(engine).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let ids = futures_util::future::join_all((0..12).map(|_| world.id_of(logins.clone()))).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    // And many guests of one sign-in at once.
    let guests = futures_util::future::join_all((0..6).map(|_| world.id_of(json!({})))).await;
    let answers =
        futures_util::future::join_all(guests.iter().map(|guest| world.credentials(guest, logins.clone()))).await;
    for answer in answers {
        assert_eq!(answer.ok()["IdentityId"], ids[0].as_str());
    }
    let list = json!({"IdentityPoolId": world.id, "MaxResults": 60, "HideDisabled": true});
    assert_eq!(world.admin("ListIdentities", list).await.ok()["Identities"].as_array().unwrap().len(), 1);
}

async fn administrators_see_and_delete_identities(engine: EngineKind) {
    let world = World::new(engine).await;
    let logins = world.logins(&world.tokens("ann").await.id);
    let ann = world.id_of(logins.clone()).await;
    let guest = world.id_of(json!({})).await;
    let answer = world.admin("DescribeIdentity", json!({"IdentityId": ann})).await;
    assert_eq!(answer.ok()["Logins"], json!([world.provider()]));
    assert!(answer.body["CreationDate"].is_number() && answer.body["LastModifiedDate"].is_number());
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"IdentityPoolId": world.id, "MaxResults": 1});
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = world.admin("ListIdentities", input).await;
        assert_eq!(page.ok()["IdentityPoolId"], world.id.as_str());
        seen.extend(page.body["Identities"].as_array().unwrap().iter().map(|item| item["IdentityId"].clone()));
        token = page.body["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 2);
    let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
    let gone = world.admin("DeleteIdentities", json!({"IdentityIdsToDelete": [ann, guest, unknown, guest]})).await;
    assert_eq!(gone.ok()["UnprocessedIdentityIds"], json!([{"IdentityId": unknown, "ErrorCode": "AccessDenied"}]));
    let not_found = format!("Identity '{ann}' not found.");
    for answer in [
        world.admin("DescribeIdentity", json!({"IdentityId": ann})).await,
        world.credentials(&ann, logins.clone()).await,
    ] {
        assert_eq!(answer.refusal(), ("ResourceNotFoundException", not_found.as_str()));
    }
    assert_ne!(world.id_of(logins).await, ann, "signing in again makes a new one");
}
