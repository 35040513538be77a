//! `ServerSideTokenCheck`: a user whose sign-in has ended gets nothing, although the token has not.

use super::*;

on_both_engines!(who_is_signed_out_gets_nothing, without_the_check_the_token_counts, no_longer_accepted_clients);

async fn checked(engine: EngineKind) -> World {
    let world = World::new(engine).await;
    let provider =
        json!([{"ProviderName": world.provider(), "ClientId": world.users.client, "ServerSideTokenCheck": true}]);
    update(&world, provider).await;
    world
}

async fn update(world: &World, providers: Value) {
    let input = json!({
        "IdentityPoolId": world.id, "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": true,
        "AllowClassicFlow": true, "CognitoIdentityProviders": providers,
    });
    world.admin("UpdateIdentityPool", input).await.ok();
}

async fn who_is_signed_out_gets_nothing(engine: EngineKind) {
    let world = checked(engine).await;
    let ended = (FORBIDDEN, "Invalid login token. The user is signed out, disabled or deleted.");
    for how in ["global", "revoked", "disabled", "reset", "deleted"] {
        world.users.user(how).await;
        let tokens = world.tokens(how).await;
        let logins = world.logins(&tokens.id);
        let identity = world.id_of(logins.clone()).await;
        world.credentials(&identity, logins.clone()).await.ok();
        let user = json!({"Username": how});
        match how {
            "global" => world.users.own("GlobalSignOut", &tokens.access, json!({})).await,
            "revoked" => world.users.app("RevokeToken", json!({"Token": tokens.refresh})).await,
            "disabled" => world.users.admin("AdminDisableUser", user).await,
            "reset" => world.users.admin("AdminResetUserPassword", user).await,
            _ => world.users.admin("AdminDeleteUser", user).await,
        }
        .ok();
        assert_eq!(world.credentials(&identity, logins.clone()).await.refusal(), ended, "{how}");
        assert_eq!(world.get_id(logins.clone()).await.refusal(), ended, "{how}");
        let token = world.app("GetOpenIdToken", json!({"IdentityId": identity, "Logins": logins})).await;
        assert_eq!(token.refusal(), ended, "{how}");
        let remove = json!({"IdentityId": identity, "Logins": logins, "LoginsToRemove": [world.provider()]});
        assert_eq!(world.app("UnlinkIdentity", remove).await.refusal(), ended, "{how}");
        if how == "global" {
            let again = world.logins(&world.tokens(how).await.id);
            world.credentials(&identity, again).await.ok();
        }
    }
}

async fn without_the_check_the_token_counts(engine: EngineKind) {
    let world = World::new(engine).await;
    let tokens = world.tokens("ann").await;
    let identity = world.id_of(world.logins(&tokens.id)).await;
    world.users.own("GlobalSignOut", &tokens.access, json!({})).await.ok();
    world.credentials(&identity, world.logins(&tokens.id)).await.ok();
    // Under either of the pool's names, the stricter entry counts.
    let (one, other) = (world.provider(), world.own_provider());
    let client = &world.users.client;
    update(
        &world,
        json!([
            {"ProviderName": one, "ClientId": client, "ServerSideTokenCheck": false},
            {"ProviderName": other, "ClientId": client, "ServerSideTokenCheck": true},
        ]),
    )
    .await;
    assert_eq!(world.credentials(&identity, world.logins(&tokens.id)).await.error(), Some(FORBIDDEN));
}

async fn no_longer_accepted_clients(engine: EngineKind) {
    let world = checked(engine).await;
    let tokens = world.tokens("ann").await;
    let identity = world.id_of(world.logins(&tokens.id)).await;
    let other = world.users.another_client(json!({})).await;
    update(&world, json!([{"ProviderName": world.provider(), "ClientId": other}])).await;
    assert_eq!(world.credentials(&identity, world.logins(&tokens.id)).await.refusal(), UNSUPPORTED);
    update(&world, json!([{"ProviderName": world.provider(), "ClientId": world.users.client}])).await;
    world.credentials(&identity, world.logins(&tokens.id)).await.ok();
    world.users.admin("DeleteUserPool", json!({})).await.ok();
    assert_eq!(world.credentials(&identity, world.logins(&tokens.id)).await.refusal(), UNSUPPORTED);
}
